package config

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestReadWhileWritten: half of a list has no mistake in it, but the file that it is read from changes.
func TestReadWhileWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "names.txt")
	for name, change := range map[string]func() error{
		"nothing":          func() error { return nil },
		"it is renamed":    func() error { return os.Rename(path, path+".old") },
		"it grows":         func() error { return os.WriteFile(path, []byte("example.com\nexample.net\n"), 0o600) },
		"it is as long":    func() error { return os.Chtimes(path, time.Time{}, time.Unix(0, 0)) },
		"it is cut to end": func() error { return os.Truncate(path, 0) },
	} {
		if err := os.WriteFile(path, []byte("example.com\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = readWhole(f, changing{f, change})
		if refused := err != nil; refused != (name != "nothing" && name != "it is renamed") {
			t.Errorf("%s: %v", name, err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// changing reads, and then changes what it read from.
type changing struct {
	io.Reader
	change func() error
}

func (c changing) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	if n > 0 {
		if err := c.change(); err != nil {
			return n, err
		}
	}
	return n, err
}
