package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Kept is an entry that could not be read in full when its log was followed, with all that is needed to read it again.
type Kept struct {
	LogID  [32]byte
	Index  uint64
	Reason string // what could not be read
	Leaf   []byte // TimestampedEntry
	// Whole says that Leaf is the whole MerkleTreeLeaf: the entry could not even be decoded.
	Whole bool
	// Matched says that it has a sighting.
	Matched bool
	// Resolved says that a later reading read it in full.
	Resolved bool
	// Decided are the watches with a finding about it that is decided.
	Decided []string
}

// maxKept bounds what Kept returns at a time, in bytes of leaves. A leaf has at most 16 MB.
const maxKept = 32 << 20

// Kept returns kept entries, read in full since or not, at most limit of them and fewer where they are large. after is
// the last one of the page before, with LogID and Index; nil at first. No entries mean that there are no more.
func (r *Reader) Kept(ctx context.Context, after *Kept, limit int) ([]Kept, error) {
	if after == nil {
		after = &Kept{}
	}
	var out []Kept
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		rows, err := tx.QueryxContext(ctx, `
			SELECT l.log_id, u.entry, u.reason, u.leaf, u.whole, u.matched, u.resolved IS NOT NULL,
				(SELECT json_group_array(f.watch) FROM sightings s JOIN findings f ON f.issuance = s.issuance
					WHERE s.log = u.log AND s.entry = u.entry AND f.decided)
			FROM undetermined u JOIN logs l ON l.id = u.log
			WHERE (u.log, u.entry) > (ifnull((SELECT id FROM logs WHERE log_id = ?), 0), ?)
			ORDER BY u.log, u.entry LIMIT ?`, hash(after.LogID), after.Index, limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for size := 0; size < maxKept && rows.Next(); {
			var k Kept
			err := rows.Scan((*hash)(&k.LogID), &k.Index, &k.Reason, &k.Leaf, &k.Whole, &k.Matched, &k.Resolved,
				(*list[string])(&k.Decided))
			if err != nil {
				return err
			}
			size += len(k.Leaf)
			out = append(out, k)
		}
		return rows.Err()
	})
	return out, r.fail(err, "list kept entries")
}

// Reread is what came of reading kept entries again.
type Reread struct {
	Policy  [32]byte // hash of the watch list and pins they were matched with
	Now     time.Time
	Entries []Rereading
}

// Rereading is what came of reading one kept entry again.
type Rereading struct {
	LogID [32]byte
	Index uint64
	// Resolved says that it was read in full.
	Resolved bool
	// Sighting is what it shows where it concerns a watch, or did before; otherwise nil. Certificates are those that it
	// names.
	Sighting     *Sighting
	Certificates []Certificate
	// Fetched says that the entry was had from its log again. Otherwise Sighting follows from the kept bytes alone, and
	// does not take the place of what a sighting of this entry says of certificates.
	Fetched bool
}

// Reread writes what came of reading kept entries again, in one transaction. An entry that concerns a watch gets its
// sighting and findings as if it had been read so in the first place, and is counted where it was kept. One that has a
// sighting keeps it; see identify for what becomes of its issuance. Writing the same again changes nothing. It is an
// error if an entry is not kept.
func (s *Store) Reread(ctx context.Context, r *Reread) (*Committed, error) {
	done := &Committed{}
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		for i := range r.Entries {
			e := &r.Entries[i]
			log, err := findLog(ctx, tx, e.LogID)
			if err == nil {
				w := &recorder{tx: tx, log: log.ID, policy: r.Policy, now: r.Now, done: done}
				err = w.reread(ctx, e)
			}
			if err != nil {
				return fmt.Errorf("entry %d of log %x: %w", e.Index, e.LogID[:4], err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, s.fail(err, "write what was read again")
	}
	return done, nil
}

// ErrNotKept says that an entry is not among those that could not be read.
var ErrNotKept = errors.New("entry is not kept")

func (w *recorder) reread(ctx context.Context, e *Rereading) error {
	var resolved bool
	err := w.tx.GetContext(ctx, &resolved, "SELECT resolved IS NOT NULL FROM undetermined WHERE log = ? AND entry = ?", w.log, e.Index)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotKept
	}
	if err != nil {
		return err
	}
	if s := e.Sighting; s != nil {
		if s.Index != e.Index {
			return fmt.Errorf("sighting at entry %d", s.Index)
		}
		if err := w.certificates(ctx, e.Certificates); err != nil {
			return err
		}
		if err := w.seeAgain(ctx, e, e.Resolved && !resolved); err != nil {
			return err
		}
	}
	if !e.Resolved || resolved {
		return nil
	}
	_, err = w.tx.ExecContext(ctx, "UPDATE undetermined SET resolved = ? WHERE log = ? AND entry = ?", stamp(w.now), w.log, e.Index)
	return err
}

// seeAgain writes the sighting of an entry that may have one. better says that it is the first that was read in full.
func (w *recorder) seeAgain(ctx context.Context, e *Rereading, better bool) error {
	s := e.Sighting
	var old int64
	err := w.tx.GetContext(ctx, &old, "SELECT issuance FROM sightings WHERE log = ? AND entry = ?", w.log, e.Index)
	if errors.Is(err, sql.ErrNoRows) {
		return w.seeLate(ctx, s)
	}
	if err != nil {
		return err
	}
	id, err := w.identify(ctx, old, &s.Issuance)
	if err != nil {
		return err
	}
	if better {
		if err := w.describe(ctx, id, &s.Issuance); err != nil {
			return err
		}
	}
	if e.Fetched {
		if err := w.evidence(ctx, s); err != nil {
			return err
		}
	}
	return w.findings(ctx, id, s)
}

// evidence takes the place of what a sighting says of certificates.
func (w *recorder) evidence(ctx context.Context, s *Sighting) error {
	_, err := w.tx.ExecContext(ctx, `
		UPDATE sightings SET type = ?, cert_sha256 = ?, timestamp = ?, chain = ?, keys = ?, whole_chain = ?
		WHERE log = ? AND entry = ?`,
		s.Type, hash(s.CertSHA256), stamp(s.Timestamp), hashes(s.Chain), hashes(s.Keys), s.WholeChain, w.log, s.Index)
	if err != nil {
		return err
	}
	return w.final(ctx, s)
}

// seeLate writes the sighting of an entry that has none, and counts it where the entry was kept.
func (w *recorder) seeLate(ctx context.Context, s *Sighting) error {
	late := *w
	err := w.tx.GetContext(ctx, &late.lookback, "SELECT lookback FROM undetermined WHERE log = ? AND entry = ?", w.log, s.Index)
	if err != nil {
		return err
	}
	if late.lookback != nil {
		return late.lookBack(ctx, s, nil) // reread has written the certificates
	}
	if err := w.sighting(ctx, s); err != nil {
		return err
	}
	for _, count := range []struct {
		query string
		args  []any
	}{
		{"UPDATE undetermined SET matched = 1 WHERE log = ? AND entry = ?", []any{w.log, s.Index}},
		{
			"UPDATE coverage SET matched = matched + 1 WHERE log = ?1 AND from_index <= ?2 AND to_index > ?2",
			[]any{w.log, s.Index},
		},
		{"UPDATE logs SET matched = matched + 1 WHERE id = ?", []any{w.log}},
	} {
		if _, err := w.tx.ExecContext(ctx, count.query, count.args...); err != nil {
			return err
		}
	}
	return nil
}
