package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// Rejudge is a new policy by which all that is recorded is judged.
type Rejudge struct {
	Policy [32]byte
	Pins   []Pin // all that are in force by it
	Now    time.Time
	// Learning is since when the youngest of the watches that learn does so. What was judged before is judged again, also
	// by the same policy. Zero: none of them learns.
	Learning time.Time
	// Judge says of an issuance what each watch says that it concerns. For watches that are in Gone it concerns them no
	// more. What is said for others stays as it was.
	Judge func(ctx context.Context, r *Recorded, known Records) (judged []Judged, gone []string, err error)
	// Progress, if set, is told every now and then how far it is, up to all.
	Progress func(done, all uint64)
}

// Change is what a new policy did to a finding.
type Change struct {
	ID      string
	Watch   string
	New     bool // it was born
	Verdict string
	Before  string // the verdict before; empty for a new one
	State   string
	Reasons []string
	// News says that it is open, and was not before, or was for another verdict or severity.
	News bool
}

// Rejudge makes a policy the one in force, in one transaction: its pins are noted, and every recorded issuance is
// judged by it. Nothing is done, and changed is nil, if it is in force already and no watch began to learn since.
//
// A finding that is expected now is closed; one that is not is opened, unless somebody acknowledged it and the verdict is
// the same, with the same severity or less of what was acknowledged. What changed stands in its history.
func (s *Store) Rejudge(ctx context.Context, r *Rejudge) (changes []Change, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		if judged, err := judgedBy(ctx, tx, r.Policy, r.Learning); err != nil || judged {
			return err
		}
		if err := replacePins(ctx, tx, r.Pins, r.Now); err != nil {
			return fmt.Errorf("pins in force: %w", err)
		}
		j := &rejudger{recorder: recorder{tx: tx, policy: r.Policy, now: r.Now, done: &Committed{}}}
		tell, err := r.progress(ctx, tx)
		if err != nil {
			return err
		}
		err = eachRecorded(ctx, tx, withLeaves, func(ctx context.Context, rec *Recorded, known Records) error {
			tell(rec.id)
			return j.issuance(ctx, r, rec, known)
		})
		if err != nil {
			return err
		}
		changes = j.changes
		_, err = tx.ExecContext(ctx, "INSERT INTO policies (policy, since, changed) VALUES (?, ?, ?)",
			hash(r.Policy), stamp(r.Now), len(changes))
		return err
	})
	if err != nil {
		return nil, s.fail(err, "judge what is recorded by a new policy")
	}
	return changes, nil
}

// progress tells how far the issuance with an ID is. IDs have few gaps, and the last is known at once.
func (r *Rejudge) progress(ctx context.Context, tx *sqlx.Tx) (tell func(id int64), err error) {
	if r.Progress == nil {
		return func(int64) {}, nil
	}
	var last int64
	err = tx.GetContext(ctx, &last, "SELECT ifnull(max(id), 0) FROM issuances")
	return func(id int64) { r.Progress(uint64(id), uint64(last)) }, err
}

// rejudger writes what a new policy says.
type rejudger struct {
	recorder
	changes []Change
}

func (w *rejudger) issuance(ctx context.Context, r *Rejudge, rec *Recorded, known Records) error {
	judged, gone, err := r.Judge(ctx, rec, known)
	if err != nil {
		return err
	}
	for i := range judged {
		if err := w.again(ctx, rec, &judged[i]); err != nil {
			return err
		}
	}
	for _, watch := range gone {
		if err := w.release(ctx, rec.id, watch); err != nil {
			return err
		}
	}
	return nil
}

// judgement is what a finding says, in its columns.
type judgement struct {
	ID       int64        `db:"id"`
	PublicID string       `db:"public_id"`
	Verdict  string       `db:"verdict"`
	Severity string       `db:"severity"`
	Reasons  list[string] `db:"reasons"`
	Key      *bool        `db:"key_pinned"`
	Issuer   *bool        `db:"issuer_pinned"`
	Chain    *bool        `db:"chain_pinned"`
	Matches  list[Match]  `db:"matches"`
	State    string       `db:"state"`
	Due      *stamp       `db:"due"`
}

func (w *rejudger) find(ctx context.Context, issuance int64, watch string) (old judgement, found bool, err error) {
	err = w.tx.GetContext(ctx, &old, `
		SELECT id, public_id, verdict, severity, reasons, key_pinned, issuer_pinned, chain_pinned, matches, state, due
		FROM findings WHERE issuance = ? AND watch = ?`, issuance, watch)
	if errors.Is(err, sql.ErrNoRows) {
		return old, false, nil
	}
	return old, err == nil, err
}

