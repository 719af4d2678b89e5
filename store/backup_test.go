package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
)

// bulk fills a database with some megabytes.
func bulk(t testing.TB, s *Store, run int64, from, to uint64) {
	t.Helper()
	for at := from; at < to; at += 100 {
		c := stretch(run, at, at+100)
		for i := c.From; i < c.To; i++ {
			c.see(i, byte(i), 1, expected("example.com"))
			last := &c.Sightings[len(c.Sightings)-1]
			last.Issuance.TBSSHA256 = h(byte(i), byte(i>>8), byte(i>>16))
			last.Leaf = make([]byte, 2000)
		}
		commit(t, s, c)
	}
}

// copied opens a backup like any database.
func copied(t *testing.T, path string) *Reader {
	t.Helper()
	r, err := OpenReader(t.Context(), "sqlite:"+path)
	must(t, err)
	t.Cleanup(func() { must(t, r.Close()) })
	return r
}

// TestBackupDuringWrites commits after each step of the copy: the copy must be the record of when it began, and be
// finished.
func TestBackupDuringWrites(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	bulk(t, s, run, 0, 10_000)
	before := dump(t, s.w)
	to := filepath.Join(t.TempDir(), "copy.db")
	at, last := uint64(10_000), int64(0)
	size, err := Backup(t.Context(), "sqlite:"+s.path, to, BackupOptions{Progress: func(done, all int64) {
		if done < last || done > all {
			t.Errorf("%d bytes of %d are done after %d", done, all, last)
		}
		last = done
		bulk(t, s, run, at, at+100)
		at += 100
	}})
	must(t, err)
	if at < 10_300 {
		t.Errorf("there was one step, or two: nothing is proved; %d bytes", size)
	}
	info, err := os.Stat(to)
	must(t, err)
	if info.Mode() != 0o600 || info.Size() != size || size != last {
		t.Errorf("the copy has mode %v and %d bytes; %d were said, %d in the end", info.Mode(), info.Size(), size, last)
	}
	r := copied(t, to)
	sound(t, r)
	if dump(t, r.db) != before {
		t.Error("the copy is not the record of when it began")
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(to), "*.partial*"))
	must(t, err)
	if len(left) > 0 {
		t.Errorf("it left %q", left)
	}
	again := reopen(t, "sqlite:"+to) // a copy is a database to go on with
	bulk(t, again, run, 10_000, 10_100)
}

