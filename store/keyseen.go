package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// KeySeen is an issuance that has the key of another one.
type KeySeen struct {
	Finding   string // ID of its first finding
	Names     []string
	FirstSeen time.Time
}

// maxKeySeen bounds how many issuances with the same key are shown with a finding.
const maxKeySeen = 8

// Where else a key was seen, and which other watches pin it.
const (
	keySeenQuery = `
		SELECT (SELECT public_id FROM findings WHERE issuance = i.id ORDER BY id LIMIT 1) AS finding, i.names, i.first_seen
		FROM issuances i WHERE i.spki_sha256 = ? AND i.id <> ? AND EXISTS (SELECT 1 FROM findings WHERE issuance = i.id)
		ORDER BY i.id LIMIT ?`
	pinnedForQuery = `
		SELECT DISTINCT watch FROM pins WHERE spki = ? AND watch <> ? AND dimension <> 'issuers' AND until IS NULL ORDER BY watch LIMIT ?`
)

// loadKeySeen adds to findings that nobody has closed where else their keys were seen, and which other watches pin them,
// unless the key is pinned. It is asked of the record each time, so that it does not matter which of them was read first.
func loadKeySeen(ctx context.Context, tx *sqlx.Tx, rows []findingRow, findings []Finding) error {
	keySeen, err := tx.PreparexContext(ctx, keySeenQuery)
	if err != nil {
		return err
	}
	defer keySeen.Close()
	pinnedFor, err := tx.PreparexContext(ctx, pinnedForQuery)
	if err != nil {
		return err
	}
	defer pinnedFor.Close()
	for i := range rows {
		r := &rows[i]
		if r.SPKI == nil || r.State == StateClosed || r.KeyPinned != nil && *r.KeyPinned {
			continue
		}
		var seen []struct {
			Finding   string       `db:"finding"`
			Names     list[string] `db:"names"`
			FirstSeen stamp        `db:"first_seen"`
		}
		if err := keySeen.SelectContext(ctx, &seen, *r.SPKI, r.Issuance, maxKeySeen); err != nil {
			return err
		}
		if err := pinnedFor.SelectContext(ctx, &findings[i].PinnedFor, *r.SPKI, r.Watch, maxKeySeen); err != nil {
			return err
		}
		for _, s := range seen {
			findings[i].KeySeen = append(findings[i].KeySeen, KeySeen{Finding: s.Finding, Names: s.Names, FirstSeen: time.Time(s.FirstSeen)})
		}
	}
	return nil
}
