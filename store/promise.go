package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Promise is a valid SCT of a final certificate, whose entry is to be found in its log.
//
// Of a BrokenPromise the alarm keeps, as Other, the SCT behind its length in two octets, and behind that the
// TimestampedEntry that it signs.
type Promise struct {
	ID            int64
	Cert          [32]byte // of the final certificate
	DER           []byte
	IssuerKeyHash *[32]byte // nil: not known any more
	SCT           SCT
	// Seen are the precertificate entries of the same issuance that were seen in the log.
	Seen []PromisedEntry
}

// PromisedEntry is an entry that may be the promised one.
type PromisedEntry struct {
	Index uint64
	Leaf  []byte // TimestampedEntry
}

// maxPromisedEntries bounds how many entries of an issuance in one log are looked at. One is what there should be.
const maxPromisedEntries = 64

// OpenPromises returns what a log promised until a time and what is not settled, without those of some IDs, the oldest
// first, at most limit of them.
func (r *Reader) OpenPromises(ctx context.Context, logID [32]byte, until time.Time, without []int64, limit int) ([]Promise, error) {
	var out []Promise
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		var rows []struct {
			ID        int64   `db:"id"`
			Cert      hash    `db:"cert"`
			DER       []byte  `db:"der"`
			Issuer    *hash   `db:"issuer_key_hash"`
			Place     int     `db:"place"`
			Timestamp stamp   `db:"timestamp"`
			LeafIndex *uint64 `db:"leaf_index"`
			Raw       []byte  `db:"raw"`
		}
		err := tx.SelectContext(ctx, &rows, `
			SELECT s.id, s.cert, c.der, s.place, s.timestamp, s.leaf_index, s.raw,
				(SELECT i.issuer_key_hash FROM sightings g JOIN issuances i ON i.id = g.issuance
					WHERE g.cert_sha256 = s.cert AND i.issuer_key_hash IS NOT NULL LIMIT 1) AS issuer_key_hash
			FROM scts s JOIN certificates c ON c.sha256 = s.cert
			WHERE s.promise = 'open' AND s.log_id = ? AND s.timestamp <= ? AND s.id NOT IN (SELECT value FROM json_each(?))
			ORDER BY s.timestamp, s.id LIMIT ?`,
			hash(logID), stamp(until), list[int64](without), limit)
		for _, row := range rows {
			p := Promise{
				ID: row.ID, Cert: row.Cert, DER: row.DER, IssuerKeyHash: row.Issuer.plain(),
				SCT: SCT{
					Place: row.Place, LogID: logID, Timestamp: time.Time(row.Timestamp), LeafIndex: row.LeafIndex, Raw: row.Raw,
					Signature: SCTValid,
				},
			}
			if err := p.loadSeen(ctx, tx); err != nil {
				return err
			}
			out = append(out, p)
		}
		return err
	})
	return out, r.fail(err, "list what log %x promised", logID[:4])
}

func (p *Promise) loadSeen(ctx context.Context, tx *sqlx.Tx) error {
	var rows []struct {
		Entry uint64 `db:"entry"`
		Leaf  []byte `db:"leaf"`
	}
	err := tx.SelectContext(ctx, &rows, `
		SELECT g.entry, g.leaf FROM sightings g JOIN logs l ON l.id = g.log
		WHERE l.log_id = ? AND g.type = 'precert' AND g.issuance IN (SELECT issuance FROM sightings WHERE cert_sha256 = ?)
		ORDER BY g.entry LIMIT ?`, hash(p.SCT.LogID), hash(p.Cert), maxPromisedEntries)
	for _, row := range rows {
		p.Seen = append(p.Seen, PromisedEntry{Index: row.Entry, Leaf: row.Leaf})
	}
	return err
}

