package store

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gofrs/flock"
)

// HeldError says that another process holds the lock.
type HeldError struct {
	Path   string // of the lock file
	Holder string // what the holder said of itself; empty in the instant before it did
}

// Error names the lock file and its holder.
func (e *HeldError) Error() string {
	if e.Holder == "" {
		return e.Path + " is held by another process"
	}
	return fmt.Sprintf("%s is held by %s", e.Path, e.Holder)
}

// Lock makes this process the only one that follows logs into the database, until unlock is called or the process
// ends, however it ends. It does not wait: where another holds the lock, the error is a *HeldError. holder says who
// asks, in a few words for a person ("scan, since ..."); the process ID is added to it.
//
// The lock is flock(2) on a file beside the database, PATH.lock, which stays: a file that is removed while somebody
// waits for it would be locked twice. Reading and SetState need no lock.
func (s *Store) Lock(holder string) (unlock func() error, err error) {
	path := s.path + ".lock"
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, s.fail(err, "take the lock")
	case !ok:
		return nil, &HeldError{Path: path, Holder: readHolder(path)}
	}
	if err := writeHolder(path, fmt.Sprintf("process %d, %s\n", os.Getpid(), holder)); err != nil {
		_ = lock.Unlock()
		return nil, s.fail(err, "say who holds the lock")
	}
	return func() error {
		_ = writeHolder(path, "") // a courtesy: nobody reads it once the lock is free
		return s.fail(lock.Unlock(), "give up the lock")
	}, nil
}

func writeHolder(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) }

// readHolder is for a message: what cannot be read is left out.
func readHolder(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 256))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
