package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// PinsChecked returns when MarkPinsChecked was last called, if that was for this policy; otherwise the zero time.
func (r *Reader) PinsChecked(ctx context.Context, policy [32]byte) (at time.Time, err error) {
	err = r.view(ctx, func(tx *sqlx.Tx) error {
		var rows []stamp
		err := tx.SelectContext(ctx, &rows, "SELECT at FROM pin_checks WHERE policy = ?", policy[:])
		if len(rows) > 0 {
			at = time.Time(rows[0])
		}
		return err
	})
	return at, r.fail(err, "look up when pins were checked")
}

// MarkPinsChecked notes that the pins of a policy were held against the record.
func (s *Store) MarkPinsChecked(ctx context.Context, policy [32]byte, now time.Time) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO pin_checks (one, policy, at) VALUES (1, ?, ?)", policy[:], stamp(now))
		return err
	})
	return s.fail(err, "note that pins were checked")
}