// Looked says whether every entry was looked at that can be the promised one, when the log was followed or later, for all
// names by which the final certificate came into the record. due is when it had to be there.
//
// No entry is younger than a head that covers it, and none is missing in a head that is signed when its delay is over
// (RFC 6962 sections 3 and 3.5): the promised entry lies behind the heads that are older than its SCT, and before those
// that are as young as due; an hour more is for clocks that disagree inside a log. A certificate that was only read in full later tells nothing of the names of its time.
func (r *Reader) Looked(ctx context.Context, p *Promise, due time.Time) (looked bool, err error) {
	err = r.view(ctx, func(tx *sqlx.Tx) error {
		var places []Range // where it can be
		err := tx.SelectContext(ctx, &places, `
			WITH l AS (SELECT * FROM logs WHERE log_id = ?1)
			SELECT from_index, to_index FROM (SELECT l.position,
				(SELECT ifnull(max(h.size), 0) FROM tree_heads h WHERE h.log = l.id AND h.timestamp < ?2 AND h.size <= l.position) AS from_index,
				(SELECT min(h.size) FROM tree_heads h WHERE h.log = l.id AND ifnull(h.again_timestamp, h.timestamp) >= ?3) AS to_index
				FROM l)
			WHERE to_index <= position`, hash(p.SCT.LogID), stamp(p.SCT.Timestamp.Add(-time.Hour)), stamp(due))
		if err != nil || len(places) == 0 {
			return err
		}
		pruned, err := prunedWithin(ctx, tx, p.SCT.LogID, places[0])
		if err != nil || pruned {
			return err
		}
		var seen []Range
		err = tx.SelectContext(ctx, &seen, `
			WITH l AS (SELECT id FROM logs WHERE log_id = ?1),
				names AS (
					SELECT n.names FROM sightings g
						JOIN coverage c ON c.log = g.log AND c.from_index <= g.entry AND c.to_index > g.entry
						JOIN policy_names n ON n.policy = c.policy
					WHERE g.cert_sha256 = ?2 AND g.lookback IS NULL AND `+readInFull+`
					UNION SELECT k.names FROM sightings g JOIN lookbacks k ON k.id = g.lookback
					WHERE g.cert_sha256 = ?2 AND `+readInFull+`)
			SELECT c.from_index, c.to_index FROM l JOIN coverage c ON c.log = l.id JOIN policy_names n ON n.policy = c.policy
			WHERE n.names IN (SELECT names FROM names)
			UNION ALL SELECT k.from_index, k.to_index FROM l JOIN lookbacks k ON k.log = l.id
			WHERE k.names IN (SELECT names FROM names)
			ORDER BY from_index`, hash(p.SCT.LogID), hash(p.Cert))
		looked = len(places[0].without(seen)) == 0
		return err
	})
	return looked, r.fail(err, "look up what was looked at")
}

// prunedWithin says whether the record may have lost an entry of a log within some. It may have been seen in more than one
// reading, and counts in one of them.
func prunedWithin(ctx context.Context, tx *sqlx.Tx, logID [32]byte, r Range) (pruned bool, err error) {
	err = tx.GetContext(ctx, &pruned, `
		WITH l AS (SELECT id FROM logs WHERE log_id = ?1)
		SELECT EXISTS (SELECT 1 FROM l JOIN coverage c ON c.log = l.id WHERE c.pruned > 0 AND c.from_index < ?3 AND c.to_index > ?2)
			OR EXISTS (SELECT 1 FROM l JOIN lookbacks k ON k.log = l.id WHERE k.pruned > 0 AND k.from_index < ?3 AND k.to_index > ?2)`,
		hash(logID), r.From, r.To)
	return pruned, err
}

// readInFull are sightings g of entries that could be read in full at once.
const readInFull = `NOT EXISTS (SELECT 1 FROM undetermined u WHERE u.log = g.log AND u.entry = g.entry)`

// Settlement is what became of a promise.
type Settlement struct {
	ID      int64   // of the Promise
	Promise string  // PromiseKept, PromiseUnseen, PromiseBroken
	Entry   *uint64 // where the entry is; nil: it is not known, or there is none
	Detail  string  // for people
	Alarm   *Alarm  // of one that was broken
}

// SettlePromises writes what became of promises, in one transaction with the alarms. What is settled already stays so,
// and raises no alarm again.
func (s *Store) SettlePromises(ctx context.Context, all []Settlement, now time.Time) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		for i := range all {
			p := &all[i]
			changed, err := update(ctx, tx, "UPDATE scts SET promise = ?, entry = ?, detail = ?, settled = ? WHERE id = ? AND promise = 'open'",
				p.Promise, p.Entry, p.Detail, stamp(now), p.ID)
			if err == nil && changed > 0 && p.Alarm != nil {
				_, err = p.Alarm.write(ctx, tx, now)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s.fail(err, "settle promises")
}
