package deliver

import (
	"context"
	"errors"
	"time"

	"pinwatch/notify"
	"pinwatch/show"
	"pinwatch/store"
)

// Queue is the outbox of a store, for a dispatcher.
type Queue struct {
	store *store.Store
	build builder
}

// NewQueue makes the queue of a store. labels gives those of a watch, by its ID.
func NewQueue(s *store.Store, labels func(watch string) []string) *Queue {
	return &Queue{store: s, build: builder{labels: labels}}
}

// Unrouted is part of notify.Queue.
func (q *Queue) Unrouted(ctx context.Context, limit int) ([]notify.Unrouted, error) {
	rows, err := q.store.Unrouted(ctx, limit)
	out := make([]notify.Unrouted, len(rows))
	for i := range rows {
		r := &rows[i]
		out[i] = notify.Unrouted{
			Key: r.ID, Thread: r.Thread, Kind: notify.Kind(r.Kind), Severity: r.Severity, Watch: r.Watch, Verdict: r.Verdict, Labels: q.build.labels(r.Watch),
			Resolved: r.Event == store.EventResolved || r.Event == store.EventMerged || r.Event == store.Ended, Told: r.Told,
		}
	}
	return out, err
}

// Route is part of notify.Queue.
func (q *Queue) Route(ctx context.Context, routes []notify.Route, now time.Time) error {
	rows := make([]store.Route, len(routes))
	for i, r := range routes {
		rows[i].Message = r.Key
		for _, to := range r.To {
			rows[i].To = append(rows[i].To, store.Recipient(to))
		}
	}
	return q.store.Route(ctx, rows, now)
}

// State is part of notify.Queue.
func (q *Queue) State(ctx context.Context, receiver string, now, since time.Time) (s notify.State, err error) {
	w, err := q.store.Waiting(ctx, receiver, now, since)
	return notify.State(w), err
}

// Due is part of notify.Queue.
func (q *Queue) Due(ctx context.Context, receiver string, now time.Time, limit int) ([]notify.Delivery, error) {
	rows, err := q.store.Due(ctx, receiver, now, limit)
	out := make([]notify.Delivery, len(rows))
	for i := range rows {
		r := &rows[i]
		out[i] = notify.Delivery{Key: r.Row, Message: q.build.build(&r.Outgoing), Since: r.Since, Attempts: r.Attempts}
	}
	return out, err
}

// Gather is part of notify.Queue.
func (q *Queue) Gather(ctx context.Context, receiver, event string, now time.Time) error {
	_, err := q.store.Gather(ctx, receiver, event, now)
	return err
}

// Record is part of notify.Queue. Errors are kept as they are shown: without what could steer a terminal.
func (q *Queue) Record(ctx context.Context, receiver string, outcomes []notify.Outcome) error {
	rows := make([]store.Outcome, len(outcomes))
	for i, o := range outcomes {
		rows[i] = store.Outcome{Message: o.Key, At: o.At, Sent: o.Sent, GivenUp: o.GivenUp, Due: o.Due, Pause: o.Pause}
		if o.Err != nil {
			rows[i].Error = show.Escape(errorText(o.Err))
		}
	}
	return q.store.RecordOutcomes(ctx, receiver, rows)
}

// errorText is an error without the pause that was asked for, which was over when somebody reads it.
func errorText(err error) string {
	if later, ok := errors.AsType[*notify.LaterError](err); ok {
		return later.Err.Error()
	}
	return err.Error()
}
