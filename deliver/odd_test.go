package deliver_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pinwatch/config"
	"pinwatch/deliver"
)

func TestOdd(t *testing.T) {
	for part, want := range map[string]int{
		"{type: stdout}": 0,
		"[{type: file, path: a}, {type: exec, command: b}, {type: file, name: c, path: c}]":                        0,
		"[{type: file, path: a}, {type: file, path: b}, {type: heartbeat, url: 'http://p/'}]":                      1,
		"{type: stdout, only: {watches: ['*.example.com'], labels: [prod, dev]}}":                                  1,
		"{type: stdout, only: {watches: ['=exact.example.org']}}":                                                  1,
		"[{type: stdout, only: {watches: ['=exact.example.org']}}, {type: file, path: f, only: {labels: [prod]}}]": 0,
		"[{type: stdout, only: {watches: ['=exact.example.org']}}, {type: file, path: f, only: {kinds: canary}}]":  1,
		"[{type: stdout, only: {watches: ['=exact.example.org']}}, {type: file, path: f, only: {severity: high}}]": 0,
		"{type: stdout, only: {labels: [produ]}}":                                                                  3,
		"{type: stdout, only: {watches: ['*.example.net']}}":                                                       3,
		"{type: stdout, only: {watches: ['*.example.org'], labels: [prod]}}":                                       3,
		"{type: stdout, only: {severity: high}}":                                                                   0,
	} {
		cfg, err := config.Parse([]byte("watch:\n  - {name: Shop.Example.COM., labels: [prod]}\n  - {name: exact.example.org, scope: exact}\nnotify: "+part+"\n"), "p.yaml")
		check(t, err)
		if odd := deliver.Odd(cfg); len(odd) != want || want > 0 && odd[0].Line == 0 {
			t.Errorf("%s: %v, want %d warnings", part, odd, want)
		}
	}
}

// TestOddNames: the names of a file are told of at once.
func TestOddNames(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"many.txt": "a.example.com\nb.example.com\nc.example.com\n192.0.2.1\n", "heard.txt": "a.example.net\n", "one.txt": "a.example.org\n",
		"pinwatch.yaml": `watch:
  - names_from: many.txt
  - {names_from: heard.txt, labels: [prod]}
  - names_from: one.txt
  - {name: b.example.org, labels: [lab]}
notify:
  - {type: file, path: f, only: {labels: [prod]}}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "pinwatch.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const why = ": none has an only: that fits"
	want := "pinwatch.yaml:5: watch[3]: no receiver is told of its findings" + why + "\n" +
		"many.txt: no receiver is told of the findings of 4 of its names, such as 192.0.2.1" + why + "\n" +
		"one.txt: a.example.org: no receiver is told of its findings" + why
	if got := strings.ReplaceAll(deliver.Odd(cfg).Error(), dir+"/", ""); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
