package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// QueueState is what waits for a receiver, and how sending goes.
type QueueState struct {
	Receiver string
	Waiting  int
	Oldest   *time.Time // when what waits longest was to be told; nil: nothing waits
	Failing  int        // of what waits, how many were tried in vain
	// LastError is that of the last failure about what waits or was given up, and LastErrorAt its time; nil: none.
	LastError   string
	LastErrorAt *time.Time
	GivenUp     int
	GivenUpIDs  []string   // of the messages; of many the last
	LastSent    *time.Time // nil: never
}

// maxGivenUpIDs is how many messages that were given up are named.
const maxGivenUpIDs = 20

// Queues returns the state of the receivers with these names, in this order, and then that of all others for which
// something waits or was given up.
func (r *Reader) Queues(ctx context.Context, names []string) ([]QueueState, error) {
	var out []QueueState
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		var others []string
		err := tx.SelectContext(ctx, &others, `
			SELECT receiver FROM deliveries WHERE due IS NOT NULL UNION SELECT receiver FROM deliveries WHERE given_up IS NOT NULL
			EXCEPT SELECT value FROM json_each(?) ORDER BY 1`, list[string](names))
		if err != nil {
			return err
		}
		for _, name := range append(append([]string{}, names...), others...) {
			q := QueueState{Receiver: name}
			if err := q.load(ctx, tx); err != nil {
				return err
			}
			out = append(out, q)
		}
		return nil
	})
	return out, r.fail(err, "look up what waits for receivers")
}

func (q *QueueState) load(ctx context.Context, tx *sqlx.Tx) error {
	var row struct {
		Waiting  int    `db:"waiting"`
		Oldest   *stamp `db:"oldest"`
		Failing  int    `db:"failing"`
		GivenUp  int    `db:"given_up"`
		LastSent *stamp `db:"last_sent"`
	}
	err := tx.GetContext(ctx, &row, `
		SELECT count(*) AS waiting, min(since) AS oldest, count(last_error) AS failing,
			(SELECT count(*) FROM deliveries WHERE receiver = ?1 AND given_up IS NOT NULL) AS given_up,
			(SELECT max(sent) FROM deliveries WHERE receiver = ?1 AND sent IS NOT NULL) AS last_sent
		FROM deliveries WHERE receiver = ?1 AND due IS NOT NULL`, q.Receiver)
	if err != nil {
		return err
	}
	q.Waiting, q.Oldest, q.Failing, q.GivenUp, q.LastSent = row.Waiting, row.Oldest.plain(), row.Failing, row.GivenUp, row.LastSent.plain()
	if q.Failing == 0 && q.GivenUp == 0 {
		return nil
	}
	var last struct {
		Error string `db:"last_error"`
		At    *stamp `db:"tried"`
	}
	err = tx.GetContext(ctx, &last, `
		SELECT last_error, tried FROM (
			SELECT last_error, tried FROM deliveries WHERE receiver = ?1 AND due IS NOT NULL AND last_error IS NOT NULL
			UNION ALL SELECT last_error, tried FROM deliveries WHERE receiver = ?1 AND given_up IS NOT NULL)
		ORDER BY tried DESC LIMIT 1`, q.Receiver)
	if err != nil {
		return err
	}
	q.LastError, q.LastErrorAt = last.Error, last.At.plain()
	return tx.SelectContext(ctx, &q.GivenUpIDs, `
		SELECT o.public_id FROM deliveries d JOIN outbox o ON o.id = d.message
		WHERE d.receiver = ? AND d.given_up IS NOT NULL ORDER BY d.message DESC LIMIT ?`, q.Receiver, maxGivenUpIDs)
}

// Retry takes up again what was given up, and makes what waits after a failure due at once. It is for the receivers with
// these names, or the messages with these IDs; for all where both are empty. It returns how many deliveries it touched.
func (s *Store) Retry(ctx context.Context, receivers, messages []string, now time.Time) (n int64, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		const those = ` AND (?2 OR receiver IN (SELECT value FROM json_each(?3))
			OR message IN (SELECT id FROM outbox WHERE public_id IN (SELECT value FROM json_each(?4))))`
		all := len(receivers) == 0 && len(messages) == 0
		for _, query := range []string{
			"UPDATE deliveries SET due = ?1, given_up = NULL, since = ?1, attempts = 0 WHERE given_up IS NOT NULL",
			"UPDATE deliveries SET due = ?1 WHERE due > ?1 AND since <= ?1", // what a digest holds back is not to be sent yet
		} {
			touched, err := update(ctx, tx, query+those, stamp(now), all, list[string](receivers), list[string](messages))
			if err != nil {
				return err
			}
			n += touched
		}
		return nil
	})
	return n, s.fail(err, "take up again what was given up")
}

// longestDigest is longer than anything waits that was never tried.
const longestDigest = 32 * 24 * time.Hour

// Abandon gives up what has waited since before a time for receivers that are none of these: they are not in the
// configuration any more. And what would wait for longer than anything does, because a clock was wrong, is due now.
func (s *Store) Abandon(ctx context.Context, receivers []string, before, now time.Time) (n int64, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		n, err = update(ctx, tx, `
			UPDATE deliveries SET due = NULL, given_up = ?1, tried = ?1, last_error = 'the configuration has no such receiver any more'
			WHERE due IS NOT NULL AND since < ?2 AND receiver NOT IN (SELECT value FROM json_each(?3))`,
			stamp(now), stamp(before), list[string](receivers))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE deliveries SET due = ?, since = ? WHERE due > ?", stamp(now), stamp(now), stamp(now.Add(longestDigest)))
		return err
	})
	return n, s.fail(err, "give up what waits for receivers that are gone")
}
