package monitor_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/matcher"
	"pinwatch/monitor"
	"pinwatch/store"
)

// lookBack looks back and checks the store.
func (w *world) lookBack(start *monitor.Start, sources ...monitor.Source) []monitor.LookedBack {
	w.Helper()
	results, err := monitor.LookBack(w.Context(), w.options(), sources, start)
	if err != nil {
		w.Fatal(err)
	}
	w.check()
	return results
}

// names makes the watch list of names, with the pins of the owner for the first one.
func (w *world) names(names ...string) {
	w.Helper()
	var watches []matcher.Watch
	for i, name := range names {
		watch := matcher.Watch{Name: name}
		if i == 0 {
			watch.Keys = []matcher.Pin{{SPKI: w.key.Hash()}}
		}
		watches = append(watches, watch)
	}
	w.list = w.watch(watches...)
}

// sorted are the findings, whichever was born first.
func (w *world) sorted() []string {
	w.Helper()
	out := w.findings()
	slices.Sort(out)
	return out
}

// span is what was looked at of the only log.
func (w *world) span() store.LogSpan {
	w.Helper()
	var spans []store.LogSpan
	err := w.store.Snapshot(w.Context(), func(s *store.Snapshot) (err error) {
		spans, err = s.LogSpans(w.Context())
		return err
	})
	if err != nil || len(spans) != 1 {
		w.Fatal(spans, err)
	}
	return spans[0]
}

// fillMixed adds n times 20 entries: some of example.com, some of example.org, some of both, some that cannot be read.
func (w *world) fillMixed(log *cttest.Log, n int) {
	for i := range n {
		w.strangers(log, 16)
		log.AddPrecert(w.issue(fmt.Sprintf("h%d.example.com", i), "thief"))
		pair := w.ca.Issue(cttest.Template{Names: []string{"both.example.com", fmt.Sprintf("h%d.example.org", i)}, Key: "owner", Bare: true})
		log.AddPrecert(pair)
		log.AddFinal(pair)
		log.Add(cttest.Leaf{Type: ct.X509Entry, Cert: fmt.Appendf(nil, "garbage %d www.example.org garbage", i)})
	}
}

// Whoever adds a name later finds what a first scan with both names would have found, and reads nothing twice.
func TestLookBackFindsWhatAFirstScanWould(t *testing.T) {
	for _, monitoring := range []bool{true, false} {
		t.Run(protocol(monitoring), func(t *testing.T) {
			log := cttest.NewLog(cttest.Config{Origin: origin, RFC6962: !monitoring, DropPartial: true, PageCap: 64})
			whole, w := newWorld(t), newWorld(t)
			w.fillMixed(log, 30)
			log.PublishAll()
			server, src, stop := w.network(log, monitoring)
			defer stop()
			w.names("example.com")
			w.scan(src)
			w.names("example.com", "example.org")
			w.fillMixed(log, 2) // read for both
			log.PublishAll()
			if res := w.scan(src); res[0].From != 600 || !res[0].Complete() {
				t.Fatalf("%+v", res[0])
			}
			before := w.span()
			res := w.lookBack(nil, src)
			if r := res[0]; !r.Complete() || r.From != 0 || r.To != 640 || r.Counts.Entries != 600 {
				t.Errorf("%+v", r)
			}
			if diff := cmp.Diff(before, w.span()); diff != "" {
				t.Errorf("the position is another one: %s", diff)
			}
			whole.names("example.com", "example.org")
			whole.scan(src)
			if diff := cmp.Diff(whole.sorted(), w.sorted()); diff != "" {
				t.Error(diff)
			}
			server.Forget()
			if r := w.lookBack(nil, src)[0]; !r.Complete() || r.Counts.Entries != 0 || len(r.Counts.New) != 0 {
				t.Errorf("the second time: %+v", r)
			}
			if asked := server.Requests(); len(asked) != 0 {
				t.Errorf("the second time, the log was asked for %v", asked)
			}
		})
	}
}

