package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Question asks what the record knows of the keys of an issuance.
type Question struct {
	Watch     string    // that does not expect it
	List      string    // of which it is one, under which pins of it may be recorded, too; empty: none
	Before    time.Time // when it was first seen; zero: it is not in the record yet
	Issuer    string    // the name that it has there
	SPKI      *[32]byte // nil: not known
	IssuerKey *[32]byte // nil: not known
}

// Background is what the record knows of the keys of an issuance.
type Background struct {
	KeyRetired   bool // the key was pinned for the watch, and is not any more
	KeyElsewhere bool // the key is pinned for another watch
	IssuerNamed  bool // another key, pinned for the watch, issued under the same name before
}

// Records answers questions about what is recorded.
type Records interface {
	Background(ctx context.Context, q *Question) (Background, error)
}

// Background answers q. The pins that it knows are those of the policies that were in force; see Rejudge.
func (r *Reader) Background(ctx context.Context, q *Question) (Background, error) {
	b, err := background(ctx, r.db, q)
	return b, r.fail(err, "look up what is known of a key")
}

// insideRecords answers questions inside a transaction.
type insideRecords struct{ tx *sqlx.Tx }

func (r insideRecords) Background(ctx context.Context, q *Question) (Background, error) {
	return background(ctx, r.tx, q)
}

func background(ctx context.Context, from sqlx.QueryerContext, q *Question) (Background, error) {
	var b Background
	before := q.Before
	if before.IsZero() {
		before = time.UnixMilli(1 << 60)
	}
	if q.SPKI != nil {
		row := from.QueryRowxContext(ctx, `
			SELECT
				EXISTS (SELECT 1 FROM pins WHERE spki = ?1 AND watch IN (?2, ?3) AND dimension <> 'issuers')
					AND NOT EXISTS (SELECT 1 FROM pins
						WHERE spki = ?1 AND watch IN (?2, ?3) AND dimension <> 'issuers' AND until IS NULL),
				EXISTS (SELECT 1 FROM pins
					WHERE spki = ?1 AND watch NOT IN (?2, ?3) AND dimension <> 'issuers' AND until IS NULL)`,
			hash(*q.SPKI), q.Watch, q.List)
		if err := row.Scan(&b.KeyRetired, &b.KeyElsewhere); err != nil {
			return b, err
		}
	}
	row := from.QueryRowxContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM pins p JOIN issuances i ON i.issuer_key_hash = p.spki AND i.issuer = ?2
			WHERE p.watch IN (?1, ?5) AND p.dimension <> 'keys' AND p.until IS NULL AND p.spki IS NOT ?3 AND i.first_seen < ?4)`,
		q.Watch, q.Issuer, (*hash)(q.IssuerKey), stamp(before), q.List)
	return b, row.Scan(&b.IssuerNamed)
}
