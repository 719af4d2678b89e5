package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Recorded is an issuance as it stands in the record, with all that it takes to judge it again.
type Recorded struct {
	Issuance  Issuance
	FirstSeen time.Time
	Evidence  []Evidence // of its sightings, the first seen first; at most 16 of them
	Findings  []Said

	id int64
}

// Evidence is what a sighting shows of an issuance.
type Evidence struct {
	Type       string
	Timestamp  time.Time // of the entry
	Leaf       []byte
	Keys       [][32]byte // see Sighting
	WholeChain bool
}

// Said is what was said of an issuance for a watch.
type Said struct {
	ID      string
	Watch   string
	Verdict string
	State   string
}

const (
	maxEvidence  = 16
	recordedPage = 256
)

// The column of leaves, or none: they are nearly all that there is to read.
const (
	withLeaves    = "leaf"
	withoutLeaves = "x''"
)

// loadRecorded returns the issuances after a row, in order; none where there are no more.
func loadRecorded(ctx context.Context, tx *sqlx.Tx, leaf string, after int64) ([]Recorded, error) {
	var rows []struct {
		findingRow
		RowID int64 `db:"row_id"`
	}
	err := tx.SelectContext(ctx, &rows, `
		SELECT id AS row_id, tbs_sha256, issuer_key_hash, spki_sha256, serial, issuer, subject, not_before, not_after, names,
			first_seen
		FROM issuances WHERE id > ? ORDER BY id LIMIT ?`, after, recordedPage)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	out := make([]Recorded, len(rows))
	at := make(map[int64]*Recorded, len(rows))
	for i := range rows {
		found := rows[i].finding()
		out[i] = Recorded{Issuance: found.Issuance, FirstSeen: found.FirstSeen, id: rows[i].RowID}
		at[rows[i].RowID] = &out[i]
	}
	first, last := rows[0].RowID, rows[len(rows)-1].RowID
	if err := loadEvidence(ctx, tx, leaf, first, last, at); err != nil {
		return nil, err
	}
	return out, loadSaid(ctx, tx, first, last, at)
}

func loadEvidence(ctx context.Context, tx *sqlx.Tx, leaf string, first, last int64, at map[int64]*Recorded) error {
	rows, err := tx.QueryxContext(ctx, `
		SELECT issuance, type, timestamp, leaf, keys, whole_chain FROM (
			SELECT issuance, type, timestamp, `+leaf+` AS leaf, keys, whole_chain, row_number() OVER (PARTITION BY issuance ORDER BY first_seen, log, entry) AS n
			FROM sightings WHERE issuance BETWEEN ? AND ?)
		WHERE n <= ? ORDER BY issuance, n`, first, last, maxEvidence)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var issuance int64
		var e Evidence
		err := rows.Scan(&issuance, &e.Type, (*stamp)(&e.Timestamp), &e.Leaf, (*hashes)(&e.Keys), &e.WholeChain)
		if err != nil {
			return err
		}
		at[issuance].Evidence = append(at[issuance].Evidence, e)
	}
	return rows.Err()
}

func loadSaid(ctx context.Context, tx *sqlx.Tx, first, last int64, at map[int64]*Recorded) error {
	rows, err := tx.QueryxContext(ctx,
		"SELECT issuance, public_id, watch, verdict, state FROM findings WHERE issuance BETWEEN ? AND ? ORDER BY id", first, last)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var issuance int64
		var s Said
		if err := rows.Scan(&issuance, &s.ID, &s.Watch, &s.Verdict, &s.State); err != nil {
			return err
		}
		at[issuance].Findings = append(at[issuance].Findings, s)
	}
	return rows.Err()
}

// EachRecorded gives every issuance of the record to do, on one snapshot. The leaves of its evidence are left out.
func (r *Reader) EachRecorded(ctx context.Context, do func(context.Context, *Recorded, Records) error) error {
	err := r.view(ctx, func(tx *sqlx.Tx) error { return eachRecorded(ctx, tx, withoutLeaves, do) })
	return r.fail(err, "read the record")
}

func eachRecorded(ctx context.Context, tx *sqlx.Tx, leaf string, do func(context.Context, *Recorded, Records) error) error {
	for after := int64(0); ; {
		page, err := loadRecorded(ctx, tx, leaf, after)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if err := do(ctx, &page[i], insideRecords{tx}); err != nil {
				return err
			}
			after = page[i].id
		}
	}
}
