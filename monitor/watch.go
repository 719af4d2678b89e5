package monitor

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"pinwatch/ct"
	"pinwatch/store"
)

// follower is a tailer that is being driven by Watch.
type follower struct {
	tailer *tailer
	// leave is closed when the log left the set: the follower drains it to its last head and ends.
	leave chan struct{}
	// done is closed when the follower has ended. One that takes over from another waits for that: a log has one
	// tailer at a time.
	done, after chan struct{}
}

// Watch follows logs until ctx is done or the store fails. Every value of sets is the whole set of logs to follow from
// then on: logs that are new in it are begun, logs that are not in it any more are drained up to the last head they
// were verified to have, and reported. A set never disturbs the logs that stay. The error is the store's or the cause
// of ctx.
func Watch(ctx context.Context, opt Options, sets <-chan []Source) error {
	opt.setDefaults()
	policy := opt.Watchlist.Policy()
	run, err := opt.Store.StartRun(ctx, store.Run{Kind: "watch", Policy: policy}, opt.Now())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	shared := &scanner{list: opt.Watchlist}
	f := &followers{
		begin:  func(src Source) *tailer { return newTailer(&opt, src, shared, run, policy) },
		cancel: cancel, current: map[ct.LogID]*follower{}, left: map[ct.LogID]chan struct{}{},
	}
	for ctx.Err() == nil {
		select {
		case set, open := <-sets:
			if open {
				f.follow(ctx, set)
			} else {
				sets = nil // go on with the last set until ctx is done
			}
		case <-ctx.Done():
		}
	}
	f.wg.Wait()
	cause := context.Cause(ctx)
	return errors.Join(cause, opt.Store.EndRun(context.WithoutCancel(ctx), run, outcome(nil, cause), opt.Now()))
}

// followers are the logs that Watch follows at the moment, and those that left.
type followers struct {
	begin   func(Source) *tailer
	cancel  context.CancelCauseFunc
	wg      sync.WaitGroup
	current map[ct.LogID]*follower
	left    map[ct.LogID]chan struct{} // closed when the follower of a log that left has ended
}

// follow makes set the logs that are followed.
func (f *followers) follow(ctx context.Context, set []Source) {
	for id, old := range f.current {
		if !contains(set, id) {
			close(old.leave)
			f.left[id] = old.done
			delete(f.current, id)
		}
	}
	for _, src := range set {
		id := src.Log.ID
		if f.current[id] != nil {
			continue
		}
		one := &follower{tailer: f.begin(src), leave: make(chan struct{}), done: make(chan struct{}), after: f.left[id]}
		f.current[id] = one
		f.wg.Go(func() {
			if err := one.run(ctx); err != nil {
				f.cancel(err)
			}
		})
	}
}

func contains(set []Source, id ct.LogID) bool {
	for i := range set {
		if set[i].Log.ID == id {
			return true
		}
	}
	return false
}

// run takes the log to its head again and again. It ends with ctx, with the store's error, or when the log has left
// and is drained.
func (f *follower) run(ctx context.Context) error {
	defer close(f.done)
	if f.after != nil {
		<-f.after
	}
	t := f.tailer
	for failures := 0; ; {
		err := t.step(ctx)
		if err != nil || ctx.Err() != nil {
			return err
		}
		if t.res.Err != nil {
			failures++
		} else {
			failures = 0
		}
		if sleepOr(ctx, t.pause(failures), f.leave) {
			return f.drain(ctx)
		}
	}
}

// drain finishes a log that left the set.
func (f *follower) drain(ctx context.Context) error {
	t := f.tailer
	t.log.Warn("the log left the list, reading what is left of it", "position", t.at.Size())
	for failures := 1; t.last != nil && ctx.Err() == nil; failures++ {
		t.res = LogResult{Log: t.src.Log}
		err := t.settle(ctx, t.catchUp(ctx, t.last, t.last.Size))
		if err != nil || t.res.Err == nil {
			t.log.Warn("the log left the list and is not followed any more", "position", t.at.Size(), "head", t.last.Size)
			return err
		}
		_ = sleep(ctx, t.pause(failures))
	}
	return nil
}

// maxPause bounds how rarely a log that fails is asked again.
const maxPause = 15 * time.Minute

// pause is how long to wait before the next pass: the poll interval, doubled with every failure, with a quarter of
// jitter so that no two logs keep step.
func (t *tailer) pause(failures int) time.Duration {
	d := t.opt.Poll << min(failures, 8)
	d = min(d, max(maxPause, t.opt.Poll))
	return d - d/8 + rand.N(d/4+1)
}

// sleepOr waits for d and says whether leave was closed meanwhile.
func sleepOr(ctx context.Context, d time.Duration, leave <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-leave:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
