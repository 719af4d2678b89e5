package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/config"
	"pinwatch/matcher"
)

// written writes files into a directory, and loads pinwatch.yaml of them.
func written(t *testing.T, files map[string]string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(filepath.Join(dir, "pinwatch.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func watched(l *matcher.Watchlist) []string {
	var out []string
	for i := range l.Len() {
		out = append(out, l.Watch(i).ID())
	}
	return out
}

// TestNames: files of names are watched with what is said of them all, and their labels are found by the watch.
func TestNames(t *testing.T) {
	c := written(t, map[string]string{
		"pinwatch.yaml": `
watch:
  - {name: own.example, labels: [ours]}
  - {names_from: a.txt, issuers: [sha256/nnPXHtj49ptOuMFGWisr1sDQ9/Xq7wposXbQpyQ4BNA=], labels: [customers]}
  - {name: other.example}
  - {names_from: b.txt, emails: true}
`,
		"a.txt": "own.example\na.example\n192.0.2.1\n",
		"b.txt": "b.example\nb.example\ncom\n",
	})
	c.AddNames(config.Names{Path: filepath.Join(filepath.Dir(c.Path), "c.txt")})
	c.AddWatches(matcher.Watch{Name: "flag.example"})
	if err := os.WriteFile(filepath.Join(filepath.Dir(c.Path), "c.txt"), []byte("=c.example"), 0o644); err != nil {
		t.Fatal(err)
	}
	l, odd, err := c.Watchlist()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"own.example", "other.example", "flag.example", "a.example", "b.example", "com", "=c.example", "192.0.2.1"}
	if diff := cmp.Diff(want, watched(l)); diff != "" {
		t.Error(diff)
	}
	var said []string
	for _, p := range odd {
		said = append(said, strings.TrimPrefix(p.Error(), filepath.Dir(c.Path)+"/"))
	}
	if len(said) != 8 || !strings.HasPrefix(said[5], "b.txt:3: com is a public suffix") || said[7] != "b.txt:2: stands there before: each of 1 such lines counts once" {
		t.Errorf("%q", said)
	}
	labels := c.Labels(l)
	for id, want := range map[string]string{"own.example": "ours", "a.example": "customers", "192.0.2.1": "customers", "b.example": "", "gone.example": ""} {
		if got := strings.Join(labels.Of(id), " "); got != want {
			t.Errorf("labels of %s: %q", id, got)
		}
	}
	if i, _ := l.Find("a.example"); len(l.Watch(i).Issuers) != 1 || l.Watch(i).Emails {
		t.Errorf("%+v", l.Watch(i))
	}
	if i, _ := l.Find("b.example"); !l.Watch(i).Emails {
		t.Errorf("%+v", l.Watch(i))
	}
	if again, _, _ := c.Watchlist(); again != l {
		t.Error("it is made anew each time")
	}
}

// TestNamesFlags: a file that a flag names is told of without the configuration, and no watch is needed besides.
func TestNamesFlags(t *testing.T) {
	c := config.Default()
	c.Contact = "security@example.com"
	c.AddNames(config.Names{Path: "nosuch.txt"})
	_, _, err := c.Check()
	if diff := cmp.Diff("there is no file \"nosuch.txt\"", err.Error()); diff != "" {
		t.Error(diff)
	}
	file := filepath.Join(t.TempDir(), "names.txt")
	if err := os.WriteFile(file, []byte("example.com"), 0o644); err != nil {
		t.Fatal(err)
	}
	c = config.Default()
	c.Contact = "security@example.com"
	c.AddNames(config.Names{Path: file})
	if _, _, err := c.Check(); err != nil {
		t.Error(err)
	}
}

// TestNamesOnce: a watch under watch: takes the place of its line, since whoever wrote it wants that. Flags and a canary, which
// have no pins of their own, would quietly take away those that the file has.
func TestNamesOnce(t *testing.T) {
	const watches = "watch: [{names_from: a.txt, issuers: [sha256/nnPXHtj49ptOuMFGWisr1sDQ9/Xq7wposXbQpyQ4BNA=]}]\n"
	for _, test := range []struct {
		name, more string
		flag, file string
		want       string
	}{
		{"a flag", "", "a.example.com", "", "a.example.com stands in a.txt, too"},
		{"a flag and a file of a flag", "", "b.example.com", "b.txt", ""},
		{"a canary", "canary: a.example.com\n", "", "", "pinwatch.yaml:2: canary: a.example.com stands in a.txt, too"},
		{"a canary elsewhere", "canary: c.example.com\n", "", "", ""},
	} {
		c := written(t, map[string]string{
			"pinwatch.yaml": watches + test.more, "a.txt": "example.com\na.example.com", "b.txt": "b.example.com",
		})
		dir := filepath.Dir(c.Path) + "/"
		if test.flag != "" {
			c.AddWatches(matcher.Watch{Name: test.flag})
		}
		if test.file != "" {
			c.AddNames(config.Names{Path: dir + test.file})
		}
		_, _, err := c.Watchlist()
		got := ""
		if err != nil {
			got = strings.ReplaceAll(err.Error(), dir, "")
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestLabelsEqual: labels are compared by what has them.
func TestLabelsEqual(t *testing.T) {
	labels := func(watch string) *config.Labels {
		c := written(t, map[string]string{"pinwatch.yaml": "watch:\n" + watch, "names.txt": "example.com"})
		list, _, err := c.Watchlist()
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Names {
			c.Names[i].Path = filepath.Base(c.Names[i].Path) // they lie in directories of their own
		}
		return c.Labels(list)
	}
	one := labels("  - {name: a.example, labels: [x]}\n  - {name: b.example}\n  - {names_from: names.txt, labels: [y]}")
	for _, same := range []string{
		"  - {name: b.example}\n  - {name: a.example, labels: [x]}\n  - {names_from: names.txt, labels: [y]}",
		"  - {names_from: names.txt, labels: [y]}\n  - {name: a.example, labels: [x]}",
	} {
		if !one.Equal(labels(same)) {
			t.Errorf("%s: differs", same)
		}
	}
	for _, other := range []string{
		"  - {name: a.example, labels: [x]}\n  - {names_from: names.txt, labels: [z]}",
		"  - {name: a.example, labels: [x]}\n  - {names_from: names.txt}",
		"  - {name: b.example, labels: [x]}\n  - {names_from: names.txt, labels: [y]}",
		"  - {name: a.example, labels: [x]}\n  - {name: b.example, labels: [x]}\n  - {names_from: names.txt, labels: [y]}",
	} {
		if one.Equal(labels(other)) {
			t.Errorf("%s: does not differ", other)
		}
	}
}