func TestBackupRefuses(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	dsn, dir := "sqlite:"+s.path, t.TempDir()
	there := filepath.Join(dir, "there")
	must(t, os.WriteFile(there, []byte("precious"), 0o600))
	must(t, os.Symlink(dir, filepath.Join(dir, "link")))
	must(t, os.Link(s.path, filepath.Join(dir, "linked.db")))
	must(t, os.Symlink(s.path, filepath.Join(dir, "symlinked.db")))
	used := filepath.Join(dir, "used.db")
	other, err := Open(t.Context(), "sqlite:"+used, Options{})
	must(t, err)
	for path, want := range map[string]error{
		there:                                 ErrExists,
		filepath.Join(dir, "link", "there"):   ErrExists,
		s.path:                                ErrOwnFile,
		s.path + "-wal":                       ErrOwnFile,
		s.path + ".lock":                      ErrOwnFile,
		filepath.Join(dir, "linked.db"):       ErrOwnFile,
		filepath.Join(dir, "symlinked.db"):    ErrExists,
		dir:                                   ErrOpen,
		filepath.Join(dir, "nowhere", "copy"): ErrOpen,
		filepath.Join(there, "copy"):          ErrOpen,
	} {
		if _, err := Backup(t.Context(), dsn, path, BackupOptions{}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	for _, path := range []string{s.path, s.path + "-wal", filepath.Join(dir, "linked.db"), used} {
		if _, err := Backup(t.Context(), dsn, path, BackupOptions{Overwrite: true}); !errors.Is(err, ErrOwnFile) {
			t.Errorf("overwriting %s: %v", path, err)
		}
	}
	text, err := os.ReadFile(there)
	if must(t, err); string(text) != "precious" {
		t.Error("a file that was there was overwritten")
	}
	must(t, other.Close())
	before := copied(t, used) // leaves its files there
	must(t, before.Close())
	for _, path := range []string{there, used} {
		_, err = Backup(t.Context(), dsn, path, BackupOptions{Overwrite: true})
		must(t, err)
		sound(t, copied(t, path))
	}
	_, err = Backup(t.Context(), dsn+".gone", filepath.Join(dir, "copy"), BackupOptions{})
	checkKind(t, "no database", err, ErrNoDatabase)
	must(t, os.WriteFile(filepath.Join(dir, "text"), []byte("this is no database, but text of some length"), 0o600))
	_, err = Backup(t.Context(), "sqlite:"+filepath.Join(dir, "text"), filepath.Join(dir, "copy"), BackupOptions{})
	checkKind(t, "a text", err, ErrNotPinwatch)
	commit(t, s, stretch(run, 0, 5))
	sound(t, s.Reader)
}

// TestBackupStops ends it in the middle, and lets another process be at the same copy.
func TestBackupStops(t *testing.T) {
	s := newStore(t)
	bulk(t, s, started(t, s, logA), 0, 5_000)
	to := filepath.Join(t.TempDir(), "copy.db")
	ctx, cancel := context.WithCancel(t.Context())
	var second error
	_, err := Backup(ctx, "sqlite:"+s.path, to, BackupOptions{Progress: func(int64, int64) {
		_, second = Backup(t.Context(), "sqlite:"+s.path, to, BackupOptions{})
		cancel()
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if held := new(HeldError); !errors.As(second, &held) {
		t.Errorf("a second one meanwhile gives %v", second)
	}
	for _, path := range []string{to, to + partialEnd} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
	// What one that was killed left behind is no hindrance.
	must(t, os.WriteFile(to+partialEnd, make([]byte, 100_000), 0o644))
	must(t, os.WriteFile(to+partialEnd+"-journal", make([]byte, 1000), 0o644))
	_, err = Backup(t.Context(), "sqlite:"+s.path, to, BackupOptions{})
	must(t, err)
	sound(t, copied(t, to))
}

// TestBackupOfOldVersions copies databases that were not upgraded yet, as one should before upgrading.
func TestBackupOfOldVersions(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "version-1.sql"))
	must(t, err)
	dir := t.TempDir()
	from, to := filepath.Join(dir, "old.db"), filepath.Join(dir, "copy.db")
	old := sqlx.MustOpen("sqlite3", from)
	old.MustExec(string(text))
	must(t, old.Close())
	_, err = Backup(t.Context(), "sqlite:"+from, to, BackupOptions{})
	must(t, err)
	was, err := os.ReadFile(from)
	must(t, err)
	is, err := os.ReadFile(to)
	must(t, err)
	if diff := cmp.Diff(len(was), len(is)); diff != "" {
		t.Error(diff)
	}
	var version int
	now := sqlx.MustOpen("sqlite3", fmt.Sprintf("file:%s?mode=ro", to))
	must(t, errors.Join(now.Get(&version, "PRAGMA user_version"), now.Close()))
	if version != 1 {
		t.Errorf("the copy has schema %d", version)
	}
	sound(t, reopen(t, "sqlite:"+to).Reader)
}

// TestVerifyCopy damages a copy.
func TestVerifyCopy(t *testing.T) {
	s := newStore(t)
	bulk(t, s, started(t, s, logA), 0, 1_000)
	to := filepath.Join(t.TempDir(), "copy.db")
	size, err := Backup(t.Context(), "sqlite:"+s.path, to, BackupOptions{})
	must(t, err)
	steps, err := migrations()
	must(t, err)
	must(t, verifyCopy(t.Context(), to, len(steps)))
	f, err := os.OpenFile(to, os.O_RDWR, 0)
	must(t, err)
	_, err = f.WriteAt(make([]byte, 3*4096), size/2&^4095)
	must(t, errors.Join(err, f.Close()))
	checkKind(t, "a damaged copy", verifyCopy(t.Context(), to, len(steps)), ErrCorrupt)
}
