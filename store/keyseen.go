package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// KeySeen is an issuance that has the key of another one.
type KeySeen struct {
	Finding   string // ID of one of its findings
	Names     []string
	FirstSeen time.Time
}

// maxKeySeen bounds how many issuances with the same key are shown with a finding.
const maxKeySeen = 8

// Where a key was seen, and which watches pin it.
const (
	keySeenQuery = `
		SELECT i.id, (SELECT public_id FROM findings WHERE issuance = i.id ORDER BY watch LIMIT 1) AS finding, i.names, i.first_seen
		FROM issuances i WHERE i.spki_sha256 = ? AND EXISTS (SELECT 1 FROM findings WHERE issuance = i.id)
		ORDER BY i.id LIMIT ?`
	pinnedForQuery = `
		SELECT DISTINCT watch FROM pins WHERE spki = ? AND dimension <> 'issuers' AND until IS NULL ORDER BY watch LIMIT ?`
)

// keyUse is where a key was seen first, and which watches pin it; one more of each than is shown of one finding.
type keyUse struct {
	seen []struct {
		ID        int64        `db:"id"`
		Finding   string       `db:"finding"`
		Names     list[string] `db:"names"`
		FirstSeen stamp        `db:"first_seen"`
	}
	pinnedFor []string
}

// loadKeySeen adds to findings that nobody has closed where else their keys were seen, and which other watches pin them,
// unless the key is pinned. It is asked of the record each time, so that it does not matter which of them was read first;
// but once for each key, since findings that are read together often have one.
func loadKeySeen(ctx context.Context, tx *sqlx.Tx, rows []findingRow, findings []Finding) error {
	uses := map[hash]*keyUse{}
	for i := range rows {
		r := &rows[i]
		if r.SPKI == nil || r.State == StateClosed || r.KeyPinned != nil && *r.KeyPinned {
			continue
		}
		use := uses[*r.SPKI]
		if use == nil {
			use = new(keyUse)
			uses[*r.SPKI] = use
			if err := tx.SelectContext(ctx, &use.seen, keySeenQuery, *r.SPKI, maxKeySeen+1); err != nil {
				return err
			}
			if err := tx.SelectContext(ctx, &use.pinnedFor, pinnedForQuery, *r.SPKI, maxKeySeen+1); err != nil {
				return err
			}
		}
		use.addTo(&findings[i], r)
	}
	return nil
}

// addTo adds what is of others than the finding itself.
func (u *keyUse) addTo(f *Finding, r *findingRow) {
	for _, s := range u.seen {
		if s.ID != r.Issuance && len(f.KeySeen) < maxKeySeen {
			f.KeySeen = append(f.KeySeen, KeySeen{Finding: s.Finding, Names: s.Names, FirstSeen: time.Time(s.FirstSeen)})
		}
	}
	for _, watch := range u.pinnedFor {
		if watch != r.Watch && len(f.PinnedFor) < maxKeySeen {
			f.PinnedFor = append(f.PinnedFor, watch)
		}
	}
}
