package store

import (
	"context"

	"github.com/jmoiron/sqlx"
)

// issuances are pruned with their sightings, findings and certificates.
var issuances = prunee{find: findOldIssuances, again: stillOld, weigh: weighIssuances, take: takeIssuances}

// issuanceMayGo are the conditions of Retention for an issuance i. Their parameters are ?1, before, and ?2, now.
const issuanceMayGo = `
	(i.not_after IS NULL OR i.not_after < ?2)
	AND EXISTS (SELECT 1 FROM findings f WHERE f.issuance = i.id)
	AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.issuance = i.id
		AND (f.verdict <> 'expected' OR f.state <> 'closed' OR NOT f.decided OR f.first_seen >= ?1
			OR EXISTS (SELECT 1 FROM finding_events e WHERE e.finding = f.id)
			OR EXISTS (SELECT 1 FROM authorisations a WHERE a.finding = f.id)
			OR EXISTS (SELECT 1 FROM outbox o WHERE o.finding = f.id)
			OR EXISTS (SELECT 1 FROM told WHERE told.finding = f.id)))
	AND NOT EXISTS (SELECT 1 FROM sightings s WHERE s.issuance = i.id
		AND (s.first_seen >= ?1
			OR EXISTS (SELECT 1 FROM undetermined u WHERE u.log = s.log AND u.entry = s.entry)
			OR EXISTS (SELECT 1 FROM finals c WHERE c.cert = s.cert_sha256 AND c.checked IS NULL)
			OR EXISTS (SELECT 1 FROM scts x WHERE x.cert = s.cert_sha256
				AND (x.signature = 'invalid' OR x.promise = 'broken' OR x.promise = 'open'
					AND EXISTS (SELECT 1 FROM logs l WHERE l.log_id = x.log_id AND l.position IS NOT NULL)))))`

func findOldIssuances(ctx context.Context, r *Reader, ret Retention, from cursor) (ids list[int64], next cursor, err error) {
	var rows []struct {
		cursor
		Issuance int64 `db:"issuance"`
	}
	err = r.view(ctx, func(tx *sqlx.Tx) error {
		return tx.SelectContext(ctx, &rows, `
			SELECT o.first_seen AS born, o.id, o.issuance FROM findings o JOIN issuances i ON i.id = o.issuance
			WHERE o.verdict = 'expected' AND o.first_seen < ?1 AND (o.first_seen, o.id) > (?3, ?4) AND `+issuanceMayGo+`
			ORDER BY o.first_seen, o.id LIMIT ?5`,
			stamp(ret.Before), stamp(ret.Now), from.Born, from.ID, pruneBatch)
	})
	for _, row := range rows {
		ids, next = append(ids, row.Issuance), row.cursor
	}
	return ids, next, err
}

func stillOld(ctx context.Context, tx *sqlx.Tx, ret Retention, ids list[int64]) (still list[int64], err error) {
	err = tx.SelectContext(ctx, &still, `
		SELECT i.id FROM issuances i WHERE i.id IN (SELECT value FROM json_each(?3)) AND `+issuanceMayGo,
		stamp(ret.Before), stamp(ret.Now), ids)
	return still, err
}

func weighIssuances(ctx context.Context, tx *sqlx.Tx, ids list[int64]) (n Pruning, err error) {
	certs, err := certificatesOf(ctx, tx, ids)
	if err != nil {
		return n, err
	}
	n.Certificates = len(certs)
	row := tx.QueryRowxContext(ctx, `
		SELECT (SELECT count(*) FROM issuances WHERE id IN (SELECT value FROM json_each(?1))),
			(SELECT count(*) FROM findings WHERE issuance IN (SELECT value FROM json_each(?1))),
			count(*), ifnull(sum(length(leaf)), 0)
				+ (SELECT ifnull(sum(length(der)), 0) FROM certificates WHERE sha256 IN (SELECT unhex(value) FROM json_each(?2)))
		FROM sightings WHERE issuance IN (SELECT value FROM json_each(?1))`, ids, certs)
	return n, row.Scan(&n.Issuances, &n.Findings, &n.Sightings, &n.Bytes)
}

// certificatesOf returns the hashes, in hex, of the certificates that go with issuances: those that were seen in their
// entries alone, and stand in no chain. The chains are found by going from one to the next in their index: there are as
// many as a few CAs have.
func certificatesOf(ctx context.Context, tx *sqlx.Tx, ids list[int64]) (certs list[string], err error) {
	err = tx.SelectContext(ctx, &certs, `
		WITH RECURSIVE
			chains (chain) AS (
				SELECT min(chain) FROM sightings
				UNION ALL
				SELECT (SELECT min(s.chain) FROM sightings s WHERE s.chain > c.chain) FROM chains c WHERE c.chain IS NOT NULL),
			parts (chain, at) AS (
				SELECT chain, 1 FROM chains WHERE length(chain) > 0
				UNION ALL
				SELECT chain, at + 32 FROM parts WHERE at + 32 <= length(chain))
		SELECT DISTINCT hex(g.cert_sha256) FROM sightings g
		WHERE g.issuance IN (SELECT value FROM json_each(?1))
			AND NOT EXISTS (SELECT 1 FROM sightings s WHERE s.cert_sha256 = g.cert_sha256
				AND s.issuance NOT IN (SELECT value FROM json_each(?1)))
			AND g.cert_sha256 NOT IN (SELECT substr(chain, at, 32) FROM parts)`, ids)
	return certs, err
}

func takeIssuances(ctx context.Context, tx *sqlx.Tx, ids list[int64]) error {
	certs, err := certificatesOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	if err := discount(ctx, tx, ids); err != nil {
		return err
	}
	const chosen = "IN (SELECT value FROM json_each(?))"
	for _, q := range []struct {
		query string
		arg   any
	}{
		{"DELETE FROM findings WHERE issuance " + chosen, ids},
		{"DELETE FROM sightings WHERE issuance " + chosen, ids},
		{"DELETE FROM issuances WHERE id " + chosen, ids},
		{"DELETE FROM certificates WHERE sha256 IN (SELECT unhex(value) FROM json_each(?))", certs},
	} {
		if _, err := tx.ExecContext(ctx, q.query, q.arg); err != nil {
			return err
		}
	}
	return nil
}

// discount keeps coverage and lookbacks true: what was counted is there, or was pruned.
func discount(ctx context.Context, tx *sqlx.Tx, ids list[int64]) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE lookbacks SET pruned = pruned + g.n FROM (
			SELECT lookback, count(*) AS n FROM sightings
			WHERE issuance IN (SELECT value FROM json_each(?)) AND lookback IS NOT NULL GROUP BY lookback) g
		WHERE lookbacks.id = g.lookback`, ids)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE coverage SET pruned = pruned + g.n FROM (
			SELECT (SELECT c.id FROM coverage c WHERE c.log = s.log AND c.from_index <= s.entry
				ORDER BY c.from_index DESC LIMIT 1) AS row, count(*) AS n
			FROM sightings s WHERE s.issuance IN (SELECT value FROM json_each(?)) AND s.lookback IS NULL GROUP BY row) g
		WHERE coverage.id = g.row`, ids)
	return err
}
