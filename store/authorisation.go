package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Authorisation is a key that is expected because somebody said so, or because it was there when a watch began to
// learn. It is added and ended, never erased.
type Authorisation struct {
	ID        int64
	Watch     string
	Dimension string // keys, issuers, chain
	SPKI      [32]byte
	Label     string
	Kind      string // adopted, learned
	Finding   string // ID of the finding that it came from
	Added     Act
	Approved  *Act // nil: nobody has looked at what was learned. Why is empty
	Ended     *Act // nil: in force
}

// Act is what somebody did.
type Act struct {
	At  time.Time
	Who string
	Why string
}

// The kinds of authorisations.
const (
	Adopted = "adopted"
	Learned = "learned"
)

// UnknownAuthorisationError says that there is no authorisation with this ID.
type UnknownAuthorisationError struct{ ID int64 }

// Error names the ID.
func (e *UnknownAuthorisationError) Error() string {
	return fmt.Sprintf("there is no authorisation %d", e.ID)
}

// Authorisations returns all that ever were, in the order in which they were added.
func (r *Reader) Authorisations(ctx context.Context) ([]Authorisation, error) {
	var out []Authorisation
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		var err error
		out, err = loadAuthorisations(ctx, tx, "TRUE")
		return err
	})
	return out, r.fail(err, "list authorisations")
}

func loadAuthorisations(ctx context.Context, tx *sqlx.Tx, where string, args ...any) ([]Authorisation, error) {
	var rows []struct {
		ID         int64   `db:"id"`
		Watch      string  `db:"watch"`
		Dimension  string  `db:"dimension"`
		SPKI       hash    `db:"spki"`
		Label      string  `db:"label"`
		Kind       string  `db:"kind"`
		Finding    string  `db:"finding"`
		Added      stamp   `db:"added"`
		AddedBy    string  `db:"added_by"`
		AddedWhy   string  `db:"added_why"`
		Approved   *stamp  `db:"approved"`
		ApprovedBy *string `db:"approved_by"`
		Ended      *stamp  `db:"ended"`
		EndedBy    *string `db:"ended_by"`
		EndedWhy   *string `db:"ended_why"`
	}
	err := tx.SelectContext(ctx, &rows, `
		SELECT a.id, a.watch, a.dimension, a.spki, a.label, a.kind, f.public_id AS finding, a.added, a.added_by, a.added_why,
			a.approved, a.approved_by, a.ended, a.ended_by, a.ended_why
		FROM authorisations a JOIN findings f ON f.id = a.finding WHERE `+where+" ORDER BY a.id", args...)
	out := make([]Authorisation, len(rows))
	for i, r := range rows {
		out[i] = Authorisation{
			ID: r.ID, Watch: r.Watch, Dimension: r.Dimension, SPKI: r.SPKI, Label: r.Label, Kind: r.Kind, Finding: r.Finding,
			Added: Act{At: time.Time(r.Added), Who: r.AddedBy, Why: r.AddedWhy},
		}
		if r.Approved != nil {
			out[i].Approved = &Act{At: time.Time(*r.Approved), Who: *r.ApprovedBy}
		}
		if r.Ended != nil {
			out[i].Ended = &Act{At: time.Time(*r.Ended), Who: *r.EndedBy, Why: *r.EndedWhy}
		}
	}
	return out, err
}

// Authorise takes the key of a for expected from now on, and returns what is in force: that which was already, if the
// key was authorised before. Of a, ID, Approved and Ended are not looked at. The authorisation is written into the
// history of its finding.
func (s *Store) Authorise(ctx context.Context, a Authorisation) (inForce Authorisation, added bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		finding, err := findFinding(ctx, tx, a.Finding)
		if err != nil {
			return err
		}
		if added, err = authorise(ctx, tx, finding, &a); err != nil {
			return err
		}
		all, err := loadAuthorisations(ctx, tx, "a.watch = ? AND a.dimension = ? AND a.spki = ? AND a.ended IS NULL",
			a.Watch, a.Dimension, hash(a.SPKI))
		if err != nil {
			return err
		}
		inForce = all[0]
		if !added {
			return nil
		}
		return addEvent(ctx, tx, finding, Event{At: a.Added.At, Who: a.Added.Who, What: a.Kind, Why: a.Added.Why})
	})
	return inForce, added && err == nil, s.fail(err, "authorise a key")
}

