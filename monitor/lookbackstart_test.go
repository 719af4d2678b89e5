package monitor_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/monitor"
)

// A start that lies before the place where a log was begun fills what was never looked at, for the date that was asked
// for; one that lies behind leaves out what is older.
func TestLookBackFromAStart(t *testing.T) {
	first := now.AddDate(0, -2, 0)
	clock := first
	log := cttest.NewLog(cttest.Config{Origin: origin, Now: func() time.Time { // a quarter of an hour for each entry
		clock = clock.Add(15 * time.Minute)
		return clock
	}})
	whole := newWorld(t)
	whole.fillMixed(log, 100)
	whole.names("example.com")
	src := whole.source(log, t.TempDir())
	whole.scan(src)
	for _, tt := range []struct {
		name  string
		start monitor.Start
		from  uint64
		read  uint64
		gap   bool // what is older than the date, or the index, stays one
	}{
		{"beginning", monitor.Start{}, 0, 1200, false},
		{"index", monitor.Start{Index: 700}, 700, 500, true},
		{"date", monitor.Start{Since: first.AddDate(0, 0, 6)}, 478, 722, true}, // less a day for disorder
		{"date behind the start", monitor.Start{Since: now}, 1200, 0, true},
		{"behind the start", monitor.Start{Index: 1500}, 1500, 0, true},
		{"behind the position", monitor.Start{Index: 99999}, 2000, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.names("example.com")
			begun := src
			begun.Start = monitor.Start{Index: 1200}
			w.scan(begun)
			before := w.span()
			r := w.lookBack(&tt.start, src)[0]
			if !r.Complete() || r.From != tt.from || r.Counts.Entries != tt.read {
				t.Errorf("%+v", r)
			}
			span := w.span()
			switch {
			case tt.read == 0:
				if diff := cmp.Diff(before, span); diff != "" {
					t.Errorf("what was looked at: %s", diff)
				}
			case span.Start != tt.from || span.From.IsZero() == tt.gap || tt.name == "date" && !span.From.Equal(tt.start.Since):
				t.Errorf("what was looked at: %+v", span)
			}
			if !tt.gap {
				if diff := cmp.Diff(whole.sorted(), w.sorted()); diff != "" {
					t.Error(diff)
				}
			}
			if again := w.lookBack(&tt.start, src)[0]; again.Counts.Entries != 0 || !again.Complete() {
				t.Errorf("again: %+v", again)
			}
		})
	}
}

// Once all since a date was looked at, the log is asked no more where the date lies.
func TestLookBackFromADateAgain(t *testing.T) {
	clock := now.AddDate(0, -2, 0)
	log := cttest.NewLog(cttest.Config{Origin: origin, Now: func() time.Time {
		clock = clock.Add(15 * time.Minute)
		return clock
	}})
	w := newWorld(t)
	w.fillMixed(log, 100)
	src := w.source(log, t.TempDir())
	w.names("example.com")
	w.scan(src)
	w.names("example.com", "example.org")
	since := now.AddDate(0, -2, 7)
	if r := w.lookBack(&monitor.Start{Since: since}, src)[0]; !r.Complete() || r.From == 0 || r.Counts.Entries == 0 {
		t.Errorf("%+v", r)
	}
	asked := func() monitor.Source { // it is an error then
		return monitor.Source{Log: src.Log, Reader: &flaky{Reader: src.Reader, at: 1, trip: func() error { return errors.New("asked") }}}
	}
	for _, days := range []int{0, 1, 3} {
		if r := w.lookBack(&monitor.Start{Since: since.AddDate(0, 0, days)}, asked())[0]; !r.Complete() || r.Counts.Entries != 0 {
			t.Errorf("again, %d days later: %+v", days, r)
		}
	}
	if r := w.lookBack(&monitor.Start{Since: since.AddDate(0, 0, -1)}, asked())[0]; r.Complete() {
		t.Errorf("a day before: %+v", r)
	}
}