// again writes what a watch says of an issuance now.
func (w *rejudger) again(ctx context.Context, rec *Recorded, j *Judged) error {
	old, found, err := w.find(ctx, rec.id, j.Watch)
	if err != nil {
		return err
	}
	if !found {
		if err := w.birth(ctx, rec.id, &rec.Issuance, j); err != nil {
			return err
		}
		w.note(w.done.New[len(w.done.New)-1], j, nil, j.state())
		return nil
	}
	if err := w.learn(ctx, old.ID, &rec.Issuance, j); err != nil {
		return err
	}
	state, due := old.next(j)
	_, err = w.tx.ExecContext(ctx, `
		UPDATE findings SET verdict = ?, severity = ?, reasons = ?, key_pinned = ?, issuer_pinned = ?, chain_pinned = ?,
			matches = ?, decided = ?, policy = ?, state = ?, due = ? WHERE id = ?`,
		j.Verdict, j.Severity, list[string](j.Reasons), j.KeyPinned, j.IssuerPinned, j.ChainPinned,
		list[Match](j.Matches), j.Decided, hash(w.policy), state, due, old.ID)
	if err != nil || old.says(j) && old.State == state {
		return err
	}
	if err := announce(ctx, w.tx, old.ID, old.standing(), w.now); err != nil {
		return err
	}
	w.note(old.PublicID, j, &old, state)
	return w.event(ctx, old.ID, Event{
		At: w.now, Who: "pinwatch", What: "judged anew",
		Why: fmt.Sprintf("the pins changed: %s became %s", phrase(old.Verdict, old.Reasons), phrase(j.Verdict, j.Reasons)),
	})
}

// next is the state of a finding that says j from now on.
func (old *judgement) next(j *Judged) (state string, due *stamp) {
	switch {
	case !j.Open:
		return StateClosed, nil
	case old.State == StateAcknowledged && old.covers(j):
		return StateAcknowledged, nil
	case old.State == StatePending && !j.Due.IsZero():
		return StatePending, old.Due
	case old.State == StateOpen:
		return StateOpen, nil
	}
	return j.state(), j.due()
}

// covers says whether who acknowledged the old judgement knew of all that j says: of a finding whose key was taken for
// expected, and whose issuer is unknown all the same, there is no more to tell.
func (old *judgement) covers(j *Judged) bool {
	if old.Verdict != j.Verdict || old.Severity == j.Severity {
		return old.Verdict == j.Verdict
	}
	unheard := func(reason string) bool { return !slices.Contains(old.Reasons, reason) }
	words := []string{"info", "low", "medium", "high", "critical"}
	return slices.Index(words, j.Severity) < slices.Index(words, old.Severity) && !slices.ContainsFunc(j.Reasons, unheard)
}

func (old *judgement) standing() *standing {
	return &standing{State: old.State, Verdict: old.Verdict, Severity: old.Severity}
}

// says whether the old judgement is j.
func (old *judgement) says(j *Judged) bool {
	return old.Verdict == j.Verdict && old.Severity == j.Severity && slices.Equal(old.Reasons, j.Reasons) &&
		same(old.Key, j.KeyPinned) && same(old.Issuer, j.IssuerPinned) && same(old.Chain, j.ChainPinned)
}

func same(a, b *bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// release closes the finding of a watch that the issuance does not concern any more.
func (w *rejudger) release(ctx context.Context, issuance int64, watch string) error {
	old, found, err := w.find(ctx, issuance, watch)
	if err != nil || !found || old.State == StateClosed {
		return err
	}
	_, err = w.tx.ExecContext(ctx, "UPDATE findings SET decided = 1, policy = ?, state = ?, due = NULL WHERE id = ?",
		hash(w.policy), StateClosed, old.ID)
	if err != nil {
		return err
	}
	w.note(old.PublicID, &Judged{Watch: watch, Verdict: old.Verdict, Reasons: old.Reasons}, &old, StateClosed)
	if err := announce(ctx, w.tx, old.ID, old.standing(), w.now); err != nil {
		return err
	}
	return w.event(ctx, old.ID, Event{
		At: w.now, Who: "pinwatch", What: "closed", Why: "the watch list changed: the certificate does not concern the watch any more",
	})
}

// event adds an event and notes when the finding was touched.
func (w *rejudger) event(ctx context.Context, finding int64, e Event) error {
	if _, err := w.tx.ExecContext(ctx, "UPDATE findings SET updated = ? WHERE id = ?", stamp(e.At), finding); err != nil {
		return err
	}
	return addEvent(ctx, w.tx, finding, e)
}

// note notes what became of a finding; old is nil for a new one.
func (w *rejudger) note(id string, j *Judged, old *judgement, state string) {
	c := Change{ID: id, Watch: j.Watch, New: old == nil, Verdict: j.Verdict, State: state, Reasons: j.Reasons, News: state == StateOpen}
	if old != nil {
		c.Before = old.Verdict
		c.News = c.News && (old.State != StateOpen || old.Verdict != j.Verdict || old.Severity != j.Severity)
	}
	w.changes = append(w.changes, c)
}

func phrase(verdict string, reasons []string) string {
	if len(reasons) == 0 {
		return verdict
	}
	return verdict + " (" + strings.Join(reasons, ", ") + ")"
}
