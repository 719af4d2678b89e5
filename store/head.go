package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jmoiron/sqlx"
)

// Head is a verified tree head (STH or checkpoint) of a log.
type Head struct {
	Size      uint64
	Root      [32]byte
	Timestamp time.Time
	Signature []byte
	Raw       []byte // as received
}

// SaveHead keeps a head whose signature was verified, for ever, and notes that the log was in contact. Of heads with
// equal size and root the earliest and the latest are kept. The largest becomes LogState.LastHead.
func (s *Store) SaveHead(ctx context.Context, logID [32]byte, head Head, now time.Time) error {
	err := s.write(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		log, err := findLog(ctx, tx, logID)
		if err != nil {
			return err
		}
		if _, err := saveHead(ctx, tx, log, head, now); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE logs SET last_contact = ? WHERE id = ?", stamp(now), log.ID)
		return err
	})
	return s.fail(err, "save head of log %x", logID[:4])
}

// saveHead returns the row of the head, and makes it the log's head if there is no larger one.
func saveHead(ctx context.Context, tx *sqlx.Tx, log *logRow, head Head, now time.Time) (int64, error) {
	if head.Size > math.MaxInt64 {
		return 0, fmt.Errorf("a tree of %d entries is larger than can be stored", head.Size)
	}
	var row struct {
		ID     int64 `db:"id"`
		Latest int64 `db:"latest"`
	}
	err := tx.GetContext(ctx, &row, `
		SELECT id, ifnull(again_timestamp, timestamp) AS latest FROM tree_heads
		WHERE log = ? AND size = ? AND root = ?`, log.ID, head.Size, hash(head.Root))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		row.ID, err = insert(ctx, tx, `
			INSERT INTO tree_heads (log, size, root, timestamp, signature, raw, first_seen)
			VALUES (?, ?, ?, ?, ?, ?, ?)`,
			log.ID, head.Size, hash(head.Root), stamp(head.Timestamp), blob(head.Signature), blob(head.Raw), stamp(now))
	case err == nil && head.Timestamp.UnixMilli() > row.Latest:
		_, err = tx.ExecContext(ctx, `
			UPDATE tree_heads SET again_timestamp = ?, again_signature = ?, again_raw = ?, again_seen = ? WHERE id = ?`,
			stamp(head.Timestamp), blob(head.Signature), blob(head.Raw), stamp(now), row.ID)
	}
	if err != nil {
		return 0, err
	}
	if log.HeadSize == nil || head.Size > uint64(*log.HeadSize) {
		_, err = tx.ExecContext(ctx, "UPDATE logs SET head = ? WHERE id = ?", row.ID, log.ID)
	}
	return row.ID, err
}

// loadHead returns nil for no row.
func loadHead(ctx context.Context, tx *sqlx.Tx, id *int64) (*Head, error) {
	if id == nil {
		return nil, nil
	}
	var row struct {
		Size      int64  `db:"size"`
		Root      hash   `db:"root"`
		Timestamp stamp  `db:"timestamp"`
		Signature []byte `db:"signature"`
		Raw       []byte `db:"raw"`
	}
	err := tx.GetContext(ctx, &row, `
		SELECT size, root, ifnull(again_timestamp, timestamp) AS timestamp,
			ifnull(again_signature, signature) AS signature, ifnull(again_raw, raw) AS raw
		FROM tree_heads WHERE id = ?`, *id)
	if err != nil {
		return nil, err
	}
	return &Head{
		Size: uint64(row.Size), Root: row.Root, Timestamp: time.Time(row.Timestamp), Signature: row.Signature, Raw: row.Raw,
	}, nil
}

// insert executes an INSERT and returns the number of the new row.
func insert(ctx context.Context, tx *sqlx.Tx, query string, args ...any) (int64, error) {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}
