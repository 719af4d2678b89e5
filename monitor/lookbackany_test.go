package monitor_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/cttest"
	"pinwatch/matcher"
	"pinwatch/monitor"
	"pinwatch/store"
)

// manyLists are watch lists that differ in names, scopes, exclusions and kinds of names.
func (w *world) manyLists() []*matcher.Watchlist {
	com := matcher.Watch{Name: "example.com", Keys: []matcher.Pin{{SPKI: w.key.Hash()}}}
	org := matcher.Watch{Name: "example.org", Issuers: []matcher.Pin{{SPKI: w.issuer()}}}
	exact, less, emails := com, com, org
	exact.Name, exact.Scope = "both.example.com", matcher.Exact
	less.Exclude = []string{"h3.example.com", "both.example.com"}
	emails.Emails = true
	return []*matcher.Watchlist{
		w.watch(com), w.watch(org), w.watch(com, org), w.watch(exact), w.watch(less, org), w.watch(com, exact, emails),
	}
}

// told are the findings of the watches of now, by ID, and those that are closed: they may be about names that were watched
// before.
func (w *world) told() (all map[string]string, closed map[string]bool) {
	w.Helper()
	rows, err := w.store.Findings(w.Context(), store.Filter{All: true})
	if err != nil {
		w.Fatal(err)
	}
	all, closed = map[string]string{}, map[string]bool{}
	for _, f := range rows {
		var at []string
		for _, s := range f.Sightings {
			at = append(at, fmt.Sprint(s.Index, " ", s.Type))
		}
		slices.Sort(at)
		if _, watched := w.list.Find(f.Watch); watched {
			all[f.ID] = fmt.Sprint(f.Watch, " ", f.Verdict, " ", f.Severity, f.Reasons, f.Matches, f.Issuance.Names, at)
			closed[f.ID] = f.State == store.StateClosed
		}
	}
	return all, closed
}

// lookBackOnce looks back from somewhere, and is cut off now and then.
func (w *world) lookBackOnce(rnd *rand.Rand, src monitor.Source) {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	cut := &flaky{Reader: src.Reader, at: rnd.Int64N(8), trip: func() error { return errors.New("connection reset") }}
	if rnd.IntN(2) == 0 {
		cut.trip = func() error { cancel(); return nil }
	}
	src.Reader = cut
	start := []*monitor.Start{nil, {}, {Index: rnd.Uint64N(700)}}[rnd.IntN(3)]
	if _, err := monitor.LookBack(ctx, w.options(), []monitor.Source{src}, start); err != nil && !errors.Is(err, context.Canceled) {
		w.Fatal(err)
	}
	w.check()
}

// Whatever the names were in between, whatever was looked back at and how far, in the end there is what a first scan finds.
func TestLookBackAnyHow(t *testing.T) {
	rounds := uint64(12)
	if testing.Short() {
		rounds = 2
	}
	for seed := range rounds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 7))
			w, whole := newWorld(t), newWorld(t)
			isStatic := rnd.IntN(2) == 0
			log := cttest.NewLog(cttest.Config{Origin: origin, RFC6962: !isStatic, PageCap: 50})
			w.fillMixed(log, 12)
			log.PublishAll()
			_, src, stop := w.network(log, isStatic)
			defer stop()
			src.Start = monitor.Start{Index: []uint64{0, 0, 100, 240}[rnd.IntN(4)]}
			lists := w.manyLists()
			adopt := func() {
				w.list = lists[rnd.IntN(len(lists))]
				if _, err := monitor.Rejudge(t.Context(), w.store, w.list, w.rules, now, nil); err != nil {
					t.Fatal(err)
				}
				w.scan(src)
			}
			for range 6 {
				if rnd.IntN(2) == 0 {
					w.fillMixed(log, rnd.IntN(6))
					log.PublishAll()
				}
				adopt()
				w.lookBackOnce(rnd, src)
			}
			adopt()
			if r := w.lookBack(&monitor.Start{}, src)[0]; !r.Complete() {
				t.Fatalf("%+v", r)
			}
			whole.list = w.list
			src.Start = monitor.Start{}
			whole.scan(src)
			want, _ := whole.told()
			got, closed := w.told()
			maps.DeleteFunc(got, func(id, _ string) bool { return want[id] == "" && closed[id] })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
