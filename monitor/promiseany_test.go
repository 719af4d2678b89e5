package monitor_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/matcher"
	"pinwatch/monitor"
	"pinwatch/store"
)

// plain is a log that does not say where an entry is: only what was looked at speaks for it.
type plain struct{ ct.Reader }

// promise has a log promise a certificate, which the other one shows, and keep that.
func (w *promiseWorld) promise(rnd *rand.Rand, n int) {
	names := []string{fmt.Sprintf("c%d.example.%s", n, []string{"com", "org"}[rnd.IntN(2)])}
	if rnd.IntN(3) == 0 {
		names = append(names, "both.example.org")
	}
	iss := w.ca.Issue(cttest.Template{Names: names, Key: "owner"})
	sct, leaf := w.promiser.Promise(iss)
	w.ca.Finish(iss, sct)
	w.promiser.Add(leaf)
	w.other.AddFinal(iss)
	w.strangers(w.promiser, rnd.IntN(3))
}

// Whatever is watched, looked back at and taken away, in whatever order: a log that keeps its promises is not accused.
func TestPromisesKeptAnyHow(t *testing.T) {
	rounds := uint64(60)
	if testing.Short() {
		rounds = 36
	}
	for seed := range rounds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 3))
			w := newPromiseWorld(t, false)
			for i := range w.sources {
				w.sources[i].Reader = plain{w.sources[i].Reader}
				w.sources[i].Start = monitor.Start{Now: rnd.IntN(2) == 0}
			}
			lists := w.manyLists()
			for n := range 14 {
				for i := range rnd.IntN(4) {
					w.promise(rnd, 4*n+i)
				}
				w.anything(rnd, lists)
			}
			w.after(60 * time.Hour)
			w.lookBack(&monitor.Start{}, w.sources...)
			w.after(60 * time.Hour)
			if n := w.alarms(); n != 0 {
				t.Errorf("%d alarms about an honest log", n)
			}
		})
	}
}

// anything watches other names, lets time go by, and may look back at some, or take away what was expected.
func (w *promiseWorld) anything(rnd *rand.Rand, lists []*matcher.Watchlist) {
	w.Helper()
	w.list = lists[rnd.IntN(len(lists))]
	if _, err := monitor.Rejudge(w.Context(), w.store, w.list, w.rules, w.clock, nil); err != nil {
		w.Fatal(err)
	}
	w.after([]time.Duration{0, mmd / 2, mmd, 30 * time.Hour}[rnd.IntN(4)])
	if rnd.IntN(2) == 0 {
		some := [][]monitor.Source{w.sources[:1], w.sources[1:], w.sources}[rnd.IntN(3)]
		w.lookBack([]*monitor.Start{nil, {}, {Index: rnd.Uint64N(20)}}[rnd.IntN(3)], some...)
	}
	if rnd.IntN(4) == 0 {
		later := w.clock.AddDate(2, 0, 0)
		if _, err := w.store.Prune(w.Context(), store.Retention{Before: later, Now: later}, nil); err != nil {
			w.Fatal(err)
		}
		w.check()
	}
}
