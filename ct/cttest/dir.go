package cttest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// WriteDir writes what the log shows by static-ct-api into a directory, to be read behind a file: URL. A directory
// that holds an earlier state of the log is brought up to date; its checkpoint changes last.
func (l *Log) WriteDir(dir string) error {
	head := l.Head()
	for _, path := range l.paths(head.Size) {
		a, ok := l.find(path)
		if !ok {
			continue // a head of another size was published meanwhile
		}
		name := filepath.Join(dir, filepath.FromSlash(path))
		if err := replaceFile(name, a.body); err != nil {
			return fmt.Errorf("write the log %s: %w", l.config.Origin, err)
		}
		if l.config.DropPartial && !strings.Contains(path, ".p/") {
			if err := os.RemoveAll(name + ".p"); err != nil {
				return fmt.Errorf("write the log %s: %w", l.config.Origin, err)
			}
		}
	}
	if err := replaceFile(filepath.Join(dir, "checkpoint"), head.Raw); err != nil {
		return fmt.Errorf("write the log %s: %w", l.config.Origin, err)
	}
	return nil
}

// replaceFile writes a file so that nobody sees half of it.
func replaceFile(name string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(name+".new", body, 0o644); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
