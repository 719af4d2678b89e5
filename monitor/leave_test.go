package monitor_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/monitor"
)

// mute is a log that shows heads and no entries.
type mute struct{ ct.Reader }

func (mute) Entries(context.Context, uint64, uint64, *ct.TreeHead, bool) (*ct.Batch, error) {
	return nil, errors.New("no entries today")
}

// behind is a log that is followed up to its first 256 entries, while its last head covers 600.
func (w *world) behind(dir string) monitor.Source {
	w.Helper()
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 256)
	w.scan(w.source(log, dir))
	w.strangers(log, 343)
	log.AddFinal(w.issue("www.example.com", "thief"))
	src := w.source(log, dir)
	muted := src
	muted.Reader = mute{src.Reader}
	if r := w.scan(muted)[0]; r.To != 256 || r.Head.Size != 600 {
		w.Fatalf("the log is read to %d: %v", r.To, r.Err)
	}
	return src
}

// A log that leaves is read to the head it had, although it shows no head any more.
func TestScanOfALogThatLeaves(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	src := w.behind(dir)
	if err := os.Remove(filepath.Join(dir, "checkpoint")); err != nil {
		t.Fatal(err)
	}
	src.Leaving = true
	r := w.scan(src)[0]
	if !r.Left || !r.Complete() || r.From != 256 || r.To != 600 || len(r.Counts.New) != 1 {
		t.Errorf("%+v", r)
	}
	// Nothing is left to do, nor of a log that was never there.
	other := w.source(cttest.NewLog(cttest.Config{Origin: "other.example/log"}), t.TempDir())
	other.Leaving = true
	for _, r := range w.scan(src, other) {
		if !r.Left || r.Err != nil || r.From != r.To || r.Reached {
			t.Errorf("%+v", r)
		}
	}
}

// In Watch a log may be leaving from the beginning; its failure to be read is told, and it is tried again.
func TestWatchDrainsALogThatLeft(t *testing.T) {
	w := newWorld(t)
	src := w.behind(t.TempDir())
	src.Leaving = true
	src.Reader = &flaky{Reader: src.Reader, at: 1, trip: func() error { return errors.New("connection reset") }}
	opt := w.options()
	opt.Poll = time.Millisecond
	o := newObserver(t, &opt)
	var passes []monitor.LogResult
	opt.Passed = func(r monitor.LogResult) { o.note(func() { passes = append(passes, r) }) }
	sets := make(chan []monitor.Source)
	stop := w.watching(opt, sets)
	sets <- []monitor.Source{src}
	o.until("the end of the log", func() bool { return len(passes) > 0 && passes[len(passes)-1].To == 600 })
	stop()
	if len(passes) != 2 || passes[0].Err == nil || !passes[0].Left || passes[1].Err != nil || !passes[1].Left {
		t.Errorf("%+v", passes)
	}
}

// A log that comes back while it is being drained, in vain, is followed again.
func TestWatchTakesALogBack(t *testing.T) {
	w := newWorld(t)
	src := w.behind(t.TempDir())
	opt := w.options()
	opt.Poll = time.Hour // no second try
	o := newObserver(t, &opt)
	failed := 0
	opt.Passed = func(r monitor.LogResult) {
		o.note(func() {
			if r.Err != nil {
				failed++
			}
		})
	}
	sets := make(chan []monitor.Source)
	stop := w.watching(opt, sets)
	broken := src
	broken.Leaving = true
	broken.Reader = mute{src.Reader}
	sets <- []monitor.Source{broken}
	o.until("the failure", func() bool { return failed == 1 })
	sets <- []monitor.Source{src}
	o.until("the log", func() bool { return o.position[src.Log.ID] == 600 })
	stop()
}

// What a later set says of a log that stays holds from then on: here, that it is frozen at another tree.
func TestWatchTakesUpWhatChanged(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 5)
	src := w.source(log, t.TempDir())
	opt := w.options()
	opt.Poll = time.Millisecond
	o := newObserver(t, &opt)
	var last monitor.LogResult
	opt.Passed = func(r monitor.LogResult) { o.note(func() { last = r }) }
	sets := make(chan []monitor.Source)
	stop := w.watching(opt, sets)
	sets <- []monitor.Source{src}
	o.until("the log", func() bool { return o.position[src.Log.ID] == 5 })
	same, frozen := *src.Log, *src.Log
	sets <- []monitor.Source{{Log: &same, Reader: src.Reader}}
	frozen.Final = &ct.FinalHead{Size: 4, Root: log.Root(4)}
	sets <- []monitor.Source{{Log: &frozen, Reader: src.Reader}}
	o.until("the contradiction", func() bool { return last.Misbehaviour != nil })
	stop()
	if kind(last) != ct.NotFinal || last.Log != &frozen {
		t.Errorf("%+v", last)
	}
}
