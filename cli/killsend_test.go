package cli

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"pinwatch/store"
)

// hook is a webhook that notes what it is told.
type hook struct {
	mu     sync.Mutex
	thread map[string]string // by message ID
	told   map[string]int    // how often, by message ID
	times  int
}

// ServeHTTP takes a message. Of every ninety-seventh the answer is lost.
func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m struct{ ID, Thread, Kind string }
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	h.thread[m.ID] = m.Thread
	h.told[m.ID]++
	h.times++
	lost := h.times%97 == 0
	h.mu.Unlock()
	if lost {
		panic(http.ErrAbortHandler)
	}
}

// TestKillSending kills scans at random moments while they find and tell. In the end every finding that is to be told
// was told, each as one message: what was told twice has one ID.
func TestKillSending(t *testing.T) {
	kills, entries := 60, 3000
	if testing.Short() {
		kills, entries = 10, 400
	}
	w := newKillWorld(t)
	h := &hook{thread: map[string]string{}, told: map[string]int{}}
	server := httptest.NewServer(h)
	defer server.Close()
	f, err := os.OpenFile(w.config(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(f, "notify:\n  - {type: webhook, url: %q, timeout: 5s}\n", server.URL); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	db := w.dsn("killed")
	began := time.Now()
	for range kills {
		w.grow(entries / kills)
		w.scan(db, time.Duration(rand.Float64()*float64(400*time.Millisecond)))
	}
	for range 20 { // a lost answer waits for its repetition
		w.undisturbed(db)
		if w.waiting(db) == 0 {
			break
		}
	}
	w.look(db)
	h.mu.Lock()
	defer h.mu.Unlock()
	messages := map[string]int{}
	for id := range h.told {
		messages[h.thread[id]]++
	}
	r, err := store.OpenReader(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	told := 0
	for _, f := range w.findings(r) {
		switch n := messages[f.ID]; {
		case worthTelling(f.Gist()) && n != 1:
			t.Errorf("%s finding %s was told by %d messages", f.Verdict, f.ID, n)
		case !worthTelling(f.Gist()) && n > 0:
			t.Errorf("%s finding %s was told", f.Verdict, f.ID)
		case worthTelling(f.Gist()):
			told++
		}
	}
	t.Logf("%d kills in %s; %d findings told, %d requests for %d messages", kills, time.Since(began).Round(time.Millisecond), told, h.times, len(h.told))
	if !testing.Short() && told < 1000 {
		t.Errorf("only %d findings", told)
	}
}

// waiting is how many messages wait.
func (w *killWorld) waiting(dsn string) (n int) {
	w.Helper()
	r, err := store.OpenReader(w.Context(), dsn)
	if err != nil {
		w.Fatal(err)
	}
	defer r.Close()
	queues, err := r.Queues(w.Context(), nil)
	if err != nil {
		w.Fatal(err)
	}
	for i := range queues {
		n += queues[i].Waiting
	}
	return n
}
