package fetch

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Limit overrides the limits of one operator. A zero field keeps the default.
type Limit struct {
	RequestsPerSecond float64 // an upper bound: rate signals still slow us below it
	Parallel          int     // requests under way at once, from the start
}

const (
	// startWindow is what a browser opens to a server; maxWindow hides the latency of a distant log (16 tiles of 256
	// entries in 100 ms are 40,000 entries a second) without being a burden to it.
	startWindow = 4
	maxWindow   = 16
	// loopbackWindow is that of an operator on this machine, from the start and until it is first in trouble: there is
	// nobody to be polite to.
	loopbackWindow = 128
)

// operator is the gate of one operator: window, spacing and pauses.
type operator struct {
	key string

	mu       sync.Mutex
	window   float64 // requests that may be under way; at least 1
	widest   float64
	fixed    bool // the window is that of a configured limit
	inflight int
	queue    []chan struct{} // those who wait for a place in the window, first come first; closed when granted
	seq      uint64          // of the last ticket
	cutSeq   uint64          // of the last ticket when the window was last cut
	pace     pace
	pause    pause             // of the operator, after rate signals
	logs     map[string]*pause // of one log each, after its failures
	wake     chan struct{}     // closed and replaced when a pause ends before its time
	asked    hint
	local    bool // the last request went to loopback
}

// hint is what a Retry-After last asked for.
type hint struct {
	wait time.Duration
	at   time.Time
}

// operator finds or makes the gate of a key.
func (c *Client) operator(key string) *operator {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.operators[key]
	if o == nil {
		limit := c.config.Limits[key]
		o = &operator{
			key: key, window: startWindow, widest: maxWindow,
			logs: make(map[string]*pause), wake: make(chan struct{}),
			pace: pace{bound: limit.RequestsPerSecond},
		}
		if limit.Parallel > 0 {
			o.window, o.widest, o.fixed = float64(limit.Parallel), float64(limit.Parallel), true
		}
		c.operators[key] = o
	}
	return o
}

// ticket is the permission for one request. finish takes it back.
type ticket struct {
	log    *pause
	seq    uint64 // counts the operator's requests, from 1
	spaced bool   // the request had to wait for its turn: the pace is what holds us
}

// start waits until a request to a log may be made: no pause, a place in the window, the spacing kept. What it spends
// in pauses is taken from patience; a pause longer than what is left of it is a *PausedError.
func (o *operator) start(ctx context.Context, log string, local bool, patience *time.Duration) (ticket, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.local = local
	p := o.log(log)
	for {
		if err := o.sitOut(ctx, p, patience); err != nil {
			return ticket{}, err
		}
		if err := o.enter(ctx); err != nil {
			return ticket{}, err
		}
		// While we waited for the place or for the turn, somebody may have been told to stop.
		if o.open(p) {
			spaced, err := o.awaitTurn(ctx, local)
			if err != nil {
				o.leave()
				return ticket{}, err
			}
			if o.open(p) {
				p.probe(time.Now())
				o.seq++
				return ticket{log: p, seq: o.seq, spaced: spaced}, nil
			}
		}
		o.leave()
	}
}

// log finds or makes the pause of a log.
func (o *operator) log(log string) *pause {
	p := o.logs[log]
	if p == nil {
		p = &pause{}
		o.logs[log] = p
	}
	return p
}

// open says whether neither the operator nor the log is to be left alone.
func (o *operator) open(p *pause) bool {
	now := time.Now()
	return !o.pause.until.After(now) && !p.until.After(now)
}

// sitOut waits until neither the operator nor the log is to be left alone.
func (o *operator) sitOut(ctx context.Context, p *pause, patience *time.Duration) error {
	for !o.open(p) {
		longer := p
		if o.pause.until.After(p.until) {
			longer = &o.pause
		}
		now := time.Now()
		wait := longer.until.Sub(now)
		if wait > *patience {
			return &PausedError{Operator: o.key, Until: longer.until, Cause: longer.cause}
		}
		if err := o.sleep(ctx, wait, o.wake); err != nil {
			return err
		}
		*patience -= time.Since(now)
	}
	return nil
}

// awaitTurn waits for the next turn of the pace, and says whether there was anything to wait for.
func (o *operator) awaitTurn(ctx context.Context, local bool) (spaced bool, err error) {
	for {
		now, cuts := time.Now(), o.pace.cuts
		turn := o.pace.turn(now, local)
		if !turn.After(now) {
			return spaced, nil
		}
		spaced = true
		if err := o.sleep(ctx, turn.Sub(now), nil); err != nil || o.pace.cuts == cuts {
			return spaced, err
		}
	}
}

// sleep lets go of the gate for a time, or until wake is closed.
func (o *operator) sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	o.mu.Unlock()
	defer o.mu.Lock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// enter takes a place in the window, waiting in line for it.
func (o *operator) enter(ctx context.Context) error {
	if len(o.queue) == 0 && o.inflight < o.places() {
		o.inflight++
		return nil
	}
	granted := make(chan struct{})
	o.queue = append(o.queue, granted)
	o.mu.Unlock()
	var err error
	select {
	case <-granted:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	o.mu.Lock()
	if err == nil {
		return nil
	}
	if i := slices.Index(o.queue, granted); i >= 0 {
		o.queue = slices.Delete(o.queue, i, i+1)
	} else {
		o.leave() // granted in the last moment
	}
	return err
}

// places is how many requests may be under way.
func (o *operator) places() int {
	if o.local && !o.fixed && o.cutSeq == 0 {
		return loopbackWindow
	}
	return int(o.window)
}

// leave gives a place back and hands free places to those who wait.
func (o *operator) leave() {
	o.inflight--
	for len(o.queue) > 0 && o.inflight < o.places() {
		close(o.queue[0])
		o.queue = slices.Delete(o.queue, 0, 1)
		o.inflight++
	}
}

// finish takes the ticket back and draws the conclusions from how the request went. It says whether the operator was
// slowed down by it.
func (o *operator) finish(t ticket, v verdict, retryAfter time.Duration, cause error) (slowed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if retryAfter > 0 {
		o.asked = hint{wait: retryAfter, at: now}
	}
	f := failure{seq: t.seq, last: o.seq, at: now, cause: cause}
	switch v {
	case success:
		o.succeed(t, now)
	case missing:
		t.log.miss(f)
	case refused:
		t.log.fail(f, 0)
	case failed:
		if t.log.fail(f, 0) {
			o.cut(t)
		}
	case limited:
		slowed = o.pause.fail(f, min(retryAfter, maxRetryAfter))
		if slowed {
			o.cut(t)
			o.pace.cut(now)
		}
	case unknown:
	}
	o.leave()
	return slowed
}

// reject says that the last answer of a log was no good after all.
func (o *operator) reject(log string, cause error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.log(log).reject(failure{seq: o.seq, last: o.seq, at: time.Now(), cause: cause})
}

func (o *operator) succeed(t ticket, now time.Time) {
	ended := o.pause.succeed(t.seq)
	if t.log.succeed(t.seq) || ended {
		close(o.wake)
		o.wake = make(chan struct{})
	}
	o.window = min(o.window+1/o.window, o.widest)
	if t.spaced {
		o.pace.grow(now)
	}
}

// cut halves the window, once for all requests that were under way together.
func (o *operator) cut(t ticket) {
	if t.seq <= o.cutSeq {
		return
	}
	o.cutSeq = o.seq
	o.window = max(1, o.window/2)
}
