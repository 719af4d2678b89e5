package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// sender sends to one receiver.
type sender struct {
	Receiver
	opt  *Options
	wake chan struct{}

	mu       sync.Mutex // held while the Notifier works
	failures int        // in a row
	paused   time.Time  // until then the receiver is left alone
}

// wants says whether the receiver is told of a message: whether it wants it, or was told of the matter before and it
// has changed since. That a matter is over is told to those alone who heard of it.
func (s *sender) wants(m *Unrouted) bool {
	return slices.Contains(m.Told, s.Name) || !m.Resolved && s.Only.Wants(m)
}

// run sends until ctx is done, from when it is first woken on.
func (s *sender) run(ctx context.Context) (err error) {
	for next := (time.Time{}); err == nil && ctx.Err() == nil; {
		wait(ctx, s.opt.Now, next, s.wake)
		next, err = s.pass(ctx)
	}
	return err
}

// wait waits until next (zero: without an end), for wake, or for ctx.
func wait(ctx context.Context, now func() time.Time, next time.Time, wake <-chan struct{}) {
	var due <-chan time.Time
	if !next.IsZero() {
		timer := time.NewTimer(next.Sub(now()))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-due:
	case <-wake:
	case <-ctx.Done():
	}
}

// patience is how many failures in a row are a trouble; one lost packet is none.
const patience = 3

// drain sends what is due, and gives a receiver that fails a few attempts as long as ctx allows.
func (s *sender) drain(ctx context.Context) error {
	for {
		_, err := s.pass(ctx)
		deadline, bounded := ctx.Deadline()
		pausing := s.paused.After(s.opt.Now())
		if err != nil || ctx.Err() != nil || !pausing || s.failures >= patience || bounded && s.paused.After(deadline) {
			return err
		}
		wait(ctx, s.opt.Now, s.paused, nil)
	}
}

// page is how many messages are read at a time, and their outcomes noted in one transaction at the latest.
const page = 256

// pass sends what is due. It returns when there is more to do, as far as it is known; zero: not before it is woken.
func (s *sender) pass(ctx context.Context) (next time.Time, err error) {
	for ctx.Err() == nil {
		now := s.opt.Now()
		if s.paused.After(now) {
			return s.paused, nil
		}
		state, err := s.opt.Queue.State(ctx, s.Name, now, now.Add(-s.Limit.Per))
		if err != nil {
			return next, s.opt.broken(ctx, "look what waits for "+s.Name, err)
		}
		if state.Due == 0 {
			return state.Next, nil
		}
		room, event := s.room(&state)
		if room == 0 {
			return state.First.Add(s.Limit.Per), nil
		}
		if event != "" {
			if err := s.opt.Queue.Gather(context.WithoutCancel(ctx), s.Name, event, now); err != nil {
				return next, s.opt.broken(ctx, "gather what is due for "+s.Name, err)
			}
		}
		sent, err := s.send(ctx, now, room)
		if err != nil || sent == 0 {
			return state.Next, err
		}
	}
	return next, nil
}

// room is how many messages may be sent now, and whether what is due is to be gathered before: for a digest, or because
// it is more than the limit leaves room for.
func (s *sender) room(state *State) (n int, gather string) {
	n = page
	if s.failures > 0 {
		n = 1 // it is tried out
	}
	if s.Digest.on() && state.Due > 1 {
		gather = EventDigest
	}
	if s.Limit.N == 0 {
		return n, gather
	}
	free := s.Limit.N - state.Sent
	switch {
	case free <= 0:
		return 0, ""
	case gather != "" || state.Due <= free:
		return min(n, free), gather
	case free == 1:
		return 1, EventSummary
	}
	return min(n, free-1), ""
}

// recordEvery is how long outcomes may wait for those after them: so many seconds of work may have to be repeated.
const recordEvery = time.Second

