package cli

import (
	"bufio"
	"context"
	"sync"
	"time"
)

// flushed writes to stdout at once, for receivers that print. It may be used by several goroutines.
type flushed struct {
	mu sync.Mutex
	w  *bufio.Writer
}

// Write writes b and flushes.
func (f *flushed) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.w.Write(b)
	if err != nil {
		return n, err
	}
	return n, f.w.Flush()
}

// send tells the receivers in the background until ctx is done; wait waits for the end of that. A failure of the store
// ends the era.
func (w *watcher) send(ctx context.Context, e *era, end context.CancelCauseFunc) (wait func()) {
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := w.p.abandon(ctx, e.cfg, w.store)
		if err == nil {
			err = e.sending.Run(ctx)
		}
		if err != nil && ctx.Err() == nil {
			end(err)
		}
	})
	return wg.Wait
}

// How often it is looked at how following goes; then a sign of life is given.
const (
	healthFirst = time.Minute
	healthEvery = 5 * time.Minute
)

// checkHealth tells what began, changed or ended, and gives a sign of life.
func (w *watcher) checkHealth(ctx context.Context, e *era) {
	h := &health{p: w.p, cfg: e.cfg, store: w.store, policy: e.policy, logs: e.logs, leave: w.leave}
	beat, err := h.settle(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.p.complain(err)
		}
		return
	}
	e.sending.Wake()
	ctx, cancel := context.WithTimeout(ctx, pulseFor)
	defer cancel()
	e.sending.Pulse(ctx, beat)
}
