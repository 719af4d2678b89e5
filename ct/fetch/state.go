package fetch

import (
	"maps"
	"slices"
	"time"
)

// State is how an operator is being treated, for people to read.
type State struct {
	Operator string
	// Parallel is how many requests may be under way at once now, UnderWay how many are, Waiting how many wait for
	// a place.
	Parallel, UnderWay, Waiting int
	// Allowed is the requests per second that may be made now, 0 for no limit (loopback only).
	Allowed float64
	// PausedUntil is the end of the operator's pause, zero when there is none; Cause what led to it.
	PausedUntil time.Time
	Cause       error
	// RetryAfter is what the operator last asked for with that header, and when; zero when it never did.
	RetryAfter   time.Duration
	RetryAfterAt time.Time
}

// States tells of every operator that was asked for anything, in the order of their keys.
func (c *Client) States() []State {
	c.mu.Lock()
	defer c.mu.Unlock()
	var states []State
	for _, key := range slices.Sorted(maps.Keys(c.operators)) {
		states = append(states, c.operators[key].state())
	}
	return states
}

func (o *operator) state() State {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := State{
		Operator: o.key,
		Parallel: o.places(), UnderWay: o.inflight, Waiting: len(o.queue),
		Allowed:    o.pace.allowed(o.local),
		RetryAfter: o.asked.wait, RetryAfterAt: o.asked.at,
	}
	if o.pause.until.After(time.Now()) {
		s.PausedUntil, s.Cause = o.pause.until, o.pause.cause
	}
	return s
}
