package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pinwatch/config"
)

// FuzzParse: whatever the file holds, reading ends with a configuration or with problems that can be told: each has a
// text, stands in the file, and shows nothing that a terminal would act on.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	bad, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, bad...) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("a: &a [*a, *a]\nwatch: *a\n"))
	f.Add([]byte("watch: &w [{name: example.com, keys: *w}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse(data, "pinwatch.yaml")
		if err == nil {
			_, _, err = c.Check()
		}
		var problems config.Problems
		if err != nil && (!errors.As(err, &problems) || len(problems) == 0) {
			t.Fatalf("an error that is no problem: %v", err)
		}
		lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + 2
		for _, p := range problems {
			if p.Text == "" || p.Line < 0 {
				t.Errorf("odd problem %+v", p)
			}
			if p.Line > lines+strings.Count(string(data), "\u0085")+strings.Count(string(data), "\u2028")+
				strings.Count(string(data), "\u2029") {
				t.Errorf("line %d of %d: %v", p.Line, lines, p)
			}
			if strings.ContainsFunc(p.Error()+p.Hint, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("control characters in %q", p.Error()+p.Hint)
			}
		}
	})
}
