package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
)

// Pin is a pin in force.
type Pin struct {
	Watch     string // or the name of a list, whose watches have it in common
	Dimension string // keys, issuers, chain
	SPKI      [32]byte
	Label     string
	Source    string
}

// Judged says whether the record was judged by a policy last, and not before a time.
func (r *Reader) Judged(ctx context.Context, policy [32]byte, since time.Time) (judged bool, err error) {
	err = r.view(ctx, func(tx *sqlx.Tx) error {
		judged, err = judgedBy(ctx, tx, policy, since)
		return err
	})
	return judged, r.fail(err, "look up the policy in force")
}

func judgedBy(ctx context.Context, tx *sqlx.Tx, policy [32]byte, since time.Time) (bool, error) {
	var last struct {
		Policy hash  `db:"policy"`
		Since  stamp `db:"since"`
	}
	err := tx.GetContext(ctx, &last, "SELECT policy, since FROM policies ORDER BY id DESC LIMIT 1")
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return last.Policy == policy && !time.Time(last.Since).Before(since), err
}

// pinKey is what makes a pin one pin.
type pinKey struct {
	watch, dimension string
	spki             hash
}

// replacePins makes pins the ones in force: those that are new begin, those that are gone end.
func replacePins(ctx context.Context, tx *sqlx.Tx, pins []Pin, now time.Time) error {
	var rows []struct {
		ID        int64  `db:"id"`
		Watch     string `db:"watch"`
		Dimension string `db:"dimension"`
		SPKI      hash   `db:"spki"`
	}
	err := tx.SelectContext(ctx, &rows, "SELECT id, watch, dimension, spki FROM pins WHERE until IS NULL")
	if err != nil {
		return err
	}
	old := make(map[pinKey]int64, len(rows))
	for _, r := range rows {
		old[pinKey{r.Watch, r.Dimension, r.SPKI}] = r.ID
	}
	kept := make(map[pinKey]bool, len(pins))
	for i := range pins {
		p := &pins[i]
		key := pinKey{p.Watch, p.Dimension, p.SPKI}
		if kept[key] {
			continue
		}
		kept[key] = true
		if _, found := old[key]; found {
			delete(old, key)
			continue
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO pins (watch, dimension, spki, label, source, since) VALUES (?, ?, ?, ?, ?, ?)",
			p.Watch, p.Dimension, hash(p.SPKI), p.Label, p.Source, stamp(now))
		if err != nil {
			return err
		}
	}
	gone := make([]int64, 0, len(old))
	for _, id := range old {
		gone = append(gone, id)
	}
	slices.Sort(gone)
	for _, id := range gone {
		if _, err := tx.ExecContext(ctx, "UPDATE pins SET until = max(since, ?) WHERE id = ?", stamp(now), id); err != nil {
			return err
		}
	}
	return nil
}

// PinSince is a pin in force, and since when it is.
type PinSince struct {
	Pin
	Since time.Time
}

// Pins returns the pins in force by the policy that the record was judged by last.
func (r *Reader) Pins(ctx context.Context) ([]PinSince, error) {
	var out []PinSince
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		rows, err := tx.QueryxContext(ctx, `
			SELECT watch, dimension, spki, label, source, since FROM pins WHERE until IS NULL ORDER BY id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var p PinSince
			if err := rows.Scan(&p.Watch, &p.Dimension, (*hash)(&p.SPKI), &p.Label, &p.Source, (*stamp)(&p.Since)); err != nil {
				return err
			}
			out = append(out, p)
		}
		return rows.Err()
	})
	return out, r.fail(err, "list the pins in force")
}
