package notify

import (
	"context"
	"time"
)

// Queue is where messages wait. The Dispatcher alone works on it in a process; others may add messages, and take up
// again what was given up. An error of a Queue ends the Dispatcher.
type Queue interface {
	// Unrouted returns messages of which it is not decided who wants them, the oldest first.
	Unrouted(ctx context.Context, limit int) ([]Unrouted, error)
	// Route notes who does.
	Route(ctx context.Context, routes []Route, now time.Time) error
	// State says what waits for a receiver, and what it was sent after since.
	State(ctx context.Context, receiver string, now, since time.Time) (State, error)
	// Due returns what is due for a receiver, what waited longest first, and of one matter only the first message.
	Due(ctx context.Context, receiver string, now time.Time, limit int) ([]Delivery, error)
	// Gather makes one message, with parts, of all that is due and is no such message yet. Fewer than two stay.
	Gather(ctx context.Context, receiver, event string, now time.Time) error
	// Record notes what came of deliveries, all at once.
	Record(ctx context.Context, receiver string, outcomes []Outcome) error
}

// The events of messages that stand for others.
const (
	EventDigest  = "digest"  // what came since the last one
	EventSummary = "summary" // what a limit held back
)

// Unrouted is what a message is routed by.
type Unrouted struct {
	Key      int64  // names it to the queue
	Thread   string // what it is about
	Kind     Kind
	Severity string
	Watch    string   // of a finding; likewise Verdict and Labels
	Verdict  string   //
	Labels   []string //
	Resolved bool
	// Told are the receivers that have, or wait for, an earlier message about the same matter. One that is unrouted itself
	// has told nobody yet.
	Told []string
}

// Route is who wants a message, and when.
type Route struct {
	Key int64
	To  []Recipient
}

// Recipient is a receiver, and when it is to have a message.
type Recipient struct {
	Receiver string
	Due      time.Time
}

// State is what waits for a receiver.
type State struct {
	Due  int       // how many messages are due; a queue may stop to count at ten thousand
	Next time.Time // when one that is not due yet will be; zero: none waits
	Sent int       // how many were sent since the time that was asked for
	// First is when the first of these was sent.
	First time.Time
}

// Delivery is a message that is due.
type Delivery struct {
	Key      int64
	Message  *Message
	Since    time.Time // when it was to be sent, or taken up again
	Attempts int       // that failed since then
}

// Outcome is what came of a delivery. One that was neither sent nor given up is tried again at Due.
type Outcome struct {
	Key     int64
	At      time.Time
	Sent    bool
	GivenUp bool
	Due     time.Time
	Err     error // nil for what was sent
	// Pause, if set, is until when the receiver asked to be left alone: whatever waits for it waits until then.
	Pause time.Time
}
