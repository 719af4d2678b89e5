package store

import (
	"context"
	"os"
	"path/filepath"
)

// Vacuumed is how many bytes a database takes on the disk, before and after.
type Vacuumed struct{ Before, After int64 }

// Vacuum writes the database anew without what is not used in it, and gives the room back. The caller holds Lock: it
// takes minutes where there are gigabytes, during which nobody else can write; others can read. It needs room for the
// database twice over, once for temporary files and once beside the database, and leaves everything as it was where
// there is not enough: *Error with ErrFull. It can be stopped.
//
// A reader that began before the end keeps the room occupied until it is done; the next writer gives it back then.
func (s *Store) Vacuum(ctx context.Context) (*Vacuumed, error) {
	v := &Vacuumed{}
	size, err := s.Sizes(ctx)
	if err != nil {
		return nil, err
	}
	v.Before = size.Database + size.WAL
	used := size.Database - size.Free
	for _, need := range []struct {
		dir   string
		bytes int64
	}{{filepath.Dir(s.path), used}, {temporaryDir(), used}} {
		if err := needRoom(need.dir, need.bytes); err != nil {
			return nil, s.fail(err, "vacuum")
		}
	}
	for _, query := range []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := s.w.ExecContext(ctx, query); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, s.fail(err, "vacuum")
		}
	}
	if size, err = s.Sizes(ctx); err != nil {
		return nil, err
	}
	v.After = size.Database + size.WAL
	return v, nil
}

// temporaryDir is where SQLite writes temporary files (sqlite.org/tempfiles.html).
func temporaryDir() string {
	for _, dir := range []string{os.Getenv("SQLITE_TMPDIR"), os.Getenv("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp"} {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
	}
	return "."
}
