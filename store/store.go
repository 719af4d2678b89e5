package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/jmoiron/sqlx"
)

// Reader reads a database. It never blocks a writer, and no writer blocks it. Its methods may be called from several
// goroutines.
type Reader struct {
	path string
	db   *sqlx.DB
}

// Store writes a database, and reads it. Its methods may be called from several goroutines; what they write is
// serialised.
type Store struct {
	*Reader
	w *sqlx.DB // one connection
}

// Options is how a database is opened.
type Options struct {
	// MustExist makes a missing database ErrNoDatabase. Otherwise it is created, readable by its owner alone.
	MustExist bool
	// Upgrading, if it is not nil, is called before a database of an earlier schema is brought to the present one, which
	// takes a minute where there are gigabytes.
	Upgrading func(from, to int)
}

// Open opens the database that dsn ("sqlite:PATH", relative to the working directory) names, for writing, creating it
// and bringing it to the present schema where necessary. Several processes may have it open; only the one that holds
// Lock may follow logs.
//
// Errors: *Error with its kinds, above all ErrNoDatabase, ErrNotPinwatch, ErrNewerSchema, ErrPermission, ErrFull; a
// *HeldError where the schema must be changed while another process works. A file that is not pinwatch's is left as it
// was.
func Open(ctx context.Context, dsn string, opts Options) (*Store, error) {
	steps, err := migrations()
	if err != nil {
		return nil, err
	}
	path, err := parsePath(dsn)
	if err != nil {
		return nil, err
	}
	if err := exists(path); err != nil {
		if opts.MustExist || !errors.Is(err, ErrNoDatabase) {
			return nil, err
		}
		if err := create(path); err != nil {
			return nil, err
		}
	}
	return open(ctx, path, opts, steps)
}

// open opens the file at path, which exists, and brings it to the schema that steps lead to.
func open(ctx context.Context, path string, opts Options, steps []string) (*Store, error) {
	have, err := probe(ctx, path, len(steps))
	if err != nil {
		return nil, err
	}
	if have == 0 && opts.MustExist {
		return nil, &Error{Path: path, Kind: ErrNoDatabase}
	}
	s := &Store{Reader: &Reader{path: path}, w: connect(path, writerParams)}
	s.w.SetMaxOpenConns(1)
	if have < len(steps) {
		if have > 0 && opts.Upgrading != nil {
			opts.Upgrading(have, len(steps))
		}
		err = s.upgrade(ctx, steps)
	}
	if err == nil {
		s.Reader, err = openReader(ctx, path, readerParams, len(steps), len(steps))
	}
	if err != nil {
		return nil, errors.Join(err, s.w.Close())
	}
	return s, nil
}

// OpenReader opens the database that dsn names, for reading only.
//
// Errors: *Error; ErrNoDatabase where there is none or nothing was ever written to it, ErrOlderSchema where it was not
// opened for writing since pinwatch was upgraded.
//
// A database that nobody has open can be read even where its directory may not be written.
func OpenReader(ctx context.Context, dsn string) (*Reader, error) {
	steps, err := migrations()
	if err != nil {
		return nil, err
	}
	path, err := parsePath(dsn)
	if err != nil {
		return nil, err
	}
	if err := exists(path); err != nil {
		return nil, err
	}
	return openToRead(ctx, path, len(steps), len(steps))
}

// openToRead opens the file at path, which exists, for reading only, if its schema is one from least to most.
func openToRead(ctx context.Context, path string, least, most int) (*Reader, error) {
	r, err := openReader(ctx, path, readerParams, least, most)
	if (errors.Is(err, ErrPermission) || errors.Is(err, ErrOpen)) && exists(path+"-wal") != nil {
		// A write-ahead log needs a file beside the database, even to be found empty. Without one there is nothing
		// but the database itself.
		return openReader(ctx, path, frozenParams, least, most)
	}
	return r, err
}

func openReader(ctx context.Context, path, params string, least, most int) (*Reader, error) {
	r := &Reader{path: path, db: connect(path, params)}
	have, err := identify(ctx, path, r.db, most)
	switch {
	case err != nil:
	case have == 0:
		err = &Error{Path: path, Kind: ErrNoDatabase}
	case have < least:
		err = &Error{Path: path, Kind: ErrOlderSchema, Err: fmt.Errorf("schema %d, needed is %d", have, least)}
	}
	if err != nil {
		return nil, errors.Join(err, r.db.Close())
	}
	return r, nil
}

// Close gives the database back.
func (r *Reader) Close() error { return r.db.Close() }

// Close gives the database back. The last one to do so leaves a single file behind.
func (s *Store) Close() error { return errors.Join(s.Reader.Close(), s.w.Close()) }

func connect(path, params string) *sqlx.DB {
	// sqlx.Open fails for an unknown driver only.
	return sqlx.MustOpen("sqlite3", source(path, params))
}

// exists fails unless there is a file at path.
func exists(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Error{Path: path, Kind: ErrNoDatabase}
	case errors.Is(err, fs.ErrPermission):
		return &Error{Path: path, Kind: ErrPermission, Err: err}
	case err != nil:
		return &Error{Path: path, Kind: ErrOpen, Err: err}
	case !info.Mode().IsRegular():
		return &Error{Path: path, Kind: ErrOpen, Err: errors.New("it is no file")}
	}
	return nil
}

// create makes an empty file, which is an empty database. SQLite can do that itself but does not say why it could not.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	}
	if err == nil {
		err = f.Close()
	}
	if kind := systemKind(err); err != nil && kind == nil {
		return &Error{Path: path, Kind: ErrOpen, Err: err}
	}
	return classify(path, err)
}

// write runs do in a transaction. Waiting for its turn can be called off; once begun, a transaction is short and is
// carried through, so that a connection is never torn from SQLite in the middle of a statement.
func (s *Store) write(ctx context.Context, do func(ctx context.Context, tx *sqlx.Tx) error) error {
	conn, err := s.w.Connx(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx = context.WithoutCancel(ctx)
	tx, err := conn.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // without effect after Commit
	if err := do(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// view runs do on one snapshot of the database.
func (r *Reader) view(ctx context.Context, do func(tx *sqlx.Tx) error) error {
	tx, err := r.db.BeginTxx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	return do(tx)
}

// fail says what could not be done. It passes nil on.
func (r *Reader) fail(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), classify(r.path, err))
}
