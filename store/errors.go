package store

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// The kinds of failure that a person can do something about. They stand in Error.Kind; ask with errors.Is.
var (
	ErrDSN         = errors.New("no usable data source name")
	ErrNoDatabase  = errors.New("no database there yet")
	ErrNotPinwatch = errors.New("not a pinwatch database")
	ErrNewerSchema = errors.New("written by a newer pinwatch")
	ErrOlderSchema = errors.New("written by an older pinwatch and not upgraded yet")
	ErrOpen        = errors.New("cannot open the database")
	ErrPermission  = errors.New("no permission, or a read-only file system")
	ErrFull        = errors.New("no space left")
	ErrBusy        = errors.New("another process keeps writing to the database")
	ErrCorrupt     = errors.New("the database is damaged")
	ErrIO          = errors.New("the disk failed")
)

// What a caller can do wrong.
var (
	ErrUnknownLog = errors.New("log is not in the store")
	ErrStarted    = errors.New("log has its start already")
	ErrNotStarted = errors.New("log has no start yet")
)

// Error is a failure of the database as a whole.
type Error struct {
	Path string // of the database; the whole data source name for ErrDSN
	Kind error  // one of the variables above
	Err  error  // what was reported; nil where the kind says all
}

// Error names the database, the kind and what was reported.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %v", e.Path, e.Kind)
	}
	return fmt.Sprintf("%s: %v: %v", e.Path, e.Kind, e.Err)
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error { return []error{e.Kind, e.Err} }

// GapError says that a stretch does not begin at the log's position. Nothing of it was written.
type GapError struct {
	LogID              [32]byte
	Position, From, To uint64
}

// Error names the position and the stretch.
func (e *GapError) Error() string {
	return fmt.Sprintf("entries [%d, %d) do not continue position %d", e.From, e.To, e.Position)
}

// UnknownFindingError says that no finding has this ID or prefix.
type UnknownFindingError struct{ ID string }

// Error names the ID.
func (e *UnknownFindingError) Error() string { return fmt.Sprintf("no finding has the ID %q", e.ID) }

// AmbiguousFindingError says that several findings have IDs with this prefix.
type AmbiguousFindingError struct {
	Prefix string
	IDs    []string // the first few
}

// Error names the prefix and two of the IDs.
func (e *AmbiguousFindingError) Error() string {
	return fmt.Sprintf("several findings have an ID that begins with %q: %s, %s, ...", e.Prefix, e.IDs[0], e.IDs[1])
}

// wOK is W_OK of access(2): may the file be written?
const wOK = 2

// classify makes an Error of what SQLite or the file system reports, if it is of one of the kinds.
func classify(path string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	kind := systemKind(err)
	if e := (sqlite3.Error{}); errors.As(err, &e) {
		kind = sqliteKind(e)
		// Where SQLite cannot make a file beside the database, it reports what its last try, to open without writing,
		// came to: that there is no such file.
		if errors.Is(kind, ErrOpen) && errors.Is(systemKind(syscall.Access(filepath.Dir(path), wOK)), ErrPermission) {
			kind = ErrPermission
		}
	}
	if kind == nil {
		return err
	}
	return &Error{Path: path, Kind: kind, Err: err}
}

// sqliteKind sorts SQLite's result codes (sqlite.org/rescode.html).
func sqliteKind(e sqlite3.Error) error {
	switch e.Code {
	case sqlite3.ErrFull:
		return ErrFull
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return ErrPermission
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return ErrBusy
	case sqlite3.ErrCorrupt:
		return ErrCorrupt
	case sqlite3.ErrNotADB:
		return ErrNotPinwatch
	case sqlite3.ErrIoErr, sqlite3.ErrCantOpen:
		if kind := systemKind(e.SystemErrno); kind != nil {
			return kind
		}
		if e.Code == sqlite3.ErrCantOpen {
			return ErrOpen
		}
		return ErrIO
	}
	return nil
}

// systemKind sorts the errors of files.
func systemKind(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return ErrFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return ErrPermission
	case errors.Is(err, syscall.EIO):
		return ErrIO
	}
	return nil
}