// send sends up to n of the messages that are due, until one fails, and returns how many it tried.
func (s *sender) send(ctx context.Context, now time.Time, n int) (tried int, err error) {
	due, err := s.opt.Queue.Due(ctx, s.Name, now, n)
	if err != nil {
		return 0, s.opt.broken(ctx, "read what is due for "+s.Name, err)
	}
	var done []Outcome
	record := func() error {
		if len(done) == 0 {
			return nil
		}
		err := s.opt.Queue.Record(context.WithoutCancel(ctx), s.Name, done)
		done = nil
		if err != nil {
			return errQueue{fmt.Errorf("note what was sent to %s: %w", s.Name, err)}
		}
		return nil
	}
	for i := range due {
		if ctx.Err() != nil || s.paused.After(now) {
			break
		}
		o, ended := s.try(ctx, &due[i])
		if ended {
			break
		}
		tried++
		if done = append(done, o); o.At.Sub(now) >= recordEvery {
			now = o.At
			if err := record(); err != nil {
				return tried, err
			}
		}
	}
	return tried, record()
}

// try sends one message. ended says that this was called off, which says nothing about the receiver.
func (s *sender) try(ctx context.Context, d *Delivery) (o Outcome, ended bool) {
	err := s.notify(ctx, d.Message)
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return o, true
	}
	now := s.opt.Now()
	o = Outcome{Key: d.Key, At: now, Err: err}
	switch {
	case err == nil:
		o.Sent = true
		s.well()
		s.opt.Log.Debug("sent", "receiver", s.Name, "message", d.Message.ID)
		return o, false
	case IsPermanent(err):
		s.refused(&o, d)
		return o, false
	}
	o.Due = s.fail(now, d, err)
	if _, asked := errors.AsType[*LaterError](err); asked && s.paused.Sub(now) > longestPause {
		o.Pause = s.paused // the next process is to know
	}
	if now.Sub(d.Since) >= s.opt.GiveUpAfter && d.Attempts+1 >= leastAttempts {
		o.GivenUp = true
		s.opt.Trouble(s.Name, fmt.Errorf("message %s is given up after %s: %w", d.Message.ID, now.Sub(d.Since).Round(time.Minute), err))
	}
	return o, false
}

// refused has a message that will never be taken, by what the receiver says, wait a while all the same: a proxy that is set
// up wrongly for an hour must not cost what comes in that hour. The receiver answers, so it is not paused.
func (s *sender) refused(o *Outcome, d *Delivery) {
	waited := o.At.Sub(d.Since)
	o.Due = o.At.Add(min(refusedPause<<min(d.Attempts, 20), longestWait))
	s.opt.Log.Warn("refused", "receiver", s.Name, "message", d.Message.ID, "again", o.Due, "error", o.Err)
	if waited >= refusedFor && d.Attempts+1 >= leastRefusals {
		o.GivenUp = true
		s.opt.Trouble(s.Name, fmt.Errorf("message %s is given up, it was refused for %s: %w", d.Message.ID, waited.Round(time.Minute), o.Err))
	}
}

// leastAttempts is how often a message is tried before it is given up, however long that takes: from cron, on a machine
// that slept, days may pass between two of them.
const leastAttempts = 5

// fail pauses the receiver after a failure, and says when the message has its next turn. Where the receiver took others
// before, it is that message that waits longer each time.
func (s *sender) fail(now time.Time, d *Delivery, err error) time.Time {
	s.failures++
	pause := backoff(s.failures, longestPause)
	if later, ok := errors.AsType[*LaterError](err); ok {
		pause = max(pause, min(later.After, longestLater))
	}
	s.paused = now.Add(pause)
	s.opt.Log.Warn("not sent", "receiver", s.Name, "message", d.Message.ID, "failures", s.failures, "pause", pause, "error", err)
	if s.failures == patience {
		s.opt.Trouble(s.Name, err)
	}
	if s.failures > 1 || d.Attempts == 0 {
		return s.paused
	}
	return now.Add(max(pause, backoff(d.Attempts+1, longestWait)))
}

// well notes a success.
func (s *sender) well() {
	if s.failures >= patience {
		s.opt.Trouble(s.Name, nil)
	}
	s.failures = 0
}

// notify has the Notifier send a message. It is called off when ctx has been done for the grace, or time is over.
func (s *sender) notify(ctx context.Context, m *Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.opt.SendTimeout)
	defer cancel()
	done := make(chan struct{})
	defer close(done)
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(s.opt.Grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-done:
		}
	})
	defer stop()
	return s.Notifier.Notify(sending, m)
}