// Wherever it is interrupted, it goes on from there; the usual scan goes on from its own position.
func TestLookBackInterrupted(t *testing.T) {
	log := cttest.NewLog(cttest.Config{Origin: origin})
	whole := newWorld(t)
	whole.fillMixed(log, 100)
	src := whole.source(log, t.TempDir())
	whole.names("example.com", "example.org")
	whole.scan(src)
	for _, way := range []string{"cancelled", "failed"} {
		for at := int64(1); at <= 8; at++ {
			t.Run(fmt.Sprint(way, " at request ", at), func(t *testing.T) {
				w := newWorld(t)
				w.names("example.com")
				w.scan(src)
				w.names("example.com", "example.org")
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				r := &flaky{Reader: src.Reader, at: at, trip: func() error { return errors.New("connection reset") }}
				if way == "cancelled" {
					r.trip = func() error { cancel(); return nil }
				}
				res, err := monitor.LookBack(ctx, w.options(), []monitor.Source{{Log: src.Log, Reader: r}}, nil)
				if cut := errors.Is(err, context.Canceled); cut != (way == "cancelled") || res[0].Complete() || res[0].Left == 0 {
					t.Errorf("error %v, result %+v", err, res[0])
				}
				w.check()
				if s := w.scan(src)[0]; s.From != 2000 || !s.Complete() {
					t.Errorf("the usual scan: %+v", s)
				}
				again := w.lookBack(nil, src)[0]
				if !again.Complete() || again.Counts.Entries != res[0].Left {
					t.Errorf("%+v, after %+v", again, res[0])
				}
				if diff := cmp.Diff(whole.sorted(), w.sorted()); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// Names that change in between are looked for anew; those of before are not forgotten.
func TestLookBackForOtherNames(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.fillMixed(log, 100)
	src := w.source(log, t.TempDir())
	w.names("example.com")
	w.scan(src)
	back := func(names ...string) monitor.LookedBack {
		w.names(names...)
		return w.lookBack(nil, src)[0]
	}
	w.names("example.com", "example.org")
	cut := src
	cut.Reader = &flaky{Reader: src.Reader, at: 5, trip: func() error { return errors.New("connection reset") }}
	part := w.lookBack(nil, cut)[0]
	if part.Left == 0 || part.Counts.Entries+part.Left != 2000 {
		t.Errorf("%+v", part)
	}
	for _, tt := range []struct {
		got  monitor.LookedBack
		read uint64
	}{
		{back("example.com", "example.net"), 2000},
		{back("example.org", "example.com"), part.Left},
		{back("example.com"), 0},
	} {
		if !tt.got.Complete() || tt.got.Counts.Entries != tt.read {
			t.Errorf("%+v, want %d entries", tt.got, tt.read)
		}
	}
}

// A log that shows other entries the second time is accused, and nothing of what it shows counts; what it showed the
// first time still does. An honest one beside it goes on.
func TestLookBackAtALogThatLies(t *testing.T) {
	w := newWorld(t)
	log, honest := cttest.NewLog(cttest.Config{Origin: origin, Plain: func(uint64) bool { return true }}), cttest.NewLog(cttest.Config{Origin: "honest.example/log"})
	w.fillMixed(log, 20)
	w.fillMixed(honest, 20)
	dir := t.TempDir()
	src, other := w.source(log, dir), w.source(honest, t.TempDir())
	w.names("example.com")
	w.scan(src, other)
	known := len(w.findings())
	until := func() (out []time.Time) {
		err := w.store.Snapshot(t.Context(), func(s *store.Snapshot) error {
			spans, err := s.LogSpans(t.Context())
			for _, span := range spans {
				out = append(out, *span.Until)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	before := until()
	rewrite(t, filepath.Join(dir, "tile/data/000"), func(data []byte) []byte {
		data[len(data)/2] ^= 1
		return data
	})
	w.names("example.com", "example.org")
	res := w.lookBack(nil, src, other)
	if m := res[0].Misbehaviour; m == nil || m.Kind != ct.RootMismatch || res[0].Left != 400 || len(res[0].Counts.New) != 0 {
		t.Errorf("liar: %+v", res[0])
	}
	if !res[1].Complete() || w.alarms() != 1 {
		t.Errorf("honest log: %+v, %d alarms", res[1], w.alarms())
	}
	if n := len(w.findings()); n != known+40 { // of the honest log
		t.Errorf("%d findings after %d", n, known)
	}
	if diff := cmp.Diff(before, until()); diff != "" {
		t.Errorf("what was looked at: %s", diff)
	}
}

// What a log does not serve any more is its trouble, and is not claimed.
func TestLookBackAtWhatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.store.Close()
		log := cttest.NewLog(cttest.Config{Origin: origin})
		w.fillMixed(log, 30)
		log.PublishAll()
		server, src, stop := w.network(log, true)
		defer stop()
		w.names("example.com")
		w.scan(src)
		w.names("example.com", "example.org")
		server.Break(cttest.Entries, 1<<30, cttest.Status(410))
		if r := w.lookBack(nil, src)[0]; r.Err == nil || r.Misbehaviour != nil || r.Left != 600 || w.alarms() != 0 {
			t.Errorf("%+v", r)
		}
		status, err := w.store.LogStatuses(t.Context())
		if err != nil || status[0].LastError != "" || status[0].Lag() != 0 {
			t.Errorf("the usual reading has a trouble: %+v, %v", status[0], err)
		}
		server.Mend()
		if r := w.lookBack(nil, src)[0]; !r.Complete() {
			t.Errorf("mended: %+v", r)
		}
	})
}

// A log that left is not looked back at, while what is left of it is still read.
func TestLookBackLeavesOutWhatLeft(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.fillMixed(log, 10)
	src := w.source(log, t.TempDir())
	w.names("example.com")
	w.scan(src)
	w.names("example.com", "example.org")
	src.Leaving = true
	if res := w.lookBack(nil, src); len(res) != 0 {
		t.Errorf("%+v", res)
	}
}
