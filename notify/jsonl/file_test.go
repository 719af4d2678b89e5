package jsonl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func tell(t *testing.T, n *Notifier) {
	t.Helper()
	m := notifytest.Samples()[0]
	if err := n.Notify(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pinwatch.jsonl")
	n := newNotifier(t, Config{Path: path})
	tell(t, n)
	tell(t, n)
	if lines := strings.Count(read(t, path), "\n"); lines != 2 {
		t.Errorf("%d lines", lines)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// TestRotation: the file may be renamed, cut to nothing, removed, or made anew by others between two messages.
func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	n := newNotifier(t, Config{Path: path})
	tell(t, n)
	line := read(t, path)
	steps := []struct {
		name string
		do   func() error
	}{
		{"renamed", func() error { return os.Rename(path, path+".1") }},
		{"removed", func() error { return os.Remove(path) }},
		{"cut", func() error { return os.Truncate(path, 0) }},
		{"made anew", func() error {
			return os.WriteFile(path+".new", nil, 0o640)
		}},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if step.name == "made anew" {
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		}
		tell(t, n)
		if got := read(t, path); got != line {
			t.Errorf("%s: the file has %q", step.name, got)
		}
	}
	if got := read(t, path+".1"); got != line {
		t.Errorf("the rotated file has %q", got)
	}
}

// TestHeal: a line that a crash has cut stays alone, and the next is whole.
func TestHeal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	n := newNotifier(t, Config{Path: path})
	tell(t, n)
	whole := read(t, path)
	for _, cut := range []int{1, len(whole) / 2, len(whole) - 1} {
		if err := os.WriteFile(path, []byte(whole+whole[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		tell(t, n)
		if got, want := read(t, path), whole+whole[:cut]+"\n"+whole; got != want {
			t.Errorf("cut after %d bytes: %q", cut, got)
		}
	}
}

// TestFullDisk: on a disk that is full in the middle of a line the message is not taken, and comes whole later. A limit on
// the size of files stands for the disk.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	n := newNotifier(t, Config{Path: path})
	tell(t, n)
	whole := read(t, path)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	full := syscall.Rlimit{Cur: uint64(len(whole) + 100), Max: old.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		t.Fatal(err)
	}
	m := notifytest.Samples()[0]
	err := n.Notify(t.Context(), &m)
	if restore := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); restore != nil {
		t.Fatal(restore)
	}
	if err == nil || notify.IsPermanent(err) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	tell(t, n)
	if got, want := read(t, path), whole+whole[:100]+"\n"+whole; got != want {
		t.Errorf("the file has %q", got)
	}
}

// TestBadFiles: what is no regular file any more is an error that passes, and a pipe is not waited for.
func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	m := notifytest.Samples()[0]
	path := filepath.Join(dir, "log")
	n := newNotifier(t, Config{Path: path})
	for name, spoil := range map[string]func() error{
		"pipe":      func() error { return syscall.Mkfifo(path, 0o600) },
		"directory": func() error { return os.Mkdir(path, 0o700) },
		"loop":      func() error { return os.Symlink(path, path) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if err := n.Notify(t.Context(), &m); err == nil || notify.IsPermanent(err) {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	tell(t, n)
}

// TestTwoWriters: two programs that write to one file do not mix their lines.
func TestTwoWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	var group sync.WaitGroup
	const writers, messages = 4, 25
	for w := range writers {
		n := newNotifier(t, Config{Path: path, Format: ECS})
		group.Go(func() {
			for i := range messages {
				m := notifytest.Hostile()
				m.ID = fmt.Sprintf("%d-%d", w, i)
				if err := n.Notify(t.Context(), &m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for line := range bytes.Lines([]byte(read(t, path))) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue // another's line was half there when its end was looked at
		}
		var d document
		if err := json.Unmarshal(line, &d); err != nil {
			t.Fatalf("%v in %.100q", err, line)
		}
		seen[d.Event.ID] = true
	}
	if len(seen) != writers*messages {
		t.Errorf("%d messages are in the file", len(seen))
	}
}
