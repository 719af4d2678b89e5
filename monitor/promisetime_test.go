package monitor_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"pinwatch/ct"
	"pinwatch/monitor"
)

// limited scans until every log was read to its head, and not a moment longer: its time is over then.
func (w *promiseWorld) limited() []monitor.LogResult {
	w.Helper()
	ctx, cancel := context.WithCancelCause(w.Context())
	defer cancel(nil)
	var mu sync.Mutex
	read := map[ct.LogID]bool{}
	opt := w.options()
	opt.Now = func() time.Time { return w.clock }
	opt.Progress = func(log *ct.Log, position, size uint64) {
		mu.Lock()
		defer mu.Unlock()
		if position == size {
			read[log.ID] = true
		}
		if len(read) == len(w.sources) {
			cancel(context.DeadlineExceeded)
		}
	}
	results, err := monitor.Scan(ctx, opt, w.sources)
	if !errors.Is(err, context.DeadlineExceeded) {
		w.Fatalf("the scan ended with %v, not with its time", err)
	}
	w.check()
	return results
}

// Scans that always end by their time limit come to what was promised all the same.
func TestPromisesOfScansThatRunOutOfTime(t *testing.T) {
	bothProtocols(t, func(t *testing.T, w *promiseWorld) {
		kept, leaf := w.certificate()
		broken, _ := w.certificate()
		w.promiser.Add(leaf)
		w.strangers(w.promiser, 1)
		w.other.AddFinal(kept)
		w.other.AddFinal(broken)
		w.clock = w.clock.Add(mmd)
		w.promiser.PublishAll()
		w.other.PublishAll()
		w.limited()
		w.want(nil, 0)
		res := w.limited()
		w.want([]string{"valid broken", "valid kept at 3"}, 1)
		if len(res[0].Broken) != 1 || len(res[1].Broken) != 0 {
			t.Errorf("results %+v", res)
		}
	})
}
