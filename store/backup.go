package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
)

// ErrExists says that there is a file already where a backup should go.
var ErrExists = errors.New("there is a file already")

// ErrOwnFile says that a backup should go where a database keeps its own files.
var ErrOwnFile = errors.New("a database keeps its own files there")

// BackupOptions are what Backup need not be told.
type BackupOptions struct {
	Overwrite bool                  // take the place of a file that is there
	Progress  func(done, all int64) // is told of bytes; may be nil
}

// Backup copies the database that dsn names to a new file at path, readable by its owner alone, and returns its size in
// bytes. The copy is the record of one moment, however much is written meanwhile: all pages are read in one transaction,
// which holds nobody up. It is checked, and durable under its name when Backup returns; until then it is written beside
// it, as PATH.partial, and what an earlier Backup left there when it was killed is used again. A database that was not
// upgraded yet is copied as it is.
//
// Errors: *Error of the database or of the copy; ErrExists, ErrOwnFile; a *HeldError where another process writes the
// same copy.
func Backup(ctx context.Context, dsn, path string, opts BackupOptions) (size int64, err error) {
	steps, err := migrations()
	if err != nil {
		return 0, err
	}
	from, err := parsePath(dsn)
	if err != nil {
		return 0, err
	}
	to, err := backupPath(from, path)
	if err != nil {
		return 0, fmt.Errorf("back up to %s: %w", path, err)
	}
	if err := exists(from); err != nil {
		return 0, err
	}
	r, err := openToRead(ctx, from, 1, len(steps))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	size, err = r.backup(ctx, to, len(steps), opts)
	if err != nil {
		return 0, fmt.Errorf("back up to %s: %w", path, err)
	}
	return size, nil
}

// ownFiles are the ends of the names of files beside a database that are its own.
var ownFiles = []string{"", "-wal", "-shm", "-journal", ".lock"}

// partialEnd ends the name of a copy that is not complete.
const partialEnd = ".partial"

// backupPath resolves the path of a copy, and refuses one that would destroy a database.
func backupPath(database, path string) (string, error) {
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", &Error{Path: path, Kind: ErrOpen, Err: err}
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	to := filepath.Join(dir, filepath.Base(path))
	for _, end := range ownFiles {
		if slices.Contains([]string{to, to + partialEnd}, database+end) {
			return "", ErrOwnFile
		}
	}
	info, err := os.Lstat(to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return to, nil
	case err != nil:
		return "", &Error{Path: path, Kind: ErrOpen, Err: err}
	case info.IsDir():
		return "", &Error{Path: path, Kind: ErrOpen, Err: errors.New("it is a directory")}
	}
	if own, err := os.Stat(database); err == nil && os.SameFile(own, info) {
		return "", ErrOwnFile
	}
	return to, nil
}

// backup copies to a file beside to, and gives it that name in the end.
func (r *Reader) backup(ctx context.Context, to string, known int, opts BackupOptions) (size int64, err error) {
	if _, err := os.Lstat(to); err == nil && !opts.Overwrite {
		return 0, ErrExists
	}
	if inUse(ctx, to) {
		return 0, ErrOwnFile
	}
	partial := to + partialEnd
	unlock, err := claim(partial)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(partial)
		}
		err = errors.Join(err, unlock())
	}()
	if err := r.copyTo(ctx, partial, opts.Progress); err != nil {
		return 0, err
	}
	if err := verifyCopy(ctx, partial, known); err != nil {
		return 0, err
	}
	if size, err = syncFile(partial); err != nil {
		return 0, classify(partial, err)
	}
	return size, classify(to, publish(partial, to, opts.Overwrite))
}

// inUse says whether changes lie beside a file, or may. A copy that takes its place would get them. What a database left
// that nobody has open any more is taken in by opening it once.
func inUse(ctx context.Context, path string) bool {
	wal := path + "-wal"
	if _, err := os.Lstat(wal); err != nil {
		return false
	}
	db := connect(path, probeParams)
	_, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	if errors.Join(err, db.Close()) != nil {
		return true
	}
	_, err = os.Lstat(wal)
	return err == nil
}

// claim makes an empty file that no other process copies to as long as this one does. The lock is on the file itself:
// one beside it would stay behind.
func claim(partial string) (unlock func() error, err error) {
	lock := flock.New(partial, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, classify(partial, err)
	case !ok:
		return nil, &HeldError{Path: partial}
	}
	err = os.Remove(partial + "-journal")
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err = errors.Join(err, os.Truncate(partial, 0), os.Chmod(partial, 0o600)); err != nil {
		return nil, errors.Join(classify(partial, err), lock.Unlock())
	}
	return lock.Unlock, nil
}
