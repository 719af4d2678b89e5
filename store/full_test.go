package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
)

// smallDisk mounts a file system of a few megabytes, for which one has to be root.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a file system of its own is needed to fill it, and cannot be mounted: %v", err)
	}
	t.Cleanup(func() { must(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// stuff fills a disk to the last byte, and returns how to make room again.
func stuff(t *testing.T, dir string) (empty func()) {
	t.Helper()
	path := filepath.Join(dir, "stuff")
	f, err := os.Create(path)
	must(t, err)
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	must(t, f.Close())
	return func() { must(t, os.Remove(path)) }
}

// TestFullDisk wants everything that finds no room to say so and to leave the record as it was, and all to go on when
// there is room again.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, "24m")
	dsn := "sqlite:" + filepath.Join(dir, "pinwatch.db")
	s := reopen(t, dsn)
	run := started(t, s, logA)
	bulk(t, s, run, 0, 1000)
	s.w.MustExec("PRAGMA wal_checkpoint(TRUNCATE)")
	before := content(t, s)
	c := stretch(run, 1000, 1020).see(1001, 1, 9, unexpected("example.com"))
	c.Undetermined = []Undetermined{{Index: 1007, Leaf: make([]byte, 1<<20)}}
	r := Retention{Before: nextYear, Now: nextYear}
	for name, do := range map[string]func() error{
		"commit": func() error {
			_, err := s.Commit(t.Context(), c)
			return err
		},
		"prune": func() error {
			_, err := s.Prune(t.Context(), r, nil)
			return err
		},
		"vacuum": func() error {
			_, err := s.Vacuum(t.Context())
			return err
		},
		"backup": func() error {
			_, err := Backup(t.Context(), dsn, filepath.Join(dir, "copy.db"), BackupOptions{})
			return err
		},
	} {
		empty := stuff(t, dir)
		checkKind(t, name, do(), ErrFull)
		if diff := cmp.Diff(before, content(t, s)); diff != "" {
			t.Errorf("%s left something (-before +after):\n%s", name, diff)
		}
		empty()
		sound(t, s.Reader)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "copy*")); len(left) > 0 || err != nil {
		t.Errorf("it left %q, %v", left, err)
	}
	commit(t, s, c)
	for name, do := range map[string]func() error{
		"prune": func() error {
			_, err := s.Prune(t.Context(), r, nil)
			return err
		},
		"backup": func() error {
			_, err := Backup(t.Context(), dsn, filepath.Join(dir, "copy.db"), BackupOptions{})
			return err
		},
		"vacuum": func() error {
			_, err := s.Vacuum(t.Context())
			return err
		},
	} {
		if err := do(); err != nil {
			t.Errorf("%s with room again: %v", name, err)
		}
		sound(t, s.Reader)
	}
}

// TestFullDiskWhileUpgrading finds no room for a new schema.
func TestFullDiskWhileUpgrading(t *testing.T) {
	dir := smallDisk(t, "2m")
	text, err := os.ReadFile(filepath.Join("testdata", "version-1.sql"))
	must(t, err)
	path := filepath.Join(dir, "old.db")
	old := sqlx.MustOpen("sqlite3", path)
	old.MustExec(string(text))
	must(t, old.Close())
	before, err := os.ReadFile(path)
	must(t, err)
	empty := stuff(t, dir)
	_, err = Open(t.Context(), "sqlite:"+path, Options{})
	checkKind(t, "upgrade", err, ErrFull)
	_, err = OpenReader(t.Context(), "sqlite:"+path)
	if !errors.Is(err, ErrOlderSchema) && !errors.Is(err, ErrFull) {
		t.Errorf("a reader gets %v", err)
	}
	empty()
	after, err := os.ReadFile(path)
	must(t, err)
	if len(before) != len(after) {
		t.Errorf("the database had %d bytes and has %d", len(before), len(after))
	}
	sound(t, reopen(t, "sqlite:"+path).Reader)
}
