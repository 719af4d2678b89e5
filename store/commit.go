package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Commit is everything that follows from a stretch of a log's entries that was verified against a signed head.
type Commit struct {
	LogID    [32]byte
	From, To uint64     // the entries: From <= index < To
	Nodes    [][32]byte // compact range of the first To entries, the largest subtree first
	Head     Head       // what they were verified against
	Run      int64      // from StartRun
	Policy   [32]byte   // hash of the watch list and pins they were matched with
	Now      time.Time
	Counts   Counts

	Certificates []Certificate  // all that the sightings name; repeats do no harm
	Sightings    []Sighting     // at most one for each entry
	Undetermined []Undetermined // at most one for each entry
}

// Counts is what was counted in a stretch and does not follow from its rows.
type Counts struct {
	Precerts int // entries that are precertificates
}

// Certificate is the DER of a certificate or precertificate.
type Certificate struct {
	SHA256 [32]byte
	DER    []byte
}

// Undetermined is an entry that could not be read in full. Its bytes are kept so that a better reader can go back to
// it.
type Undetermined struct {
	Index  uint64
	Reason string // what could not be read
	Leaf   []byte // TimestampedEntry
	// Whole says that Leaf is the whole MerkleTreeLeaf: the entry could not even be decoded.
	Whole   bool
	Matched bool // it may concern a watch; then it has a Sighting as well
}

// Committed says what a Commit changed.
type Committed struct {
	// New are the IDs of the findings born in this commit, in order of birth.
	New []string
	// Changed are the IDs of earlier findings that were undecided and are decided now.
	Changed []string
	// Replayed says that the stretch had been committed before, and nothing was changed.
	Replayed bool
}

// Commit writes c in one transaction, which also moves the log's position to c.To: either all of it is durable when
// Commit returns, or nothing is. A stretch behind the position is a repetition and changes nothing. One that does not
// begin at the position is a *GapError; a log without a start is ErrNotStarted.
func (s *Store) Commit(ctx context.Context, c *Commit) (*Committed, error) {
	done := &Committed{}
	err := c.check()
	if err == nil {
		err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error { return c.write(ctx, tx, done) })
	}
	if err != nil {
		return nil, s.fail(err, "commit entries [%d, %d) of log %x", c.From, c.To, c.LogID[:4])
	}
	return done, nil
}

// check refuses what would break the record.
func (c *Commit) check() error {
	if err := c.checkEntries(); err != nil {
		return err
	}
	return checkRange(c.To, c.Nodes, c.Head)
}

func (c *Commit) checkEntries() error {
	if c.From >= c.To {
		return fmt.Errorf("no entries")
	}
	for i := range c.Sightings {
		if at := c.Sightings[i].Index; at < c.From || at >= c.To {
			return fmt.Errorf("sighting at entry %d", at)
		}
	}
	for i := range c.Undetermined {
		if at := c.Undetermined[i].Index; at < c.From || at >= c.To {
			return fmt.Errorf("undetermined entry %d", at)
		}
	}
	return nil
}

// write does the work of Commit. A stretch without matches costs a handful of statements.
func (c *Commit) write(ctx context.Context, tx *sqlx.Tx, done *Committed) error {
	log, err := findLog(ctx, tx, c.LogID)
	if err != nil {
		return err
	}
	switch {
	case log.Position == nil:
		return ErrNotStarted
	case c.To <= uint64(*log.Position):
		done.Replayed = true
		return nil
	case c.From != uint64(*log.Position):
		return &GapError{LogID: c.LogID, Position: uint64(*log.Position), From: c.From, To: c.To}
	}
	head, err := saveHead(ctx, tx, log, c.Head, c.Now)
	if err != nil {
		return err
	}
	w := &recorder{tx: tx, log: log.ID, policy: c.Policy, now: c.Now, done: done}
	if err := w.certificates(ctx, c.Certificates); err != nil {
		return err
	}
	for i := range c.Sightings {
		if err := w.sighting(ctx, &c.Sightings[i]); err != nil {
			return fmt.Errorf("entry %d: %w", c.Sightings[i].Index, err)
		}
	}
	for i := range c.Undetermined {
		if err := w.undetermined(ctx, &c.Undetermined[i]); err != nil {
			return fmt.Errorf("undetermined entry %d: %w", c.Undetermined[i].Index, err)
		}
	}
	if err := c.cover(ctx, tx, log.ID, head); err != nil {
		return err
	}
	return c.advance(ctx, tx, log.ID, head)
}

// dayMillis divides times into UTC days.
const dayMillis = 24 * 60 * 60 * 1000

// cover extends the log's last row of coverage, or begins a new one where run, policy or day differ.
func (c *Commit) cover(ctx context.Context, tx *sqlx.Tx, log, head int64) error {
	extended, err := update(ctx, tx, `
		UPDATE coverage SET to_index = ?, head = ?, precerts = precerts + ?, matched = matched + ?,
			undetermined = undetermined + ?, last_at = ?
		WHERE log = ? AND to_index = ? AND run = ? AND policy = ? AND first_at / ? = ?`,
		c.To, head, c.Counts.Precerts, len(c.Sightings), len(c.Undetermined), stamp(c.Now),
		log, c.From, c.Run, hash(c.Policy), dayMillis, c.Now.UnixMilli()/dayMillis)
	if err != nil || extended > 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO coverage (log, run, policy, from_index, to_index, head, precerts, matched, undetermined, first_at, last_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)`,
		log, c.Run, hash(c.Policy), c.From, c.To, head, c.Counts.Precerts, len(c.Sightings), len(c.Undetermined), stamp(c.Now))
	if err != nil {
		return fmt.Errorf("coverage by run %d: %w", c.Run, err)
	}
	return nil
}

// advance moves the position.
func (c *Commit) advance(ctx context.Context, tx *sqlx.Tx, log, head int64) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE logs SET position = ?, nodes = ?, verified = ?, precerts = precerts + ?, matched = matched + ?,
			undetermined = undetermined + ?, last_contact = ?
		WHERE id = ?`,
		c.To, hashes(c.Nodes), head, c.Counts.Precerts, len(c.Sightings), len(c.Undetermined), stamp(c.Now), log)
	return err
}
