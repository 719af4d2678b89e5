package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// Run is one pass of scan, or one life of watch, or one time of looking back.
type Run struct {
	Kind   string   // scan, watch, lookback
	Policy [32]byte // hash of the effective watch list and pins at its beginning
	Names  [32]byte // hash of all that decides which names match, pins aside; zero: not known
}

// StartRun opens a run and returns its number. A run that is never ended was killed.
func (s *Store) StartRun(ctx context.Context, run Run, now time.Time) (id int64, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		id, err = insert(ctx, tx, "INSERT INTO runs (kind, policy, started) VALUES (?, ?, ?)",
			run.Kind, hash(run.Policy), stamp(now))
		if err != nil || run.Names == [32]byte{} {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO policy_names (policy, names) VALUES (?, ?) ON CONFLICT DO NOTHING",
			hash(run.Policy), hash(run.Names))
		return err
	})
	return id, s.fail(err, "record the beginning of a run")
}

// EndRun closes a run with a word for how it went. A run is closed once.
func (s *Store) EndRun(ctx context.Context, id int64, outcome string, now time.Time) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		changed, err := update(ctx, tx, "UPDATE runs SET ended = ?, outcome = ? WHERE id = ? AND ended IS NULL",
			stamp(now), outcome, id)
		if err == nil && changed == 0 {
			return fmt.Errorf("run %d is not under way", id)
		}
		return err
	})
	return s.fail(err, "record the end of run %d", id)
}
