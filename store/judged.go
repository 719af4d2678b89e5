package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Judged is what is said of an issuance for one watch. Together they make a finding.
type Judged struct {
	Watch    string
	Verdict  string
	Severity string
	Reasons  []string
	// KeyPinned, IssuerPinned and ChainPinned are nil where the watch has no such dimension or it could not be decided.
	KeyPinned, IssuerPinned, ChainPinned *bool
	Matches                              []Match
	// Decided is false where the entry did not show enough. A later judgement of the same issuance that is decided
	// takes the place of one that is not; otherwise the first one stays.
	Decided bool
	// Open says that somebody should look at it: the finding is born open, otherwise closed.
	Open bool
	// Learned says that it is expected because the certificate was in use when the watch began to learn: its key is
	// authorised from now on.
	Learned bool
	// Due, if it is not zero, keeps a finding that would be open pending until then.
	Due time.Time
}

// Match is a name of the certificate that concerns the watch, and by which rule.
type Match struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Rule string `json:"rule"`
}

// The states of a finding.
const (
	StatePending      = "pending"      // its key may yet be declared; OpenDue opens it
	StateOpen         = "open"         // nobody has looked at it yet
	StateAcknowledged = "acknowledged" // a person has
	StateClosed       = "closed"       // nobody needs to: it is expected
)

func (j *Judged) state() string {
	switch {
	case !j.Open:
		return StateClosed
	case j.Due.IsZero():
		return StateOpen
	}
	return StatePending
}

// due is when a pending finding is opened, nil for any other.
func (j *Judged) due() *stamp {
	if j.state() != StatePending {
		return nil
	}
	return (*stamp)(&j.Due)
}

// finding gives birth to the finding of issuance and watch, or decides it. What tells of it is written in the same
// transaction: see announce.
func (w *recorder) finding(ctx context.Context, issuance int64, iss *Issuance, j *Judged) error {
	var old struct {
		ID       int64  `db:"id"`
		PublicID string `db:"public_id"`
		Decided  bool   `db:"decided"`
		standing
	}
	err := w.tx.GetContext(ctx, &old, `
		SELECT id, public_id, verdict, severity, state, decided FROM findings WHERE issuance = ? AND watch = ?`, issuance, j.Watch)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return w.birth(ctx, issuance, iss, j)
	case err != nil || old.Decided || !j.Decided:
		return err
	}
	if err := w.decide(ctx, old.ID, j); err != nil {
		return err
	}
	if err := w.describe(ctx, issuance, iss); err != nil {
		return err
	}
	if err := w.learn(ctx, old.ID, iss, j); err != nil {
		return err
	}
	w.done.change(old.PublicID)
	if err := announce(ctx, w.tx, old.ID, &old.standing, w.now); err != nil {
		return err
	}
	return addEvent(ctx, w.tx, old.ID, Event{
		At: w.now, Who: "pinwatch", What: "decided", Why: fmt.Sprintf("%s became %s", old.Verdict, j.Verdict),
	})
}

func (w *recorder) birth(ctx context.Context, issuance int64, iss *Issuance, j *Judged) error {
	id := findingID(iss, j.Watch)
	row, err := insert(ctx, w.tx, `
		INSERT INTO findings (public_id, issuance, watch, verdict, severity, reasons, key_pinned, issuer_pinned,
			chain_pinned, matches, decided, policy, state, first_seen, updated, due)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, ?15)`,
		id, issuance, j.Watch, j.Verdict, j.Severity, list[string](j.Reasons), j.KeyPinned, j.IssuerPinned,
		j.ChainPinned, list[Match](j.Matches), j.Decided, hash(w.policy), j.state(), stamp(w.now), j.due())
	if err != nil {
		return fmt.Errorf("finding %s: %w", id, err)
	}
	w.done.New = append(w.done.New, id)
	if err := announce(ctx, w.tx, row, nil, w.now); err != nil {
		return err
	}
	return w.learn(ctx, row, iss, j)
}

// decide overwrites the judgement. A finding that somebody had acknowledged while it was undecided is opened again:
// what they looked at was something else.
func (w *recorder) decide(ctx context.Context, finding int64, j *Judged) error {
	_, err := w.tx.ExecContext(ctx, `
		UPDATE findings SET verdict = ?, severity = ?, reasons = ?, key_pinned = ?, issuer_pinned = ?, chain_pinned = ?,
			matches = ?, decided = 1, policy = ?, state = ?, due = ?, updated = ?
		WHERE id = ?`,
		j.Verdict, j.Severity, list[string](j.Reasons), j.KeyPinned, j.IssuerPinned, j.ChainPinned,
		list[Match](j.Matches), hash(w.policy), j.state(), j.due(), stamp(w.now), finding)
	return err
}

// change notes a finding that was decided, unless it was born in the same commit.
func (d *Committed) change(id string) {
	if !slices.Contains(d.New, id) {
		d.Changed = append(d.Changed, id)
	}
}

// findingID names a finding by what it is about, so that it has the same name in every database: the hash of TBS,
// issuer key hash (zeros if unknown at birth) and watch, cut to 128 bits.
func findingID(iss *Issuance, watch string) string {
	d := sha256.New()
	d.Write(iss.TBSSHA256[:])
	var issuer [32]byte
	if iss.IssuerKeyHash != nil {
		issuer = *iss.IssuerKeyHash
	}
	d.Write(issuer[:])
	d.Write([]byte(watch))
	return hex.EncodeToString(d.Sum(nil)[:16])
}
