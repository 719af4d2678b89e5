package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Lookback is everything that follows from entries that were read and verified for other names than they were read for
// before, or for the first time before the start of their log. Of the Commit no Nodes are needed: the position stays.
type Lookback struct {
	Commit
	Names [32]byte // hash of all that decides which names match; see Run
	// Since says that no entry before From is stamped then or later, by the word of the log. Zero: it is not known.
	Since time.Time
}

// LookBack writes l in one transaction: either all of it is durable when LookBack returns, or nothing is. An entry that
// has a sighting keeps it, and findings that it has stay as they are unless they are decided now; what is new is told as
// what Commit brings. The log's position and its coverage stay. Entries that were looked back at for these names are a
// repetition and change nothing; entries beyond the position are an error.
func (s *Store) LookBack(ctx context.Context, l *Lookback) (*Committed, error) {
	done := &Committed{}
	err := l.checkEntries()
	if err == nil && l.To > l.Head.Size {
		err = fmt.Errorf("the head has %d entries", l.Head.Size)
	}
	if err == nil {
		err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error { return l.write(ctx, tx, done) })
	}
	if err != nil {
		return nil, s.fail(err, "look back at entries [%d, %d) of log %x", l.From, l.To, l.LogID[:4])
	}
	return done, nil
}

// write does the work of LookBack.
func (l *Lookback) write(ctx context.Context, tx *sqlx.Tx, done *Committed) error {
	log, err := findLog(ctx, tx, l.LogID)
	if err != nil {
		return err
	}
	switch {
	case log.Position == nil:
		return ErrNotStarted
	case l.To > uint64(*log.Position):
		return fmt.Errorf("the position is %d", *log.Position)
	}
	var known []Range
	err = tx.SelectContext(ctx, &known, `
		SELECT from_index, to_index FROM lookbacks WHERE log = ? AND names = ? AND from_index < ? AND to_index > ? ORDER BY from_index`,
		log.ID, hash(l.Names), l.To, l.From)
	if err != nil {
		return err
	}
	if left := (Range{l.From, l.To}).without(known); len(left) == 0 {
		done.Replayed = true
		return nil
	} else if len(known) > 0 {
		return fmt.Errorf("a part was looked back at before: [%d, %d)", known[0].From, known[0].To)
	}
	row, err := l.cover(ctx, tx, log)
	if err != nil {
		return err
	}
	w := &recorder{tx: tx, log: log.ID, policy: l.Policy, now: l.Now, done: done, lookback: &row}
	certs := make(map[[32]byte]Certificate, len(l.Certificates))
	for _, c := range l.Certificates {
		certs[c.SHA256] = c
	}
	for i := range l.Sightings {
		s := &l.Sightings[i]
		if err := w.lookBack(ctx, s, certs); err != nil {
			return fmt.Errorf("entry %d: %w", s.Index, err)
		}
	}
	for i := range l.Undetermined {
		if err := w.keepAgain(ctx, &l.Undetermined[i]); err != nil {
			return fmt.Errorf("undetermined entry %d: %w", l.Undetermined[i].Index, err)
		}
	}
	return nil
}

// cover extends the row that ends where l begins, or begins one where run or policy differ, and returns it.
func (l *Lookback) cover(ctx context.Context, tx *sqlx.Tx, log *logRow) (row int64, err error) {
	head, err := saveHead(ctx, tx, log, l.Head, l.Now)
	if err != nil {
		return 0, err
	}
	err = tx.GetContext(ctx, &row, `
		UPDATE lookbacks SET to_index = ?, head = ?, last_at = ?
		WHERE log = ? AND names = ? AND to_index = ? AND run = ? AND policy = ? RETURNING id`,
		l.To, head, stamp(l.Now), log.ID, hash(l.Names), l.From, l.Run, hash(l.Policy))
	if !errors.Is(err, sql.ErrNoRows) {
		return row, err
	}
	return insert(ctx, tx, `
		INSERT INTO lookbacks (log, run, policy, names, from_index, to_index, since, head, matched, undetermined, first_at, last_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, ?9, ?9)`,
		log.ID, l.Run, hash(l.Policy), hash(l.Names), l.From, l.To, someTime(l.Since), head, stamp(l.Now))
}

