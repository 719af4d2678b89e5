package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"github.com/jmoiron/sqlx"
)

// Log says which log is meant and what is remembered of it. Everything but the ID may change over time.
type Log struct {
	ID            [32]byte // SHA-256 of Key
	Key           []byte   // DER SubjectPublicKeyInfo
	Description   string
	Operator      string
	URL           string // RFC 6962
	MonitoringURL string // static-ct-api
}

// LogState is how far a log has been followed.
type LogState struct {
	// Started says that the log has a position.
	Started bool
	// Position is the number of first entries that are processed in full, or do not matter because the log was
	// started behind them.
	Position uint64
	// Nodes is the compact range of the first Position entries: subtree roots, the largest first.
	Nodes [][32]byte
	// LastHead is the largest head that was saved, in its latest signing; nil if there is none.
	LastHead *Head
	// VerifiedHead is the head that the position was proved against, in its latest signing; nil before the start. It
	// differs from LastHead where entries are behind, or do not lead to what was signed.
	VerifiedHead *Head
	// Late says that the log was first seen after a first run that had logs ended, or had gone on for an hour: it is new,
	// and nobody decided to leave out what it holds.
	Late bool
}

// logRow is a log as the writing methods need it.
type logRow struct {
	ID       int64  `db:"id"`
	Position *int64 `db:"position"`
	Nodes    hashes `db:"nodes"`
	Late     bool   `db:"late"`
	Head     *int64 `db:"head"`
	Verified *int64 `db:"verified"`
	HeadSize *int64 `db:"head_size"`
}

// findLog returns ErrUnknownLog for a log that EnsureLog was never called for.
func findLog(ctx context.Context, tx *sqlx.Tx, id [32]byte) (*logRow, error) {
	var row logRow
	err := tx.GetContext(ctx, &row, `
		SELECT l.id, l.position, l.nodes, l.late, l.head, l.verified, h.size AS head_size
		FROM logs l LEFT JOIN tree_heads h ON h.id = l.head WHERE l.log_id = ?`, hash(id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrUnknownLog
	}
	return &row, err
}

// firstRun is how long after the first log others still belong to a first run. A run asks for all its logs at once when
// it begins; one that goes on for months (watch) meets logs that are new like any later run.
const firstRun = time.Hour

// EnsureLog makes the log known, or brings what is remembered of it up to date, and returns its state.
func (s *Store) EnsureLog(ctx context.Context, l Log, now time.Time) (LogState, error) {
	var state LogState
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO logs (log_id, key, description, operator, url, monitoring_url, first_seen, late)
			VALUES (?, ?, ?, ?, ?, ?, ?,
				EXISTS (SELECT 1 FROM logs WHERE first_seen < ? OR first_seen <= (SELECT max(ended) FROM runs)))
			ON CONFLICT (log_id) DO UPDATE SET key = excluded.key, description = excluded.description,
				operator = excluded.operator, url = excluded.url, monitoring_url = excluded.monitoring_url
			WHERE (key, description, operator, url, monitoring_url) IS NOT (excluded.key, excluded.description,
				excluded.operator, excluded.url, excluded.monitoring_url)`,
			hash(l.ID), blob(l.Key), l.Description, l.Operator, l.URL, l.MonitoringURL, stamp(now), stamp(now.Add(-firstRun)))
		if err != nil {
			return err
		}
		row, err := findLog(ctx, tx, l.ID)
		if err != nil {
			return err
		}
		state.Late = row.Late
		if row.Position != nil {
			state.Started, state.Position, state.Nodes = true, uint64(*row.Position), row.Nodes
		}
		if state.LastHead, err = loadHead(ctx, tx, row.Head); err != nil {
			return err
		}
		state.VerifiedHead, err = loadHead(ctx, tx, row.Verified)
		return err
	})
	return state, s.fail(err, "look up log %x", l.ID[:4])
}

// SetStart gives a log its first position, once: from there on only Commit moves it. nodes is the compact range of the
// first position entries, proved against head; why says how the position was chosen, for the record. The error is
// ErrStarted for a log that has a position.
func (s *Store) SetStart(
	ctx context.Context, logID [32]byte, position uint64, nodes [][32]byte, why string, head Head, now time.Time,
) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		if err := checkRange(position, nodes, head); err != nil {
			return err
		}
		log, err := findLog(ctx, tx, logID)
		if err != nil {
			return err
		}
		if log.Position != nil {
			return fmt.Errorf("%w: %d", ErrStarted, *log.Position)
		}
		verified, err := saveHead(ctx, tx, log, head, now)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE logs SET start = ?1, position = ?1, nodes = ?2, verified = ?3, start_why = ?4, started = ?5, last_contact = ?5
			WHERE id = ?6`, position, hashes(nodes), verified, why, stamp(now), log.ID)
		return err
	})
	return s.fail(err, "start log %x at entry %d", logID[:4], position)
}

// checkRange refuses a position that could not be taken up again: a compact range has a node for each bit of its size.
func checkRange(position uint64, nodes [][32]byte, head Head) error {
	if position > head.Size {
		return fmt.Errorf("position %d is beyond the head of %d entries", position, head.Size)
	}
	if len(nodes) != bits.OnesCount64(position) {
		return fmt.Errorf("%d nodes are no compact range of %d entries", len(nodes), position)
	}
	return nil
}

// update executes a statement and returns how many rows it changed.
func update(ctx context.Context, tx *sqlx.Tx, query string, args ...any) (int64, error) {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
