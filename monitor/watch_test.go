package monitor_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/monitor"
)

// observer waits for what a running Watch reports.
type observer struct {
	t        *testing.T
	mu       sync.Mutex
	position map[ct.LogID]uint64
	found    int
	changed  chan struct{}
}

func newObserver(t *testing.T, opt *monitor.Options) *observer {
	o := &observer{t: t, position: map[ct.LogID]uint64{}, changed: make(chan struct{}, 1)}
	opt.Progress = func(log *ct.Log, position, _ uint64) { o.note(func() { o.position[log.ID] = position }) }
	opt.Found = func(_ *ct.Log, ids []string) { o.note(func() { o.found += len(ids) }) }
	return o
}

func (o *observer) note(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
	select {
	case o.changed <- struct{}{}:
	default:
	}
}

// until waits for a condition, five minutes at most: disks can be slow.
func (o *observer) until(what string, ok func() bool) {
	o.t.Helper()
	limit := time.After(5 * time.Minute)
	for {
		o.mu.Lock()
		done := ok()
		o.mu.Unlock()
		if done {
			return
		}
		select {
		case <-o.changed:
		case <-limit:
			o.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// watch runs Watch in the background. The returned function stops it and checks that it ended because of that.
func (w *world) watching(opt monitor.Options, sets <-chan []monitor.Source) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- monitor.Watch(ctx, opt, sets) }()
	return func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			w.Errorf("watch ended with %v", err)
		}
		w.check()
	}
}

func TestWatchFollowsGrowthAndNewLogs(t *testing.T) {
	w := newWorld(t)
	opt := w.options()
	opt.Poll = time.Millisecond
	o := newObserver(t, &opt)
	sets := make(chan []monitor.Source)
	stop := w.watching(opt, sets)

	first := cttest.NewLog(cttest.Config{Origin: origin})
	second := cttest.NewLog(cttest.Config{Origin: "second.example/log"})
	dir, dir2 := t.TempDir(), t.TempDir()
	w.strangers(first, 5)
	one := w.source(first, dir)
	sets <- []monitor.Source{one}
	o.until("the first log", func() bool { return o.position[one.Log.ID] == 5 })

	first.AddFinal(w.issue("www.example.com", "thief"))
	w.source(first, dir)
	o.until("the new entry", func() bool { return o.found == 1 })

	w.strangers(second, 3)
	two := w.source(second, dir2)
	sets <- []monitor.Source{one, two}
	o.until("the second log", func() bool { return o.position[two.Log.ID] == 3 })

	// The first log leaves; the second one is followed as before.
	sets <- []monitor.Source{two}
	second.AddFinal(w.issue("example.com", "thief"))
	w.source(second, dir2)
	o.until("the entry behind the change", func() bool { return o.found == 2 })
	stop()
	if got := len(w.findings()); got != 2 {
		t.Errorf("%d findings", got)
	}
}

// The tile at the end of a log that grows is read when it is full, or when it stayed partial for long enough.
func TestWatchLeavesPartialTilesAlone(t *testing.T) {
	w := newWorld(t)
	opt := w.options()
	opt.Poll, opt.PartialAfter = time.Millisecond, 5*time.Minute
	var mu sync.Mutex
	clock := now
	opt.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return clock }
	o := newObserver(t, &opt)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 300)
	log.PublishAll()
	_, src, end := w.network(log, true)
	defer end()
	inDirectory := cttest.NewLog(cttest.Config{Origin: "directory.example/log"})
	w.strangers(inDirectory, 300)
	dir := w.source(inDirectory, t.TempDir()) // costs nobody anything
	sets := make(chan []monitor.Source)
	stop := w.watching(opt, sets)
	sets <- []monitor.Source{src, dir}
	o.until("the full tile", func() bool { return o.position[src.Log.ID] == 256 && o.position[dir.Log.ID] == 300 })
	mu.Lock()
	clock = clock.Add(5 * time.Minute)
	mu.Unlock()
	o.until("the partial tile", func() bool { return o.position[src.Log.ID] == 300 })
	stop()
}

// A log that fails is asked again, and its failure is nobody else's.
func TestWatchOutlivesFailures(t *testing.T) {
	w := newWorld(t)
	opt := w.options()
	opt.Poll = time.Millisecond
	o := newObserver(t, &opt)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 600)
	src := w.source(log, t.TempDir())
	src.Reader = &flaky{Reader: src.Reader, at: 2, trip: func() error { return errors.New("connection reset") }}
	sets := make(chan []monitor.Source)
	stop := w.watching(opt, sets)
	sets <- []monitor.Source{src}
	o.until("the log", func() bool { return o.position[src.Log.ID] == 600 })
	stop()
}
