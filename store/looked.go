package store

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// Range is entries of a log: From <= index < To.
type Range struct {
	From uint64 `db:"from_index"`
	To   uint64 `db:"to_index"`
}

// without is what is left of r when all of taken is taken out, which is in the order of From and may overlap.
func (r Range) without(taken []Range) []Range {
	var left []Range
	for _, t := range taken {
		if t.From > r.From && r.From < r.To {
			left = append(left, Range{r.From, min(t.From, r.To)})
		}
		r.From = max(r.From, t.To)
	}
	if r.From < r.To {
		left = append(left, r)
	}
	return left
}

// unlooked returns the entries of a log within r that were not looked at for names: neither when the log was followed nor
// later.
func unlooked(ctx context.Context, from sqlx.QueryerContext, logID, names [32]byte, r Range) ([]Range, error) {
	if r.From >= r.To {
		return nil, nil
	}
	var looked []Range
	err := sqlx.SelectContext(ctx, from, &looked, `
		WITH l AS (SELECT id FROM logs WHERE log_id = ?1)
		SELECT c.from_index, c.to_index FROM l JOIN coverage c ON c.log = l.id JOIN policy_names n ON n.policy = c.policy
		WHERE n.names = ?2
		UNION ALL SELECT k.from_index, k.to_index FROM l JOIN lookbacks k ON k.log = l.id WHERE k.names = ?2
		ORDER BY from_index`, hash(logID), hash(names))
	return r.without(looked), err
}

// Unlooked returns the entries of a log within some that were not looked at for names, whatever else they were looked at
// for, in order. names is a hash as in Run.
func (r *Reader) Unlooked(ctx context.Context, logID, names [32]byte, within Range) ([]Range, error) {
	out, err := unlooked(ctx, r.db, logID, names, within)
	return out, r.fail(err, "look up what was looked at of log %x", logID[:4])
}

// PlaceOf returns an entry of a log that none precedes which is stamped at since or later: where a date was looked for that
// is not later. It is 0 where none was.
func (r *Reader) PlaceOf(ctx context.Context, logID [32]byte, since time.Time) (at uint64, err error) {
	err = r.db.GetContext(ctx, &at, `
		SELECT ifnull(max(k.from_index), 0) FROM lookbacks k JOIN logs l ON l.id = k.log WHERE l.log_id = ? AND k.since <= ?`,
		hash(logID), stamp(since))
	return at, r.fail(err, "look up what was looked at of log %x", logID[:4])
}

// LastNames returns by which names the last run matched, as in Run. It is zero where that is not known, or there was none.
func (r *Reader) LastNames(ctx context.Context) (names [32]byte, err error) {
	var rows []hash
	err = r.db.SelectContext(ctx, &rows, `
		SELECT n.names FROM (SELECT policy FROM runs ORDER BY id DESC LIMIT 1) r JOIN policy_names n ON n.policy = r.policy`)
	if len(rows) > 0 {
		names = rows[0]
	}
	return names, r.fail(err, "look up the last run")
}

// Unlooked is how many entries of a log were not looked at for some names.
type Unlooked struct {
	LogID   [32]byte
	Entries uint64
}

// Unlooked returns of which logs entries were looked at that may be stamped at since or later, but not for names, a hash
// as in Run.
//
// What is stamped then lies behind the heads that are older (RFC 6962 section 3.5), and behind where a date was looked
// for that is not later.
func (s *Snapshot) Unlooked(ctx context.Context, names [32]byte, since time.Time) ([]Unlooked, error) {
	var rows []struct {
		LogID    hash   `db:"log_id"`
		First    uint64 `db:"first"`
		Position uint64 `db:"position"`
	}
	err := s.tx.SelectContext(ctx, &rows, `
		WITH RECURSIVE `+begun+`
		SELECT l.log_id, l.position, max(b.at,
			ifnull((SELECT max(h.size) FROM tree_heads h WHERE h.log = l.id AND h.timestamp < ?1 AND h.size <= l.position AND `+notAccused+`), 0),
			ifnull((SELECT max(k.from_index) FROM lookbacks k WHERE k.log = l.id AND k.since <= ?1), 0)) AS first
		FROM logs l JOIN begun b ON b.log = l.id ORDER BY l.id`, stamp(since))
	var out []Unlooked
	for _, row := range rows {
		if err != nil {
			break
		}
		var left []Range
		left, err = unlooked(ctx, s.tx, row.LogID, names, Range{row.First, row.Position})
		if sum := total(left); sum > 0 {
			out = append(out, Unlooked{row.LogID, sum})
		}
	}
	return out, s.r.fail(err, "look up what was looked at")
}

func total(ranges []Range) (n uint64) {
	for _, r := range ranges {
		n += r.To - r.From
	}
	return n
}

// begun are common tables: begun says at which entry the record of each log begins. That is where it was followed from,
// or the first of the entries that were looked back at and reach up to there without a gap.
const begun = `
	back (log, at) AS (
		SELECT id, start FROM logs WHERE start IS NOT NULL
		UNION ALL
		SELECT b.log, (SELECT min(k.from_index) FROM lookbacks k WHERE k.log = b.log AND k.from_index < b.at AND k.to_index >= b.at)
		FROM back b WHERE b.at IS NOT NULL),
	begun (log, at) AS (SELECT log, min(at) FROM back GROUP BY log)`
