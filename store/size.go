package store

import (
	"context"
	"fmt"
	"os"

	"github.com/jmoiron/sqlx"
)

// Sizes are in bytes.
type Sizes struct {
	Database int64 // of its file
	Free     int64 // of these, not used: the next rows will be written there
	WAL      int64 // of the file of changes beside it
}

// TableSize is how many rows a table has.
type TableSize struct {
	Table string
	Rows  int64
}

// ContentSize is how many bytes of a kind are kept.
type ContentSize struct {
	What  string
	Bytes int64
}

// Sizes says how much room the database takes on the disk.
func (r *Reader) Sizes(ctx context.Context) (*Sizes, error) {
	out := &Sizes{}
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		return tx.QueryRowxContext(ctx, `
			SELECT page_count * page_size, freelist_count * page_size
			FROM pragma_page_count, pragma_page_size, pragma_freelist_count`).Scan(&out.Database, &out.Free)
	})
	if info, err := os.Stat(r.path + "-wal"); err == nil {
		out.WAL = info.Size()
	}
	return out, r.fail(err, "measure the database")
}

// TableSizes counts the rows of every table.
func (r *Reader) TableSizes(ctx context.Context) ([]TableSize, error) {
	var out []TableSize
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		var tables []string
		err := tx.SelectContext(ctx, &tables, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
		for _, table := range tables {
			var rows int64
			if err := tx.GetContext(ctx, &rows, fmt.Sprintf("SELECT count(*) FROM %q", table)); err != nil {
				return err
			}
			out = append(out, TableSize{Table: table, Rows: rows})
		}
		return err
	})
	return out, r.fail(err, "count rows")
}

// contents are what takes most of the room, and where it lies.
var contents = []struct{ what, bytes, table string }{
	{"log entries", "length(leaf) + length(chain) + length(keys)", "sightings"},
	{"certificates", "length(der)", "certificates"},
	{"what was read of certificates", "length(names) + length(issuer) + length(subject) + length(serial)", "issuances"},
	{"findings", "length(matches) + length(reasons)", "findings"},
	{"entries that could not be read", "length(leaf)", "undetermined"},
	{"signed tree heads", "length(raw) + length(signature) + ifnull(length(again_raw) + length(again_signature), 0)", "tree_heads"},
}

// ContentSizes says how much of what is kept. The rest of the database are indices, numbers and room between rows. It
// reads most of the database.
func (r *Reader) ContentSizes(ctx context.Context) ([]ContentSize, error) {
	var out []ContentSize
	err := r.view(ctx, func(tx *sqlx.Tx) error {
		for _, c := range contents {
			var bytes int64
			if err := tx.GetContext(ctx, &bytes, "SELECT ifnull(sum("+c.bytes+"), 0) FROM "+c.table); err != nil {
				return err
			}
			out = append(out, ContentSize{What: c.what, Bytes: bytes})
		}
		return nil
	})
	return out, r.fail(err, "measure what is kept")
}
