package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// OpenDue opens the pending findings whose time has come, and returns their IDs in order of birth.
func (s *Store) OpenDue(ctx context.Context, now time.Time) (ids []string, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		var rows []struct {
			ID       int64  `db:"id"`
			PublicID string `db:"public_id"`
			standing
		}
		err := tx.SelectContext(ctx, &rows,
			"SELECT id, public_id, state, verdict, severity FROM findings WHERE due <= ? ORDER BY due, id", stamp(now))
		if err != nil {
			return err
		}
		for _, r := range rows {
			_, err := tx.ExecContext(ctx, "UPDATE findings SET state = ?, due = NULL, updated = ? WHERE id = ?", StateOpen, stamp(now), r.ID)
			if err != nil {
				return err
			}
			err = addEvent(ctx, tx, r.ID, Event{At: now, Who: "pinwatch", What: "opened", Why: "nobody declared its key in time"})
			if err != nil {
				return err
			}
			if err := announce(ctx, tx, r.ID, &r.standing, now); err != nil {
				return err
			}
			ids = append(ids, r.PublicID)
		}
		return nil
	})
	if err != nil {
		return nil, s.fail(err, "open pending findings")
	}
	return ids, nil
}
