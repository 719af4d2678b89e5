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

// weather breaks requests to one log at random, and in spells: several requests of a class in a row. It answers for
// what networks, caches and tired servers do, so nothing in it is a reason to accuse the log.
type weather struct {
	random     *rand.Rand
	log, other *cttest.Log
	asked      map[cttest.Class]int
	broken     map[cttest.Class]int

	class cttest.Class // of the spell
	fault cttest.Fault
	left  int
	lied  bool   // the last head was a lie
	old   []byte // an earlier head
}

func newWeather(random *rand.Rand, log, other *cttest.Log) *weather {
	return &weather{
		random: random, log: log, other: other, asked: map[cttest.Class]int{}, broken: map[cttest.Class]int{},
	}
}

// One request in so many begins a spell of at most so many requests.
const (
	weatherEvery = 25
	weatherSpell = 5
)

// rule is a cttest.Rule.
func (w *weather) rule(class cttest.Class, r *http.Request) cttest.Fault {
	w.asked[class]++
	fault := w.spell(class, r)
	if fault != nil {
		w.broken[class]++
	}
	return fault
}

func (w *weather) spell(class cttest.Class, r *http.Request) cttest.Fault {
	if w.left > 0 && class == w.class {
		w.left--
		return w.fault
	}
	lied := w.lied
	if class == cttest.Head {
		w.lied = false
	}
	if w.random.IntN(weatherEvery) != 0 {
		if class == cttest.Head && w.random.IntN(10) == 0 {
			good := httptest.NewRecorder()
			w.log.ServeHTTP(good, r)
			w.old = good.Body.Bytes()
		}
		return nil
	}
	// A cache may lie, but not to those who pass it over. Heads are always asked for past caches: there it is one bad
	// answer, never two in a row.
	fresh := r.Header.Get("Cache-Control") == "no-cache"
	if w.random.IntN(4) == 0 && (class == cttest.Head && !lied || class != cttest.Head && !fresh) {
		w.lied = class == cttest.Head
		return w.lie(class)
	}
	w.class, w.left, w.fault = class, w.random.IntN(weatherSpell), w.excuse(class, r)
	return w.fault
}

// lie is an answer that looks good and is wrong. The byte is one that the leaf hash of an entry covers.
func (w *weather) lie(class cttest.Class) cttest.Fault {
	if w.random.IntN(2) == 0 && (class == cttest.Head || class == cttest.Entries) {
		return cttest.From(w.other)
	}
	return cttest.CorruptByte(20)
}

// excuse is an answer that is no answer.
func (w *weather) excuse(class cttest.Class, r *http.Request) cttest.Fault {
	faults := []cttest.Fault{
		cttest.Status(500), cttest.Status(502), cttest.Status(503),
		cttest.Hang(), cttest.Stall(40), cttest.Slow(5, 200*time.Millisecond), cttest.Reset(40), cttest.Truncate(7),
		cttest.WrongLength(9), cttest.HTML(), cttest.GzipBomb(80 << 20), cttest.Endless(), cttest.RedirectLoop(),
		cttest.Redirect("http://127.0.0.1:9/"),
	}
	if w.random.IntN(8) == 0 {
		faults = []cttest.Fault{
			cttest.Status(429), cttest.RetryAfter(1), cttest.RetryAt(time.Now().Add(2 * time.Second)),
		}
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
	return faults[w.random.IntN(len(faults))]
}
