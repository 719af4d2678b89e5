package monitor_test

import (
	"fmt"
	"testing"

	"pinwatch/ct/cttest"
	"pinwatch/matcher"
	"pinwatch/store"
)

// Every name of a certificate may concern every watch. Each watch is told, with no more names than a person can read.
func TestEveryNameHitsEveryWatch(t *testing.T) {
	w := newWorld(t)
	var watches []matcher.Watch
	for i := range 300 {
		watches = append(watches, matcher.Watch{Name: fmt.Sprintf("w%d.com", i), Scope: matcher.Exact})
	}
	w.list = w.watch(watches...)
	names := make([]string, 3000)
	for i := range names {
		names[i] = fmt.Sprintf("https://*.com/%d", i)
	}
	log := cttest.NewLog(cttest.Config{Origin: origin})
	log.AddFinal(w.ca.Issue(cttest.Template{Names: names, Key: "thief", Bare: true}))
	res := w.scan(w.source(log, t.TempDir()))
	if !res[0].Complete() || len(res[0].Counts.New) != len(watches) {
		t.Fatalf("complete %v, %d findings", res[0].Complete(), len(res[0].Counts.New))
	}
	rows, err := w.store.Findings(t.Context(), store.Filter{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rows {
		if n := len(f.Matches); n == 0 || n > 100 {
			t.Errorf("%s: %d matches", f.Watch, n)
		}
	}
}
