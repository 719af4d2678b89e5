package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Renamed is what a receiver took over from another name of it.
type Renamed struct {
	Known   bool // there was a receiver of the old name
	Waiting int  // messages that wait for the new name now, and were those of the old one
	GivenUp int  // how many of these had been given up
	Both    int  // messages that the new name has by itself as well
}

// RenameReceiver makes what a receiver was told, and what waits for it or was given up, that of another name, as if it had
// always had that one: so it also hears of the end of what the old one heard of, and if that came between the two names,
// it hears of it now. What waits is due at once, but for what a digest holds back.
//
// Only who was in the configuration beside the old name has messages that it has as well, and that is another receiver. So
// nothing is changed then, unless they are to be merged: of such a message that of the new name stays, and nothing is sent
// to it twice. The caller holds the lock: nobody may be sending to the old name.
func (s *Store) RenameReceiver(ctx context.Context, from, to string, merge bool, now time.Time) (r Renamed, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		r = Renamed{}
		err := tx.QueryRowxContext(ctx, `
			SELECT EXISTS (SELECT 1 FROM deliveries WHERE receiver = ?1),
				(SELECT count(*) FROM deliveries WHERE receiver = ?1 AND message IN (SELECT message FROM deliveries WHERE receiver = ?2))`,
			from, to).Scan(&r.Known, &r.Both)
		if err != nil || !r.Known || r.Both > 0 && !merge {
			return err
		}
		if err := dropTwice(ctx, tx, from, to); err != nil {
			return err
		}
		return r.takeOver(ctx, tx, from, to, stamp(now))
	})
	return r, s.fail(err, "rename receiver %s", from)
}

// takeOver gives the deliveries of from to to.
func (r *Renamed) takeOver(ctx context.Context, tx *sqlx.Tx, from, to string, now stamp) error {
	// Whoever heard of a matter gets all that follows. What it did not get came when the configuration did not have it.
	_, err := tx.ExecContext(ctx, `
		INSERT INTO deliveries (message, receiver, since, due) SELECT m.id, ?1, ?3, ?3 FROM outbox m
		WHERE m.routed IS NOT NULL
			AND EXISTS (SELECT 1 FROM outbox o JOIN deliveries d ON d.message = o.id
				WHERE o.thread = m.thread AND o.id < m.id AND d.receiver = ?1)
			AND NOT EXISTS (SELECT 1 FROM outbox o JOIN deliveries d ON d.message = o.id
				WHERE o.thread = m.thread AND o.id >= m.id AND d.receiver IN (?1, ?2))`, from, to, now)
	if err != nil {
		return err
	}
	// That something began is no news when its end was told.
	n, err := update(ctx, tx, `
		UPDATE deliveries SET due = ?3, given_up = NULL, since = ?3, attempts = 0, tried = NULL, last_error = NULL
		WHERE receiver = ?1 AND given_up IS NOT NULL AND NOT EXISTS (
			SELECT 1 FROM outbox b JOIN outbox o ON o.thread = b.thread AND o.id > b.id JOIN deliveries d ON d.message = o.id
			WHERE b.id = deliveries.message AND o.event IN ('resolved', 'merged', 'ended') AND d.receiver IN (?1, ?2) AND d.sent IS NOT NULL)`,
		from, to, now)
	if err != nil {
		return err
	}
	r.GivenUp = int(n)
	_, err = tx.ExecContext(ctx, `
		UPDATE deliveries SET due = min(due, ?2), since = ?2, attempts = 0, tried = NULL, last_error = NULL
		WHERE receiver = ?1 AND due IS NOT NULL AND since <= ?2`, from, now) // what a digest holds back is not to be sent yet
	if err != nil {
		return err
	}
	if err := tx.GetContext(ctx, &r.Waiting, "SELECT count(*) FROM deliveries WHERE receiver = ? AND due IS NOT NULL", from); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE deliveries SET receiver = ? WHERE receiver = ?", to, from)
	return err
}

// dropTwice takes away the deliveries of messages that to has as well, and digests that nothing is left of.
func dropTwice(ctx context.Context, tx *sqlx.Tx, from, to string) error {
	var digests list[int64]
	err := tx.SelectContext(ctx, &digests, `
		SELECT DISTINCT p.part_of FROM deliveries p JOIN deliveries w ON w.message = p.part_of AND w.receiver = p.receiver
		WHERE p.receiver = ? AND w.sent IS NULL`, from)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM deliveries WHERE receiver = ? AND message IN (SELECT message FROM deliveries WHERE receiver = ?)",
		from, to)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))
			AND NOT EXISTS (SELECT 1 FROM deliveries p WHERE p.part_of = outbox.id)`, digests)
	return err
}
