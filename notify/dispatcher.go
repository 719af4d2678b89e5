package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Receiver is somebody who is told.
type Receiver struct {
	Name     string
	Notifier Notifier
	Only     Only
	Digest   Digest
	Limit    Limit
}

// Options is what a Dispatcher works with. Queue and Now must be set.
type Options struct {
	Queue     Queue
	Receivers []Receiver // with names that differ; there may be none
	Now       func() time.Time
	Log       *slog.Logger // default: silence
	// GiveUpAfter is how long a message that is not taken is tried again. Default 3 days.
	GiveUpAfter time.Duration
	// SendTimeout bounds one attempt of a receiver that does not bound it itself, as all should. Default 2 h: more than the
	// hour that a configuration may give a program.
	SendTimeout time.Duration
	// Grace is how long what is being sent may go on after the end. Default 10 s.
	Grace time.Duration
	// Trouble, if set, is told when a receiver fails again and again, when it gives a message up, and when it is well
	// again (a nil error), from several goroutines.
	Trouble func(receiver string, err error)
}

func (o *Options) setDefaults() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.GiveUpAfter == 0 {
		o.GiveUpAfter = 3 * 24 * time.Hour
	}
	if o.SendTimeout == 0 {
		o.SendTimeout = 2 * time.Hour
	}
	if o.Grace == 0 {
		o.Grace = 10 * time.Second
	}
	if o.Trouble == nil {
		o.Trouble = func(string, error) {}
	}
}

// Dispatcher sends what waits in a queue.
//
//	queue ── route ──> each receiver's part of it ── due ──> Notifier
//	  ^                                                        │
//	  └───────────── sent, again later, given up ──────────────┘
//
// It tells at least once: a message that was sent, and not noted as sent before the process was killed, is sent again,
// with the same ID. Each receiver has a goroutine of its own, and its messages an order: what is due first goes first,
// and of one matter nothing overtakes.
type Dispatcher struct {
	opt     Options
	senders []*sender
	wake    chan struct{}
}

// NewDispatcher makes a Dispatcher. It does nothing until Run or Drain is called.
func NewDispatcher(opt Options) *Dispatcher {
	opt.setDefaults()
	d := &Dispatcher{opt: opt, wake: make(chan struct{}, 1)}
	for _, r := range opt.Receivers {
		d.senders = append(d.senders, &sender{Receiver: r, opt: &d.opt, wake: make(chan struct{}, 1)})
	}
	return d
}

// Wake says that there may be something new in the queue. It never blocks.
func (d *Dispatcher) Wake() { poke(d.wake) }

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// lookAgain is how often a queue is looked at that another process may have changed.
const lookAgain = 5 * time.Second

// Run sends until ctx is done. What is being sent then is finished, within the grace, and noted. The error is the
// queue's; nil where ctx ended it.
func (d *Dispatcher) Run(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var wg sync.WaitGroup
	for _, s := range d.senders {
		wg.Go(func() {
			if err := s.run(ctx); err != nil {
				fail(err)
			}
		})
	}
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := d.route(ctx); err != nil {
			fail(err)
		}
		for _, s := range d.senders {
			poke(s.wake)
		}
		select {
		case <-d.wake:
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	wg.Wait()
	return failure(ctx)
}

// errQueue marks the errors of a queue.
type errQueue struct{ error }

func (e errQueue) Unwrap() error { return e.error }

// failure is the queue's error that ended ctx, nil for another end.
func failure(ctx context.Context) error {
	if err, ok := errors.AsType[errQueue](context.Cause(ctx)); ok {
		return err.error
	}
	return nil
}

// Drain sends what is due now, and ends when nothing is or, for a receiver that fails, after a few attempts. ctx bounds
// it; what is left waits for the next time. The error is the queue's.
func (d *Dispatcher) Drain(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	if err := d.route(ctx); err != nil {
		fail(err)
	}
	var wg sync.WaitGroup
	for _, s := range d.senders {
		wg.Go(func() {
			if err := s.drain(ctx); err != nil {
				fail(err)
			}
		})
	}
	wg.Wait()
	return failure(ctx)
}

// routePage is how many messages are routed in one transaction.
const routePage = 500

// route decides who wants the messages of which that is not decided yet.
func (d *Dispatcher) route(ctx context.Context) error {
	for ctx.Err() == nil {
		page, err := d.opt.Queue.Unrouted(ctx, routePage)
		if err != nil {
			return d.broken(ctx, "look for messages", err)
		}
		if len(page) == 0 {
			return nil
		}
		now := d.opt.Now()
		if err := d.opt.Queue.Route(context.WithoutCancel(ctx), d.routes(page, now), now); err != nil {
			return d.broken(ctx, "route messages", err)
		}
	}
	return nil
}

// routes says who wants the messages of a page. What the page itself tells of a matter counts for what it tells later.
func (d *Dispatcher) routes(page []Unrouted, now time.Time) []Route {
	routes := make([]Route, len(page))
	told := map[string][]string{}
	for i := range page {
		m := &page[i]
		m.Told = append(m.Told, told[m.Thread]...)
		routes[i].Key = m.Key
		for _, s := range d.senders {
			if s.wants(m) {
				routes[i].To = append(routes[i].To, Recipient{Receiver: s.Name, Due: s.Digest.Next(now)})
				told[m.Thread] = append(told[m.Thread], s.Name)
			}
		}
	}
	return routes
}

// broken marks a failure of the queue; one that follows from the end of ctx is none.
func (d *Dispatcher) broken(ctx context.Context, what string, err error) error {
	return d.opt.broken(ctx, what, err)
}

func (o *Options) broken(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return errQueue{fmt.Errorf("%s: %w", what, err)}
}

// Pulse sends a heartbeat to the receivers that want heartbeats. It waits in no queue: a late one would prove nothing.
func (d *Dispatcher) Pulse(ctx context.Context, m *Message) {
	var wg sync.WaitGroup
	for _, s := range d.senders {
		if !s.Only.Wants(&Unrouted{Kind: Heartbeat, Severity: m.Severity}) {
			continue
		}
		wg.Go(func() {
			if err := s.notify(ctx, m); err != nil {
				s.opt.Trouble(s.Name, err)
			}
		})
	}
	wg.Wait()
}
