package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const committed = "../../../testdata/demo"

// TestCommittedDemo generates the demo anew: the bytes must be those in the repository.
func TestCommittedDemo(t *testing.T) {
	dir := t.TempDir()
	if err := newDemo().write(dir); err != nil {
		t.Fatal(err)
	}
	got, want := files(t, dir), files(t, committed)
	for name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("%s is no longer generated", name)
		}
	}
	for name, body := range got {
		switch {
		case bytes.Equal(body, want[name]):
		case strings.HasPrefix(name, "log/"):
			t.Errorf("%s differs: go generate ./ct/cttest/demo", name)
		default:
			t.Errorf("%s (-generated +committed):\n%s", name, cmp.Diff(string(body), string(want[name])))
		}
	}
}

// files reads a directory, the databases that scans leave there excepted.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.Contains(path, ".db") {
			return err
		}
		out[path], err = os.ReadFile(filepath.Join(dir, path))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestActsStandWhereTheManifestSays(t *testing.T) {
	d := newDemo()
	if got := d.log.Size(); got != size {
		t.Fatalf("%d entries, want %d", got, size)
	}
	for _, a := range d.acts {
		if leaf := d.log.Leaf(a.index); !bytes.Equal(leaf.Cert, a.leaf.Cert) || leaf.Type != a.leaf.Type {
			t.Errorf("entry %d is not %q", a.index, a.note)
		}
	}
}

func TestDemoIsSmall(t *testing.T) {
	total := 0
	for _, body := range files(t, committed) {
		total += len(body)
	}
	if total > 1_500_000 {
		t.Errorf("the demo takes %d bytes of the repository, more than 1.5 MB", total)
	}
}

func TestBigLogComesWithItsConfiguration(t *testing.T) {
	dir := t.TempDir()
	if err := writeBig(dir, 300); err != nil {
		t.Fatal(err)
	}
	got := files(t, dir)
	if checkpoint := string(got["log/checkpoint"]); !strings.HasPrefix(checkpoint, "big-log.example/2026\n300\n") {
		t.Errorf("checkpoint\n%s", checkpoint)
	}
	if text := string(got["pinwatch.yaml"]); strings.Count(text, "sha256/") != 2 || !strings.Contains(text, "file:log/") {
		t.Errorf("configuration\n%s", text)
	}
}