// lookBack writes what an entry shows that may have a sighting. certs has the certificates that it names.
func (w *recorder) lookBack(ctx context.Context, s *Sighting, certs map[[32]byte]Certificate) error {
	var old seen
	err := w.tx.GetContext(ctx, &old, `
		SELECT s.issuance, s.whole_chain, i.issuer_key_hash FROM sightings s JOIN issuances i ON i.id = s.issuance
		WHERE s.log = ? AND s.entry = ?`, w.log, s.Index)
	switch {
	case err == nil:
		return w.seeMore(ctx, &old, s, certs)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	if err := w.certificates(ctx, s.named(certs)); err != nil {
		return err
	}
	if err := w.sighting(ctx, s); err != nil {
		return err
	}
	_, err = w.tx.ExecContext(ctx, "UPDATE lookbacks SET matched = matched + 1 WHERE id = ?", *w.lookback)
	if err == nil {
		_, err = w.tx.ExecContext(ctx, "UPDATE undetermined SET matched = 1 WHERE log = ? AND entry = ?", w.log, s.Index)
	}
	return err
}

// seen is what an earlier sighting of an entry established beside what its leaf says.
type seen struct {
	Issuance int64 `db:"issuance"`
	Whole    bool  `db:"whole_chain"`
	Issuer   *hash `db:"issuer_key_hash"`
}

// seeMore writes the findings of an entry that has a sighting. What the leaf does not say, its log may show in another way
// now: what was established stays, and what was not, and is now, takes its place.
func (w *recorder) seeMore(ctx context.Context, old *seen, s *Sighting, certs map[[32]byte]Certificate) error {
	now := *s
	shown := now.Issuance.IssuerKeyHash
	if old.Issuer != nil {
		now.Issuance.IssuerKeyHash = old.Issuer.plain()
	}
	id, err := w.identify(ctx, old.Issuance, &now.Issuance)
	if err != nil {
		return err
	}
	fits := shown != nil && *shown == *now.Issuance.IssuerKeyHash
	if fits && (old.Issuer == nil || s.WholeChain && !old.Whole) {
		if err := w.certificates(ctx, s.named(certs)); err != nil {
			return err
		}
		if err := w.evidence(ctx, s); err != nil {
			return err
		}
	}
	return w.findings(ctx, id, &now)
}

// named are the certificates that a sighting names.
func (s *Sighting) named(certs map[[32]byte]Certificate) []Certificate {
	var out []Certificate
	for _, sum := range append([][32]byte{s.CertSHA256}, s.Chain...) {
		if c, found := certs[sum]; found {
			out = append(out, c)
		}
	}
	return out
}

// keepAgain keeps an entry that may be kept.
func (w *recorder) keepAgain(ctx context.Context, u *Undetermined) error {
	var kept bool
	err := w.tx.GetContext(ctx, &kept, "SELECT EXISTS (SELECT 1 FROM undetermined WHERE log = ? AND entry = ?)", w.log, u.Index)
	if err != nil || kept {
		return err
	}
	if err := w.undetermined(ctx, u); err != nil {
		return err
	}
	_, err = w.tx.ExecContext(ctx, "UPDATE lookbacks SET undetermined = undetermined + 1 WHERE id = ?", *w.lookback)
	return err
}

// ReopenUnseen has the promises of a log looked at again whose entry would be where nobody had looked: it was looked at
// since. It returns how many they are.
func (s *Store) ReopenUnseen(ctx context.Context, logID [32]byte) (n int64, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		n, err = update(ctx, tx, "UPDATE scts SET promise = 'open', settled = NULL, detail = '' WHERE log_id = ? AND promise = 'unseen'", hash(logID))
		return err
	})
	return n, s.fail(err, "reopen promises of log %x", logID[:4])
}
