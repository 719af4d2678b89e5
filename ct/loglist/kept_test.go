package loglist

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Kept is what Load left, whatever became of the server since.
func TestKept(t *testing.T) {
	dir := t.TempDir()
	if l, err := Kept(source, dir, now); l != nil || err != nil {
		t.Errorf("before the first Load: %v, %v", l, err)
	}
	s := &server{bodies: map[string][]byte{source: testdata(t, "list.json")}}
	loaded := load(t, s, dir, now)
	s.down = errors.New("no route to host")
	later := now.Add(time.Hour)
	got, err := Kept(source, dir, later)
	if err != nil {
		t.Fatal(err)
	}
	want := &Loaded{List: loaded.List, Checked: now, Copy: loaded.Copy}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := os.Stat(got.Copy); err != nil {
		t.Error(err)
	}
	if l, err := Kept(source, "", later); l != nil || err != nil {
		t.Errorf("without a directory for copies: %v, %v", l, err)
	}
	if err := os.WriteFile(got.Copy, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := Kept(source, dir, later); l != nil || err == nil {
		t.Errorf("a damaged copy: %v, %v", l, err)
	}
	if _, err := Kept("http://192.0.2.1/list.json", dir, later); err == nil {
		t.Error("a list by http from another machine")
	}
}

// A file is its own copy.
func TestKeptFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.json")
	if err := os.WriteFile(path, testdata(t, "list.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{path, "file://" + path} {
		l, err := Kept(place, "", now)
		if err != nil || len(l.List.Logs) != 5 || l.Copy != "" {
			t.Errorf("%s: %+v, %v", place, l, err)
		}
	}
	if _, err := Kept(path+".none", "", now); err == nil {
		t.Error("no file")
	}
}