// authorise adds a, of the finding in a row, unless its key is authorised already.
func authorise(ctx context.Context, tx *sqlx.Tx, finding int64, a *Authorisation) (added bool, err error) {
	n, err := update(ctx, tx, `
		INSERT INTO authorisations (watch, dimension, spki, label, kind, finding, added, added_by, added_why)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		a.Watch, a.Dimension, hash(a.SPKI), a.Label, a.Kind, finding, stamp(a.Added.At), a.Added.Who, a.Added.Why)
	return n > 0, err
}

// Approve notes that somebody looked at an authorisation that was learned, and agrees. It answers false where that was
// noted before, or the authorisation has ended. Errors: *UnknownAuthorisationError.
func (s *Store) Approve(ctx context.Context, id int64, by string, now time.Time) (changed bool, err error) {
	return s.changeAuthorisation(ctx, id, "SET approved = ?, approved_by = ? WHERE approved IS NULL AND ended IS NULL", stamp(now), by)
}

// EndAuthorisation ends an authorisation: certificates logged later are not expected because of it. It answers false
// where it has ended already. Errors: *UnknownAuthorisationError.
func (s *Store) EndAuthorisation(ctx context.Context, id int64, by, why string, now time.Time) (changed bool, err error) {
	return s.changeAuthorisation(ctx, id, "SET ended = ?, ended_by = ?, ended_why = ? WHERE ended IS NULL", stamp(now), by, why)
}

func (s *Store) changeAuthorisation(ctx context.Context, id int64, change string, args ...any) (changed bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		var there int64
		err := tx.GetContext(ctx, &there, "SELECT id FROM authorisations WHERE id = ?", id)
		if errors.Is(err, sql.ErrNoRows) {
			return &UnknownAuthorisationError{ID: id}
		}
		if err != nil {
			return err
		}
		n, err := update(ctx, tx, "UPDATE authorisations "+change+" AND id = ?", append(args, id)...)
		changed = n > 0
		return err
	})
	return changed && err == nil, s.fail(err, "change authorisation %d", id)
}

// learn authorises the key of a finding that its watch learned.
func (w *recorder) learn(ctx context.Context, finding int64, iss *Issuance, j *Judged) error {
	if !j.Learned || iss.SPKISHA256 == nil {
		return nil
	}
	_, err := authorise(ctx, w.tx, finding, &Authorisation{
		Watch: j.Watch, Dimension: "keys", SPKI: *iss.SPKISHA256, Label: iss.Subject, Kind: Learned,
		Added: Act{At: w.now, Who: "pinwatch", Why: "it was in use when the watch began"},
	})
	return err
}

// Learning notes that watches learn, and returns since when each of them does: since now, if it did not before.
func (s *Store) Learning(ctx context.Context, watches []string, now time.Time) (map[string]time.Time, error) {
	out := make(map[string]time.Time, len(watches))
	if len(watches) == 0 {
		return out, nil
	}
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		for _, watch := range watches {
			_, err := tx.ExecContext(ctx, "INSERT INTO learning (watch, since) VALUES (?, ?) ON CONFLICT DO NOTHING", watch, stamp(now))
			if err != nil {
				return err
			}
			var since stamp
			if err := tx.GetContext(ctx, &since, "SELECT since FROM learning WHERE watch = ?", watch); err != nil {
				return err
			}
			out[watch] = time.Time(since)
		}
		return nil
	})
	return out, s.fail(err, "note which watches learn")
}
