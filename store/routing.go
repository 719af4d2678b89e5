package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Unrouted is a message of which nobody has decided yet who wants it.
type Unrouted struct {
	ID       int64
	Kind     string
	Event    string
	Severity string
	Thread   string
	Watch    string // of a finding; empty for other kinds, likewise Verdict
	Verdict  string
	Created  time.Time
	// Told are the receivers that were told of the matter before, or are to be.
	Told []string
}

// Unrouted returns messages that wait to be routed, the oldest first.
func (r *Reader) Unrouted(ctx context.Context, limit int) ([]Unrouted, error) {
	var rows []struct {
		ID       int64        `db:"id"`
		Kind     string       `db:"kind"`
		Event    string       `db:"event"`
		Severity string       `db:"severity"`
		Thread   string       `db:"thread"`
		Watch    string       `db:"watch"`
		Verdict  string       `db:"verdict"`
		Created  stamp        `db:"created"`
		Told     list[string] `db:"told"`
	}
	err := r.db.SelectContext(ctx, &rows, `
		SELECT o.id, o.kind, o.event, o.severity, o.thread, ifnull(f.watch, '') AS watch, ifnull(f.verdict, '') AS verdict, o.created,
			(SELECT json_group_array(DISTINCT d.receiver) FROM outbox p JOIN deliveries d ON d.message = p.id
				WHERE p.thread = o.thread AND p.id < o.id) AS told
		FROM outbox o LEFT JOIN findings f ON f.id = o.finding WHERE o.routed IS NULL ORDER BY o.id LIMIT ?`, limit)
	out := make([]Unrouted, len(rows))
	for i, row := range rows {
		out[i] = Unrouted{
			ID: row.ID, Kind: row.Kind, Event: row.Event, Severity: row.Severity, Thread: row.Thread, Watch: row.Watch,
			Verdict: row.Verdict, Created: time.Time(row.Created), Told: row.Told,
		}
	}
	return out, r.fail(err, "list the messages to be routed")
}

// Route is who is to be told of a message.
type Route struct {
	Message int64
	To      []Recipient // may be empty: nobody is
}

// Recipient is a receiver of a message, and when it is to have it.
type Recipient struct {
	Receiver string
	Due      time.Time
}

// Route notes who is to be told of messages, in one transaction. A message that was routed before stays as it was.
func (s *Store) Route(ctx context.Context, routes []Route, now time.Time) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		for _, r := range routes {
			changed, err := update(ctx, tx, "UPDATE outbox SET routed = ? WHERE id = ? AND routed IS NULL", stamp(now), r.Message)
			if err != nil {
				return err
			}
			if changed == 0 {
				continue
			}
			for _, to := range r.To {
				if err := deliver(ctx, tx, r.Message, to, now); err != nil {
					return fmt.Errorf("to %s: %w", to.Receiver, err)
				}
			}
		}
		return nil
	})
	return s.fail(err, "route messages")
}

func deliver(ctx context.Context, tx *sqlx.Tx, message int64, to Recipient, now time.Time) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO deliveries (message, receiver, since, due) VALUES (?1, ?2, max(?3, ?4), ?4)",
		message, to.Receiver, stamp(now), stamp(to.Due))
	return err
}