// misproved gives wrong consistency proofs.
type misproved struct{ ct.Reader }

func (misproved) Consistency(context.Context, uint64, *ct.TreeHead, bool) ([]ct.Hash, error) {
	return []ct.Hash{{1}, {2}, {3}}, nil
}

// unproved gives none.
type unproved struct{ ct.Reader }

func (unproved) Consistency(context.Context, uint64, *ct.TreeHead, bool) ([]ct.Hash, error) {
	return nil, errors.New("no such endpoint")
}

// sparing gives no proof of the first so many entries, and has nothing from the last of its tiles on.
type sparing struct {
	ct.Reader
	size, last uint64
}

func (r sparing) Entries(ctx context.Context, from, to uint64, head *ct.TreeHead, fresh bool) (*ct.Batch, error) {
	if from >= r.last {
		return nil, errors.New("gone")
	}
	return r.Reader.Entries(ctx, from, to, head, fresh)
}

func (r sparing) Consistency(ctx context.Context, size uint64, head *ct.TreeHead, fresh bool) ([]ct.Hash, error) {
	if size == r.size {
		return nil, errors.New("not this one")
	}
	return r.Reader.Consistency(ctx, size, head, fresh)
}

// What is read beyond what is wanted, to prove it, may be more than a stretch; the rest of it is not read.
func TestLookBackFarBelowTheHead(t *testing.T) {
	w := newWorld(t)
	w.names("example.com")
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.fillMixed(log, 30)
	dir := t.TempDir()
	w.scan(w.source(log, dir))
	w.fillMixed(log, 30)
	w.names("example.com", "example.org")
	src := w.source(log, dir)
	w.scan(src)
	src.Reader = sparing{src.Reader, 600, 1024}
	opt := w.options()
	opt.Until = now // each page is a stretch
	res, err := monitor.LookBack(t.Context(), opt, []monitor.Source{src}, nil)
	if err != nil || !res[0].Complete() || res[0].Counts.Entries != 600 {
		t.Errorf("%+v, %v", res, err)
	}
	w.check()
}

// The head may lie beyond what is to be read: wrong proofs of what lies between accuse nobody, as the root does not, and
// where there are none, all is read to the head. Nothing beyond is recorded.
func TestLookBackBelowTheHead(t *testing.T) {
	whole := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	whole.fillMixed(log, 30)
	dir, grown := t.TempDir(), t.TempDir()
	first := whole.source(log, dir)
	whole.fillMixed(log, 2)
	src := whole.source(log, grown)
	whole.names("example.com", "example.org")
	whole.scan(src)
	for name, r := range map[string]ct.Reader{"none": unproved{src.Reader}, "wrong": misproved{src.Reader}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.names("example.com")
			w.scan(first)
			w.names("example.com", "example.org")
			w.scan(src)
			lying := src
			lying.Reader = r
			if r := w.lookBack(nil, lying)[0]; !r.Complete() || r.Counts.Entries != 600 || w.alarms() != 0 {
				t.Errorf("%+v", r)
			}
			if s := w.span(); s.Position != 640 {
				t.Errorf("%+v", s)
			}
			if diff := cmp.Diff(whole.sorted(), w.sorted()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A promise that could not be said to be broken, because nobody had looked for its entry, can be when that was done.
func TestPromiseThatWasLookedBackFor(t *testing.T) {
	w := newPromiseWorld(t, false)
	mine := w.list
	iss, _ := w.certificate()
	w.names("example.net")
	w.strangers(w.promiser, 2)
	w.after(mmd)
	w.list = mine
	w.other.AddFinal(iss)
	w.after(0)
	w.want([]string{"valid unseen"}, 0)
	w.lookBack(nil, w.sources...)
	w.want([]string{"valid open"}, 0)
	w.after(mmd)
	w.want([]string{"valid broken"}, 1)
}
