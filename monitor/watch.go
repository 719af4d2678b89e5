package monitor

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"time"

	"pinwatch/ct"
	"pinwatch/store"
)

// follower is a tailer that is being driven by Watch.
type follower struct {
	tailer *tailer
	// known is the log as the last set described it. Where a set describes it in another way than the one before, next
	// holds that until the follower takes it up.
	known *ct.Log
	next  chan Source
	// leave is closed when the log left the set: the follower drains it to its last head and ends.
	leave chan struct{}
	// done is closed when the follower has ended. One that takes over from another, after, waits for that: a log has
	// one tailer at a time.
	done  chan struct{}
	after *follower
	// stop ends the follower at once.
	stop context.CancelFunc
}

// Watch follows logs until ctx is done or the store fails. Every value of sets is the whole set of logs to follow from
// then on: logs that are new in it are begun, logs that are not in it any more are drained up to the last head they
// were verified to have, and reported. A set does not disturb the logs that stay: what it says differently of one (its
// state, a final head, another URL) holds from its next pass on. The error is the store's or the cause of ctx.
func Watch(ctx context.Context, opt Options, sets <-chan []Source) error {
	opt.setDefaults()
	policy := opt.Watchlist.Policy()
	run, err := opt.Store.StartRun(ctx, store.Run{Kind: "watch", Policy: policy, Names: opt.Watchlist.Names()}, opt.Now())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	shared := opt.scanner()
	f := &followers{
		begin:  func(src Source) *tailer { return newTailer(&opt, src, shared, run, policy) },
		cancel: cancel, current: map[ct.LogID]*follower{}, left: map[ct.LogID]*follower{},
	}
	for ctx.Err() == nil {
		select {
		case set, open := <-sets:
			if open {
				if err := opt.takeUp(ctx, run, shared, set); err != nil {
					cancel(err)
					break
				}
				f.follow(ctx, set)
			} else {
				sets = nil // go on with the last set until ctx is done
			}
		case <-ctx.Done():
		}
	}
	f.wg.Wait()
	cause := context.Cause(ctx)
	return errors.Join(cause, opt.Store.EndRun(context.WithoutCancel(ctx), run, outcome(true, cause), opt.Now()))
}

// followers are the logs that Watch follows at the moment, and those that left.
type followers struct {
	begin   func(Source) *tailer
	cancel  context.CancelCauseFunc
	wg      sync.WaitGroup
	current map[ct.LogID]*follower
	left    map[ct.LogID]*follower // the one that was the last to follow a log that left
}

// follow makes set the logs that are followed.
func (f *followers) follow(ctx context.Context, set []Source) {
	for id, old := range f.current {
		if !contains(set, id) {
			close(old.leave)
			f.left[id] = old
			delete(f.current, id)
		}
	}
	for _, src := range set {
		if one := f.current[src.Log.ID]; one != nil {
			one.update(src)
			continue
		}
		f.start(ctx, src)
	}
}

// start begins to follow a log. Where it is back and still being drained, that ends: the new follower goes on from
// there.
func (f *followers) start(ctx context.Context, src Source) {
	one := &follower{
		tailer: f.begin(src), known: src.Log, next: make(chan Source, 1),
		leave: make(chan struct{}), done: make(chan struct{}), after: f.left[src.Log.ID],
	}
	ctx, one.stop = context.WithCancel(ctx)
	if one.after != nil {
		one.after.stop()
		delete(f.left, src.Log.ID)
	}
	if src.Leaving {
		close(one.leave)
		f.left[src.Log.ID] = one
	} else {
		f.current[src.Log.ID] = one
	}
	f.wg.Go(func() {
		defer one.stop()
		if err := one.run(ctx); err != nil {
			f.cancel(err)
		}
	})
}

// contains says whether set follows the log: one that is in it to be left is not followed.
func contains(set []Source, id ct.LogID) bool {
	return slices.ContainsFunc(set, func(src Source) bool { return src.Log.ID == id && !src.Leaving })
}

// update has the follower go on with src from its next pass on, if that says anything new of the log.
func (f *follower) update(src Source) {
	if reflect.DeepEqual(f.known, src.Log) {
		return
	}
	f.known = src.Log
	select {
	case <-f.next: // an older one that was not taken up yet
	default:
	}
	f.next <- src
}

// run takes the log to its head again and again. It ends with ctx, with the store's error, or when the log has left
// and is drained.
func (f *follower) run(ctx context.Context) error {
	defer close(f.done)
	if f.after != nil {
		<-f.after.done
	}
	t := f.tailer
	if t.src.Leaving {
		return t.drain(ctx)
	}
	for failures := 0; ; {
		err := t.step(ctx)
		if err == nil {
			err = t.checkFinals(ctx)
		}
		if err == nil {
			err = t.keepPromises(ctx)
		}
		if err != nil || ctx.Err() != nil {
			return err
		}
		t.opt.Passed(t.res)
		switch {
		case t.res.Err == nil:
			failures = 0
		case t.res.To > t.res.From: // it fails, and gets on
			failures = 1
		default:
			failures++
		}
		if sleepOr(ctx, t.pause(failures), f.leave) {
			return t.drain(ctx)
		}
		select {
		case t.src = <-f.next:
		default:
		}
	}
}

// drain finishes a log that left the set.
func (t *tailer) drain(ctx context.Context) error {
	t.log.Warn("the log left, reading what is left of it")
	for failures := 1; ctx.Err() == nil; failures++ {
		if err := t.finish(ctx); err != nil || ctx.Err() != nil {
			return err
		}
		t.opt.Passed(t.res)
		if t.res.Err == nil {
			t.log.Warn("the log left and is not followed any more", "position", t.at.Size())
			return nil
		}
		_ = sleep(ctx, t.pause(failures))
	}
	return nil
}

// finish reads what the last head covers, without asking for another one, and records how that went. Only the store's
// failure is an error.
func (t *tailer) finish(ctx context.Context) error {
	t.res = LogResult{Log: t.src.Log, Left: true}
	if err := t.restore(ctx); err != nil {
		return t.settle(ctx, err)
	}
	t.res.From, t.res.To, t.res.Head = t.at.Size(), t.at.Size(), t.last
	if !t.started || t.last == nil || t.last.Size <= t.at.Size() {
		return nil
	}
	err := t.catchUp(ctx, t.last, t.last.Size)
	t.res.Reached, t.res.To = err == nil, t.at.Size()
	return t.settle(ctx, err)
}

// maxPause bounds how rarely a log that fails is asked again.
const maxPause = 15 * time.Minute

// pause is how long to wait before the next pass: the poll interval, doubled with every failure, less up to a quarter so
// that no two logs keep step.
func (t *tailer) pause(failures int) time.Duration {
	d := t.opt.Poll << min(failures, 8)
	d = min(d, max(maxPause, t.opt.Poll))
	return d - rand.N(d/4+1)
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
