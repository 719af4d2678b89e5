package store

import (
	"context"
	"database/sql"
	"iter"
	"math"
	"time"

	"github.com/jmoiron/sqlx"
)

// Snapshot is the record as it stood at one moment, however much is written meanwhile.
type Snapshot struct {
	r  *Reader
	tx *sqlx.Tx
}

// Snapshot runs do on the record of this moment, and returns its error. What do gets is of no use afterwards, nor to
// other goroutines. A writer is not held up, but its log of changes cannot be cut back as long as do runs.
func (r *Reader) Snapshot(ctx context.Context, do func(*Snapshot) error) error {
	tx, err := r.db.BeginTxx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return r.fail(err, "read the record")
	}
	defer func() { _ = tx.Rollback() }()
	return do(&Snapshot{r: r, tx: tx})
}

// Period is a time: Since <= t < Until. Zero is no bound.
type Period struct{ Since, Until time.Time }

// bounds are those of columns with times.
func (p Period) bounds() (since, until int64) {
	since, until = math.MinInt64, math.MaxInt64
	if !p.Since.IsZero() {
		since = p.Since.UnixMilli()
	}
	if !p.Until.IsZero() {
		until = p.Until.UnixMilli()
	}
	return since, until
}

// stream gives the rows of a query one by one, each converted to what callers know. It ends with the first error.
func stream[R, T any](
	ctx context.Context, s *Snapshot, what string, convert func(*R) T, query string, args ...any,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		rows, err := s.tx.QueryxContext(ctx, query, args...)
		if err != nil {
			yield(none, s.r.fail(err, "read %s", what))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var row R
			if err := rows.StructScan(&row); err != nil {
				yield(none, s.r.fail(err, "read %s", what))
				return
			}
			if !yield(convert(&row), nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, s.r.fail(err, "read %s", what))
		}
	}
}

// collect makes a list of a stream that is short.
func collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var out []T
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
