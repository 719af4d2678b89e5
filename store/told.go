package store

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// Untold lists the findings that were born since MarkTold was last called, in order of birth, at most limit of them.
// It is what a process that was killed before it could say anything left behind, too.
func (r *Reader) Untold(ctx context.Context, limit int) (ids []string, err error) {
	err = r.view(ctx, func(tx *sqlx.Tx) error {
		return tx.SelectContext(ctx, &ids, `
			SELECT public_id FROM findings WHERE id > ifnull((SELECT finding FROM told), 0) ORDER BY id LIMIT ?`, limit)
	})
	return ids, r.fail(err, "list the findings that nobody was told of")
}

// MarkTold notes that the finding with this ID, and all that were born before it, were told. It never goes back.
func (s *Store) MarkTold(ctx context.Context, id string) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO told (one, finding) SELECT 1, id FROM findings WHERE public_id = ?
			ON CONFLICT (one) DO UPDATE SET finding = max(finding, excluded.finding)`, id)
		return err
	})
	return s.fail(err, "note that finding %s was told", id)
}
