package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Outcome is what came of trying to tell a receiver. Sent and GivenUp end a delivery; otherwise it is tried again at
// Due.
type Outcome struct {
	Message int64
	At      time.Time
	Sent    bool
	GivenUp bool
	Due     time.Time
	Error   string // empty for what was sent
	// Pause, if set, is until when all that waits for the receiver is to wait.
	Pause time.Time
}

// maxOutcomeError bounds what is kept of an error, in bytes.
const maxOutcomeError = 1000

// RecordOutcomes notes what came of trying to tell a receiver, of many messages in one transaction. What is not waiting
// any more stays as it is.
func (s *Store) RecordOutcomes(ctx context.Context, receiver string, outcomes []Outcome) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		for i := range outcomes {
			if err := outcomes[i].write(ctx, tx, receiver); err != nil {
				return err
			}
		}
		return nil
	})
	return s.fail(err, "note what was sent to %s", receiver)
}

func (o *Outcome) write(ctx context.Context, tx *sqlx.Tx, receiver string) error {
	at := stamp(o.At)
	if o.Sent {
		_, err := tx.ExecContext(ctx, "UPDATE deliveries SET due = NULL, sent = ? WHERE message = ? AND receiver = ? AND due IS NOT NULL",
			at, o.Message, receiver)
		return err
	}
	text := o.Error[:min(len(o.Error), maxOutcomeError)]
	due, gaveUp := (*stamp)(&o.Due), (*stamp)(nil)
	if o.GivenUp {
		due, gaveUp = nil, &at
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE deliveries SET due = ?, given_up = ?, attempts = attempts + 1, tried = ?, last_error = ?
		WHERE message = ? AND receiver = ? AND due IS NOT NULL`, due, gaveUp, at, text, o.Message, receiver)
	if err != nil || o.Pause.IsZero() {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE deliveries SET due = ?1 WHERE receiver = ?2 AND due < ?1", stamp(o.Pause), receiver)
	return err
}

// Gather makes one message of all that is due for a receiver, except of what is such a message already, and returns how
// many they are. event says what it is: a digest, or the summary of what a limit held back. Fewer than two stay as they
// are.
func (s *Store) Gather(ctx context.Context, receiver, event string, now time.Time) (n int64, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		const single = "d.receiver = ? AND d.due <= ? AND NOT EXISTS (SELECT 1 FROM deliveries p WHERE p.part_of = d.message)"
		var all []struct {
			ID       int64  `db:"id"`
			Kind     string `db:"kind"`
			Severity string `db:"severity"`
		}
		err := tx.SelectContext(ctx, &all, "SELECT o.id, o.kind, o.severity FROM deliveries d JOIN outbox o ON o.id = d.message WHERE "+
			single+" ORDER BY "+severityRank+", o.id", receiver, stamp(now))
		if err != nil || len(all) < 2 {
			return err
		}
		whole := outboxRow{
			Kind: all[0].Kind, Event: event, Severity: all[0].Severity, Thread: event + ":" + receiver + ":" + now.UTC().Format(time.RFC3339Nano),
			Payload: new("{}"), Routed: new(stamp(now)),
		}
		if err := tell(ctx, tx, &whole, now); err != nil {
			return err
		}
		for _, part := range all {
			_, err := tx.ExecContext(ctx, "UPDATE deliveries SET due = NULL, part_of = ? WHERE message = ? AND receiver = ?",
				whole.id, part.ID, receiver)
			if err != nil {
				return err
			}
		}
		n = int64(len(all))
		return deliver(ctx, tx, whole.id, Recipient{Receiver: receiver, Due: now}, now)
	})
	return n, s.fail(err, "gather what is due for %s", receiver)
}
