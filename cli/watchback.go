package cli

import (
	"context"
	"fmt"
	"sync"
	"time"

	"pinwatch/ct"
	"pinwatch/monitor"
)

// lookBackAgain is how long after looking back in vain it is tried again.
const lookBackAgain = time.Hour

// lookBack looks back beside the following of logs, where that was asked for, until all is looked at for the names of the
// era; wait waits for the end of that. A failure of the store ends the era.
func (w *watcher) lookBack(ctx context.Context, e *era, opt monitor.Options, end context.CancelCauseFunc) (wait func()) {
	var wg sync.WaitGroup
	if w.back {
		sources := e.logs.sources // a list may bring others, which are read for the names of now
		wg.Go(func() {
			if err := w.lookBackAt(ctx, opt, sources); err != nil && ctx.Err() == nil {
				end(err)
			}
		})
	}
	return wg.Wait
}

// lookBackAt tries until all was looked at. What goes wrong with a log is told when it is something else than before.
func (w *watcher) lookBackAt(ctx context.Context, opt monitor.Options, sources []monitor.Source) error {
	var read uint64
	told := map[ct.LogID]string{}
	for again := false; ; again = true {
		results, err := monitor.LookBack(ctx, opt, sources, w.backTo)
		if err != nil {
			return err
		}
		left := 0
		for i := range results {
			r := &results[i]
			read += r.Counts.Entries
			if r.Complete() {
				continue
			}
			left++
			if trouble := backTrouble(r); told[r.Log.ID] != trouble {
				w.p.troubleBack(r)
				told[r.Log.ID] = trouble
			}
		}
		switch {
		case left == 0 && read > 0:
			w.p.note(fmt.Sprintf("looked back: %d entries were read for the names of now, and nothing is left", read))
			return nil
		case left == 0:
			return nil
		case !again:
			w.p.warn(fmt.Sprintf("%s could not be looked back at; it is tried again every hour", count(left, "log")))
		}
		timer := time.NewTimer(lookBackAgain)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}
