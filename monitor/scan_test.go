package monitor_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/cttest"
	"pinwatch/monitor"
)

func TestScanFindsEveryIssuanceOnce(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 300)
	pair := w.issue("www.example.com", "thief")
	log.AddPrecert(pair)
	log.AddPrecert(w.issue("example.com", "owner"))
	w.strangers(log, 300)
	log.AddFinal(pair)
	log.AddPrecert(cttest.NewRoot("CA", "another").Issue(cttest.Template{Names: []string{"example.com"}, Key: "owner", Bare: true}))
	dir := t.TempDir()

	res := w.scan(w.source(log, dir))
	if !res[0].Complete() || res[0].To != 604 || len(res[0].Counts.New) != 3 {
		t.Fatalf("result %+v", res[0])
	}
	want := []string{
		"example.com unexpected [unknown_key] [www.example.com] 2",
		"example.com expected [] [example.com] 1",
		"example.com unexpected [unknown_issuer] [example.com] 1",
	}
	if diff := cmp.Diff(want, w.findings()); diff != "" {
		t.Error(diff)
	}
	if res = w.scan(w.source(log, dir)); len(res[0].Counts.New) != 0 || res[0].From != 604 || !res[0].Complete() {
		t.Errorf("second scan: %+v", res[0])
	}
	if diff := cmp.Diff(want, w.findings()); diff != "" {
		t.Error(diff)
	}
}

// A log grows by one entry at a time, each of them watched: none at a tip is lost or seen twice, and where nothing grew
// the head is all that is asked for.
func TestScanAtEveryTip(t *testing.T) {
	for _, monitoring := range []bool{true, false} {
		t.Run(protocol(monitoring), func(t *testing.T) {
			w := newWorld(t)
			log := cttest.NewLog(cttest.Config{Origin: origin, RFC6962: !monitoring, DropPartial: true})
			server, src, stop := w.network(log, monitoring)
			defer stop()
			const n = 300
			found := 0
			for i := range n {
				log.AddFinal(w.issue("www.example.com", "thief"))
				log.PublishAll()
				res := w.scan(src)
				if !res[0].Complete() || res[0].From != uint64(i) || len(res[0].Counts.New) != 1 {
					t.Fatalf("size %d: %+v", i+1, res[0])
				}
				found += len(res[0].Counts.New)
			}
			server.Forget()
			if res := w.scan(src); !res[0].Complete() || len(res[0].Counts.New) != 0 {
				t.Errorf("no growth: %+v", res[0])
			}
			if asked := server.Requests(); len(asked) != 1 || asked[0].Class != cttest.Head {
				t.Errorf("a log that did not grow was asked for %v", asked)
			}
			if found != n {
				t.Errorf("%d findings of %d", found, n)
			}
		})
	}
}

// A log that is longer than a stretch is proved in the middle, from hash tiles.
func TestScanOfManyStretches(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 40_000)
	log.AddFinal(w.issue("www.example.com", "thief"))
	w.strangers(log, 30_000)
	res := w.scan(w.source(log, t.TempDir()))
	if !res[0].Complete() || len(res[0].Counts.New) != 1 {
		t.Errorf("%+v", res[0])
	}
	if got := res[0].Counts.Entries; got != 70_001 {
		t.Errorf("%d entries counted", got)
	}
}

func TestScanStarts(t *testing.T) {
	for _, tt := range []struct {
		name     string
		start    monitor.Start
		position uint64 // where the first pass begins
	}{
		{"beginning", monitor.Start{}, 0},
		{"now", monitor.Start{Now: true}, 601},
		{"index", monitor.Start{Index: 300}, 300},
		{"index at the head", monitor.Start{Index: 601}, 601},
		// The test log stamps an entry a second, from 2026-07-01 on; a day is taken off for disorder.
		{"since", monitor.Start{Since: now.AddDate(0, -4, 1)}, 0},
		{"since after everything", monitor.Start{Since: now}, 601},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			log := cttest.NewLog(cttest.Config{Origin: origin})
			w.strangers(log, 600)
			log.AddFinal(w.issue("www.example.com", "thief"))
			dir := t.TempDir()
			src := w.source(log, dir)
			src.Start = tt.start
			res := w.scan(src)
			if !res[0].Complete() || res[0].From != tt.position {
				t.Fatalf("%+v", res[0])
			}
			log.AddFinal(w.issue("example.com", "thief"))
			res = w.scan(w.source(log, dir))
			if !res[0].Complete() || res[0].To != 602 || len(res[0].Counts.New) != 1 {
				t.Errorf("second scan: %+v", res[0])
			}
		})
	}
}

func TestStartBehindTheHead(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 10)
	dir := t.TempDir()
	src := w.source(log, dir)
	src.Start.Index = 20
	if res := w.scan(src); res[0].Err == nil || kind(res[0]) != "" {
		t.Errorf("%+v", res[0])
	}
	w.strangers(log, 20)
	src = w.source(log, dir)
	src.Start.Index = 20
	if res := w.scan(src); !res[0].Complete() || res[0].From != 20 || res[0].To != 30 {
		t.Errorf("grown: %+v", res[0])
	}
}

func TestLogThatIsListedLaterIsReadFromItsBeginning(t *testing.T) {
	w := newWorld(t)
	first := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(first, 10)
	later := cttest.NewLog(cttest.Config{Origin: "later.example/2027h1"})
	w.strangers(later, 10)
	one, two := w.source(first, t.TempDir()), w.source(later, t.TempDir())
	one.Listed, one.Start, two.Listed, two.Start = true, monitor.Start{Now: true}, true, monitor.Start{Now: true}
	w.scan(one)
	res := w.scan(one, two)
	if res[0].From != 10 || res[1].From != 0 || res[1].To != 10 {
		t.Errorf("first log from %d, later log from %d to %d", res[0].From, res[1].From, res[1].To)
	}
}
