package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"
)

const (
	// copyParams make no journal of a copy: one that is not complete is thrown away, and it is synced in the end.
	copyParams = "mode=rw&_journal_mode=OFF&_synchronous=OFF"
	// copyStep is how many pages are copied before somebody is asked whether to go on.
	copyStep = 1024
)

// copyTo copies all pages, in one transaction that reads.
func (r *Reader) copyTo(ctx context.Context, partial string, progress func(done, all int64)) (err error) {
	dest := connect(partial, copyParams)
	defer func() { err = errors.Join(err, classify(partial, dest.Close())) }()
	to, err := dest.Connx(ctx)
	if err != nil {
		return classify(partial, err)
	}
	defer to.Close()
	from, err := r.db.Connx(ctx)
	if err != nil {
		return classify(r.path, err)
	}
	defer from.Close()
	// What writes meanwhile would otherwise make SQLite begin anew after each step.
	tx, err := from.BeginTxx(context.WithoutCancel(ctx), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return classify(r.path, err)
	}
	defer func() { _ = tx.Rollback() }()
	c := &pageCopy{to: partial, progress: progress}
	if err := tx.GetContext(ctx, &c.size, "PRAGMA page_size"); err != nil {
		return classify(r.path, err)
	}
	var pages int64
	if err := tx.GetContext(ctx, &pages, "PRAGMA page_count"); err != nil {
		return classify(r.path, err)
	}
	if err := needRoom(filepath.Dir(partial), pages*c.size); err != nil {
		return err
	}
	return withDrivers(to, from, func(to, from *sqlite3.SQLiteConn) error { return c.run(ctx, to, from) })
}

// withDrivers gives the driver's own connections to do.
func withDrivers(a, b *sqlx.Conn, do func(a, b *sqlite3.SQLiteConn) error) error {
	return a.Raw(func(da any) error {
		return b.Raw(func(db any) error {
			ca, okA := da.(*sqlite3.SQLiteConn)
			cb, okB := db.(*sqlite3.SQLiteConn)
			if !okA || !okB {
				return fmt.Errorf("a connection of the driver is %T", da)
			}
			return do(ca, cb)
		})
	})
}

// pageCopy copies pages.
type pageCopy struct {
	to       string
	size     int64 // of a page
	progress func(done, all int64)
}

func (c *pageCopy) run(ctx context.Context, to, from *sqlite3.SQLiteConn) (err error) {
	b, err := to.Backup("main", from, "main")
	if err != nil {
		return classify(c.to, err)
	}
	defer func() {
		if failed := b.Close(); err == nil {
			err = classify(c.to, plainCode(failed))
		}
	}()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		done, err := b.Step(copyStep)
		if err != nil {
			return classify(c.to, plainCode(err))
		}
		if c.progress != nil {
			all := b.PageCount()
			c.progress(int64(all-b.Remaining())*c.size, int64(all)*c.size)
		}
		if done {
			return nil
		}
	}
}

// plainCode splits what the driver gives as one number: the copying functions return extended codes.
func plainCode(err error) error {
	if e := (sqlite3.Error{}); errors.As(err, &e) && e.Code > 0xff {
		return sqlite3.Error{Code: e.Code & 0xff, ExtendedCode: sqlite3.ErrNoExtended(e.Code)}
	}
	return err
}

// verifyCopy reads the whole copy.
func verifyCopy(ctx context.Context, partial string, known int) error {
	r, err := openReader(ctx, partial, frozenParams, 1, known)
	if err != nil {
		return err
	}
	defer r.Close()
	var found []string
	if err := r.db.SelectContext(ctx, &found, "PRAGMA quick_check(1)"); err != nil {
		return classify(partial, err)
	}
	if len(found) != 1 || found[0] != "ok" {
		return &Error{Path: partial, Kind: ErrCorrupt, Err: fmt.Errorf("the copy: %q", found)}
	}
	return nil
}

// syncFile makes the content of a file durable, and says how large it is.
func syncFile(path string) (int64, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), f.Sync()
}

// publish gives a file its name, and makes that durable.
func publish(from, to string, overwrite bool) error {
	if overwrite {
		if err := os.Rename(from, to); err != nil {
			return err
		}
		return syncDir(filepath.Dir(to))
	}
	// A link does not take the place of a file that appeared meanwhile, as a renaming would.
	switch err := os.Link(from, to); {
	case errors.Is(err, os.ErrExist):
		return ErrExists
	case err != nil: // some file systems have no links
		if err := os.Rename(from, to); err != nil {
			return err
		}
	default:
		if err := os.Remove(from); err != nil {
			return err
		}
	}
	return syncDir(filepath.Dir(to))
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
