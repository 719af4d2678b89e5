package notify_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pinwatch/notify"
)

// memory is a Queue that forgets everything with the process.
type memory struct {
	mu       sync.Mutex
	messages []notify.Unrouted
	waiting  []*waiting
	records  int
	broken   error
}

type waiting struct {
	notify.Delivery
	receiver      string
	due           time.Time
	sent, givenUp time.Time
	err           error
	whole         int64
}

func (w *waiting) waits() bool { return w.sent.IsZero() && w.givenUp.IsZero() && w.whole == 0 }

// add adds n messages of high severity.
func (q *memory) add(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for range n {
		key := int64(len(q.messages) + 1)
		q.messages = append(q.messages, notify.Unrouted{Key: key, Thread: fmt.Sprint("t", key), Kind: notify.Finding, Severity: notify.High})
	}
}

func (q *memory) Unrouted(_ context.Context, limit int) ([]notify.Unrouted, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []notify.Unrouted
	for _, m := range q.messages {
		if len(out) < limit && m.Watch != "routed" {
			out = append(out, m)
		}
	}
	return out, q.broken
}

func (q *memory) Route(_ context.Context, routes []notify.Route, now time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range routes {
		q.messages[r.Key-1].Watch = "routed"
		for _, to := range r.To {
			q.waiting = append(q.waiting, newWaiting(r.Key, to.Receiver, now, to.Due))
		}
	}
	return q.broken
}

func newWaiting(key int64, receiver string, now, due time.Time) *waiting {
	m := &notify.Message{ID: fmt.Sprint("m", key), Kind: notify.Finding, Severity: notify.High, Title: "title"}
	return &waiting{Delivery: notify.Delivery{Key: key, Message: m, Since: now}, receiver: receiver, due: due}
}

func (q *memory) of(receiver string) []*waiting {
	var out []*waiting
	for _, w := range q.waiting {
		if w.receiver == receiver {
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, func(a, b *waiting) int { return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.Key, b.Key)) })
	return out
}

func (q *memory) State(_ context.Context, receiver string, now, since time.Time) (s notify.State, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range q.of(receiver) {
		switch {
		case w.sent.After(since):
			if s.Sent++; s.First.IsZero() || w.sent.Before(s.First) {
				s.First = w.sent
			}
		case !w.waits():
		case !w.due.After(now):
			s.Due++
		case s.Next.IsZero():
			s.Next = w.due
		}
	}
	return s, q.broken
}

func (q *memory) Due(_ context.Context, receiver string, now time.Time, limit int) ([]notify.Delivery, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var out []notify.Delivery
	for _, w := range q.of(receiver) {
		if w.waits() && !w.due.After(now) && len(out) < limit {
			out = append(out, w.Delivery)
		}
	}
	return out, q.broken
}

func (q *memory) Gather(_ context.Context, receiver, event string, now time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = append(q.messages, notify.Unrouted{Key: int64(len(q.messages) + 1), Watch: "routed"})
	whole := newWaiting(int64(len(q.messages)), receiver, now, now)
	whole.Message.Event = event
	for _, w := range q.of(receiver) {
		if w.waits() && !w.due.After(now) && w.Message.Parted == 0 {
			w.whole = whole.Key
			whole.Message.Parted++
		}
	}
	q.waiting = append(q.waiting, whole)
	return q.broken
}

func (q *memory) Record(_ context.Context, receiver string, outcomes []notify.Outcome) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.records++
	for _, o := range outcomes {
		for _, w := range q.waiting {
			if w.Key != o.Key || w.receiver != receiver {
				continue
			}
			switch {
			case o.Sent:
				w.sent = o.At
			case o.GivenUp:
				w.givenUp = o.At
			default:
				w.due = o.Due
			}
			if w.err = o.Err; o.Err != nil {
				w.Attempts++
			}
		}
		for _, w := range q.waiting {
			if w.receiver == receiver && w.due.Before(o.Pause) {
				w.due = o.Pause
			}
		}
	}
	return q.broken
}

// left is what waits for a receiver, and what was given up.
func (q *memory) left(receiver string) (waits, givenUp int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range q.of(receiver) {
		switch {
		case w.waits():
			waits++
		case !w.givenUp.IsZero():
			givenUp++
		}
	}
	return waits, givenUp
}

// ear is a Notifier that notes what it is told, and fails as asked.
type ear struct {
	mu    sync.Mutex
	heard []*notify.Message
	at    []time.Time
	tries int
	fails func(m *notify.Message, try int) error
	slow  time.Duration
}

func (e *ear) Notify(ctx context.Context, m *notify.Message) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tries++
	if e.slow > 0 {
		select {
		case <-time.After(e.slow):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if e.fails != nil {
		if err := e.fails(m, e.tries); err != nil {
			return err
		}
	}
	e.heard, e.at = append(e.heard, m), append(e.at, time.Now())
	return nil
}

func (e *ear) ids() []string {
	var out []string
	for _, m := range e.heard {
		out = append(out, m.ID)
	}
	return out
}

var errDown = errors.New("refused")

func dispatcher(q notify.Queue, receivers ...notify.Receiver) *notify.Dispatcher {
	return notify.NewDispatcher(notify.Options{Queue: q, Receivers: receivers, Now: time.Now})
}

// running runs a dispatcher in a test of its own time, and returns what ends it.
func running(t *testing.T, d *notify.Dispatcher) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- d.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
