package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/jmoiron/sqlx"
)

// Gist is what a finding comes to, for where there are very many.
type Gist struct {
	ID, Verdict, Severity, State string
}

// Gist is what the finding comes to.
func (f *Finding) Gist() Gist { return Gist{f.ID, f.Verdict, f.Severity, f.State} }

// gistPortion is how many findings are asked for at a time.
const gistPortion = 10_000

// Gists returns what the findings with these IDs come to, in order of birth. An ID that is unknown is left out.
func (r *Reader) Gists(ctx context.Context, ids []string) ([]Gist, error) {
	type row struct {
		ID       int64  `db:"id"`
		PublicID string `db:"public_id"`
		Verdict  string `db:"verdict"`
		Severity string `db:"severity"`
		State    string `db:"state"`
	}
	words := map[string]string{} // they are the same few again and again
	word := func(s string) string {
		if known, found := words[s]; found {
			return known
		}
		words[s] = s
		return s
	}
	type numbered struct {
		id   int64
		gist Gist
	}
	var all []numbered
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		for portion := range slices.Chunk(ids, gistPortion) {
			var rows []row
			if err := tx.SelectContext(ctx, &rows, `
				SELECT id, public_id, verdict, severity, state FROM findings
				WHERE public_id IN (SELECT value FROM json_each(?))`, list[string](portion)); err != nil {
				return err
			}
			for _, f := range rows {
				all = append(all, numbered{f.ID, Gist{f.PublicID, word(f.Verdict), word(f.Severity), word(f.State)}})
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Compare(a.id, b.id) })
	out := make([]Gist, len(all))
	for i := range all {
		out[i] = all[i].gist
	}
	return out, r.fail(err, "list findings")
}
