package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Renamed is what a receiver took over from another name of it.
type Renamed struct {
	Known   bool // there was a receiver of the old name
	Waiting int  // messages that wait for the new name now
	GivenUp int  // how many of these had been given up
	Twice   int  // deliveries that it did not take over, since it has the same messages by itself
}

// RenameReceiver makes what a receiver was told, and what waits for it or was given up, that of another name, as if it had
// always had that one: so it also hears of the end of what the old one heard of. What waits is due at once, but for what a
// digest holds back. Of a message that both have, that of the new name stays, so that nothing is sent to it twice. The
// caller holds the lock: nobody may be sending to the old name.
func (s *Store) RenameReceiver(ctx context.Context, from, to string, now time.Time) (r Renamed, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		r = Renamed{}
		if err := tx.GetContext(ctx, &r.Known, "SELECT EXISTS (SELECT 1 FROM deliveries WHERE receiver = ?)", from); err != nil || !r.Known {
			return err
		}
		if err := r.dropTwice(ctx, tx, from, to); err != nil {
			return err
		}
		n, err := update(ctx, tx, `
			UPDATE deliveries SET due = ?1, given_up = NULL, since = ?1, attempts = 0, tried = NULL, last_error = NULL
			WHERE receiver = ?2 AND given_up IS NOT NULL`, stamp(now), from)
		if err != nil {
			return err
		}
		r.GivenUp = int(n)
		_, err = tx.ExecContext(ctx, `
			UPDATE deliveries SET due = min(due, ?1), since = ?1, attempts = 0, tried = NULL, last_error = NULL
			WHERE receiver = ?2 AND due IS NOT NULL AND since <= ?1`, stamp(now), from) // what a digest holds back is not to be sent yet
		if err != nil {
			return err
		}
		if err := tx.GetContext(ctx, &r.Waiting, "SELECT count(*) FROM deliveries WHERE receiver = ? AND due IS NOT NULL", from); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE deliveries SET receiver = ? WHERE receiver = ?", to, from)
		return err
	})
	return r, s.fail(err, "rename receiver %s", from)
}

// dropTwice takes away the deliveries of messages that to has as well, and digests that nothing is left of.
func (r *Renamed) dropTwice(ctx context.Context, tx *sqlx.Tx, from, to string) error {
	var digests list[int64]
	err := tx.SelectContext(ctx, &digests, `
		SELECT DISTINCT p.part_of FROM deliveries p JOIN deliveries w ON w.message = p.part_of AND w.receiver = p.receiver
		WHERE p.receiver = ? AND w.sent IS NULL`, from)
	if err != nil {
		return err
	}
	twice, err := update(ctx, tx, "DELETE FROM deliveries WHERE receiver = ? AND message IN (SELECT message FROM deliveries WHERE receiver = ?)",
		from, to)
	if err != nil {
		return err
	}
	r.Twice = int(twice)
	_, err = tx.ExecContext(ctx, `
		DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))
			AND NOT EXISTS (SELECT 1 FROM deliveries p WHERE p.part_of = outbox.id)`, digests)
	return err
}
