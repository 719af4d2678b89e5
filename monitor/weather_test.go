package monitor_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"pinwatch/ct/cttest"
)

// weather breaks requests to one log: single ones, and in storms all of a class for seconds. It does what networks,
// caches and tired servers do, so nothing in it is a reason to accuse the log.
type weather struct {
	random     *rand.Rand
	log, other *cttest.Log
	asked      map[cttest.Class]int
	broken     map[cttest.Class]int

	storm, calm time.Time    // when the storm begins and ends
	class       cttest.Class // that the storm is about
	lied        bool         // the last head was a lie
	old         []byte       // an earlier head
}

func newWeather(random *rand.Rand, log, other *cttest.Log) *weather {
	return &weather{
		random: random, log: log, other: other, asked: map[cttest.Class]int{}, broken: map[cttest.Class]int{},
	}
}

// rule is a cttest.Rule.
func (w *weather) rule(class cttest.Class, r *http.Request) cttest.Fault {
	w.asked[class]++
	fault := w.fault(class, r)
	if fault != nil {
		w.broken[class]++
	}
	return fault
}

func (w *weather) fault(class cttest.Class, r *http.Request) cttest.Fault {
	lied := w.lied
	w.lied = w.lied && class != cttest.Head
	now := time.Now()
	if now.After(w.calm) {
		w.storm = now.Add(time.Duration(w.random.IntN(40_000)) * time.Millisecond)
		w.calm = w.storm.Add(time.Duration(w.random.IntN(5_000)) * time.Millisecond)
		w.class = []cttest.Class{cttest.Head, cttest.Entries, cttest.Entries, cttest.Tiles, cttest.Consistency}[w.random.IntN(5)]
	}
	// A cache may lie, but not to those who pass it over. Heads are always asked for past caches: there it is one bad
	// answer, never two in a row.
	mayLie := r.Header.Get("Cache-Control") != "no-cache" || class == cttest.Head && !lied
	switch {
	case class == w.class && now.After(w.storm):
		return w.pick(w.excuses(class, r))
	case mayLie && w.random.IntN(lieEvery(class)) == 0:
		w.lied = class == cttest.Head
		return w.lie(class)
	case w.random.IntN(60) == 0:
		return w.pick(w.excuses(class, r))
	case w.random.IntN(600) == 0:
		return w.pick(signals())
	}
	w.remember(class, r)
	return nil
}

func (w *weather) pick(faults []cttest.Fault) cttest.Fault { return faults[w.random.IntN(len(faults))] }

// remember keeps a head now and then, to show it when it is old.
func (w *weather) remember(class cttest.Class, r *http.Request) {
	if class == cttest.Head && w.random.IntN(10) == 0 {
		good := httptest.NewRecorder()
		w.log.ServeHTTP(good, r)
		w.old = good.Body.Bytes()
	}
}

// lieEvery is how rare lies are. There are few requests for heads.
func lieEvery(class cttest.Class) int {
	if class == cttest.Head {
		return 15
	}
	return 150
}

// lie is an answer that looks good and is wrong.
func (w *weather) lie(class cttest.Class) cttest.Fault {
	if w.random.IntN(2) == 0 && (class == cttest.Head || class == cttest.Entries) {
		return cttest.From(w.other)
	}
	return cttest.Rewrite(func(body []byte) []byte {
		if at := 20; at < len(body) { // a byte that the leaf hash of an entry covers
			body[at] ^= 0x10
		}
		return body
	})
}

// signals ask to be slower. They come one at a time: who is told over and over to slow down is right to fall behind.
func signals() []cttest.Fault {
	return []cttest.Fault{
		cttest.Status(503), cttest.Status(429), cttest.RetryAfter(1), cttest.RetryAt(time.Now().Add(2 * time.Second)),
		cttest.HTML(),
	}
}

// excuses are answers that are no answers.
func (w *weather) excuses(class cttest.Class, r *http.Request) []cttest.Fault {
	faults := []cttest.Fault{
		cttest.Status(500), cttest.Status(502), cttest.Redirect("http://127.0.0.1:9/"), cttest.RedirectLoop(),
		cttest.Hang(), cttest.Stall(40), cttest.Slow(5, 200*time.Millisecond), cttest.Reset(40), cttest.Truncate(7),
		cttest.WrongLength(9), cttest.GzipBomb(80 << 20), cttest.Endless(),
	}
	if class != cttest.Issuers { // an issuer that is not there is not waited for
		faults = append(faults, cttest.Status(404))
	}
	if class == cttest.Head && w.old != nil {
		old := w.old
		faults = append(faults, cttest.Rewrite(func([]byte) []byte { return old }))
	}
	if strings.HasPrefix(r.URL.Path, "/ct/v1/get-entries") {
		faults = append(faults,
			cttest.RewriteEntries(drop(1<<20)), cttest.RewriteEntries(drop(3)),
			cttest.RewriteEntries(func(rows []json.RawMessage) []json.RawMessage { return append(rows, rows...) }))
	}
	return faults
}
