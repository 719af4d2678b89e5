package policy_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/config"
	"pinwatch/matcher"
	"pinwatch/policy"
	"pinwatch/store"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// home is a directory with a configuration and what it names, and a database.
type home struct {
	testing.TB
	dir   string
	store *store.Store
	env   map[string]string
}

func newHome(t testing.TB) *home {
	t.Helper()
	h := &home{TB: t, dir: t.TempDir(), env: map[string]string{}}
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(h.dir, "p.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	h.store = s
	return h
}

func (h *home) write(name, text string) {
	h.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.Fatal(err)
	}
}

func (h *home) remove(name string) {
	h.Helper()
	if err := os.RemoveAll(filepath.Join(h.dir, name)); err != nil {
		h.Fatal(err)
	}
}

// load loads and saves the policy of a configuration whose watch list is given.
func (h *home) load(watches string, at time.Time) (*policy.Policy, error) {
	h.Helper()
	cfg, err := config.Parse([]byte("watch:\n"+watches), filepath.Join(h.dir, "pinwatch.yaml"))
	if err != nil {
		h.Fatal(err)
	}
	p, err := policy.Load(h.Context(), cfg, h.store.Reader, policy.Options{Now: at, Env: func(name string) (string, bool) {
		value, found := h.env[name]
		return value, found
	}})
	if err != nil {
		return nil, err
	}
	return p, p.Save(h.Context(), h.store, at)
}

// show lists the pins of a policy and its warnings, with file names without the directory.
func (h *home) show(p *policy.Policy, err error) []string {
	h.Helper()
	var out []string
	say := func(format string, args ...any) {
		out = append(out, strings.ReplaceAll(fmt.Sprintf(format, args...), h.dir+"/", ""))
	}
	problems, ok := errors.AsType[config.Problems](err)
	if err != nil && !ok {
		h.Fatal(err)
	}
	for _, problem := range problems {
		say("error: %s", problem.Error())
	}
	if p == nil {
		return out
	}
	for i := range p.Watchlist.Len() {
		w := p.Watchlist.Watch(i)
		for _, d := range []struct {
			name string
			pins []matcher.Pin
		}{{"keys", w.Keys}, {"issuers", w.Issuers}, {"chain", w.Chain}} {
			for _, pin := range d.pins {
				say("%s %s %s %s", w.ID(), d.name, names[pin.SPKI], pin.Source)
			}
		}
	}
	for _, w := range p.Warnings {
		say("%s: %s", w.Kind, w.Text)
	}
	return out
}

// The keys of these tests, by one letter each.
var names, pins = func() (map[[32]byte]string, map[string]string) {
	names, pins := map[[32]byte]string{}, map[string]string{}
	for letter := range strings.SplitSeq("abcdef", "") {
		spki := sha256.Sum256([]byte(letter))
		names[spki] = letter
		pins[letter] = matcher.FormatPin(spki)
	}
	return names, pins
}()

// lines is a file with a pin on each line.
func lines(keys ...string) string {
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintln(&b, pins[k])
	}
	return b.String()
}

// TestFilesThatCome: pins are read from files and directories, beside those of the configuration, with their source.
func TestFilesThatCome(t *testing.T) {
	h := newHome(t)
	h.write("a.pins", lines("a"))
	h.write("dir/b.pins", lines("b"))
	h.write("dir/c.pins", lines("b", "c"))
	watches := fmt.Sprintf(`
  - {name: example.com, keys: [%s], pins_from: [a.pins, dir]}
  - {name: example.net, pins_from: dir/*.pins}
  - {name: example.org}
`, pins["d"])
	want := []string{
		"example.com keys d pinwatch.yaml:3",
		"example.com keys a a.pins:1",
		"example.com keys b dir/b.pins:1",
		"example.com keys c dir/c.pins:2",
		"example.net keys b dir/b.pins:1",
		"example.net keys c dir/c.pins:2",
	}
	if diff := cmp.Diff(want, h.show(h.load(watches, noon))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFilesThatGo: what a file gave last stays in force, and every reading says so.
func TestFilesThatGo(t *testing.T) {
	const watches = "  - {name: example.com, pins_from: [a.pins, 'dir/*']}\n"
	const since = "; what it gave example.com at 2026-11-21T12:00:00Z stays in force (1 pin)"
	good := []string{"example.com keys a a.pins:1", "example.com keys b dir/b.pins:1", "example.com keys c dir/c.pins:1"}
	const short = `pin "sha256/AAAA" holds 3 bytes; a SHA-256 has 32`
	gone := "pins_kept: a.pins: no such file or directory" + since
	for _, tt := range []struct {
		name string
		do   func(h *home)
		want []string
	}{
		{"nothing happens", func(*home) {}, good},
		{"a file vanishes", func(h *home) { h.remove("a.pins") }, append(good[:3:3], gone)},
		{
			"a file is broken", func(h *home) { h.write("a.pins", "<html>") },
			append(good[:3:3], "pins_kept: a.pins:1: unexpected EOF"+since),
		},
		{
			"all pins in it are bad", func(h *home) { h.write("a.pins", "sha256/AAAA\n") },
			append(good[:3:3], "pins_lost: a.pins:1: "+short, "pins_kept: a.pins:1: "+short+since),
		},
		{
			"it is for another host", func(h *home) { h.write("a.pins", "example.net "+pins["a"]+"\n") },
			append(good[:3:3], "pins_kept: a.pins has no pins for example.com"+since,
				"host_unwatched: a.pins pins example.net, which no watch covers"),
		},
		{
			"one of several vanishes", func(h *home) { h.remove("dir/b.pins") },
			[]string{good[0], good[2], good[1], "pins_kept: dir/b.pins: it is gone" + since},
		},
		{
			"the directory vanishes", func(h *home) { h.remove("dir") },
			append(good[:3:3],
				"pins_kept: dir/b.pins: dir/*: no such file or directory"+since,
				"pins_kept: dir/c.pins: dir/*: no such file or directory"+since),
		},
		{
			"a file is renamed", func(h *home) { h.remove("dir/b.pins"); h.write("dir/z.pins", lines("b")) },
			[]string{good[0], good[2], "example.com keys b dir/z.pins:1"},
		},
		{
			"a file changes", func(h *home) { h.write("a.pins", lines("d")) },
			[]string{"example.com keys d a.pins:1", "example.com keys a a.pins:1, which holds it no more", good[1], good[2]},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHome(t)
			h.write("a.pins", lines("a"))
			h.write("dir/b.pins", lines("b"))
			h.write("dir/c.pins", lines("c"))
			if diff := cmp.Diff(good, h.show(h.load(watches, noon))); diff != "" {
				t.Fatalf("at first (-want +got):\n%s", diff)
			}
			tt.do(h)
			for range 2 { // the second time it is still said
				if diff := cmp.Diff(tt.want, h.show(h.load(watches, noon.Add(time.Hour)))); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
			h.write("a.pins", lines("a"))
			h.write("dir/b.pins", lines("b"))
			h.write("dir/c.pins", lines("c"))
			h.remove("dir/z.pins")
			got := slices.DeleteFunc(h.show(h.load(watches, noon.Add(2*time.Hour))), func(line string) bool { return strings.Contains(line, "no more") })
			if diff := cmp.Diff(good, got); diff != "" {
				t.Errorf("at last (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFilesThatNeverWere: a file that never gave pins is an error, with the line that names it.
func TestFilesThatNeverWere(t *testing.T) {
	h := newHome(t)
	h.write("broken.xml", "<html>")
	h.write("empty/readme.md", "nothing")
	h.write("other.txt", "**.example.net "+pins["a"]+"\n")
	got := h.show(h.load(`
  - name: example.com
    pins_from:
      - nosuch.pem
      - broken.xml
      - empty
  - {name: example.org, pins_from: other.txt}
`, noon))
	want := []string{
		"error: pinwatch.yaml:5: watch[0].pins_from: nosuch.pem: no such file or directory",
		"error: pinwatch.yaml:6: watch[0].pins_from: broken.xml:1: unexpected EOF",
		"error: pinwatch.yaml:7: watch[0].pins_from: empty: there are no files of keys or pins in it",
		"error: pinwatch.yaml:8: watch[1].pins_from: other.txt has no pins for example.org",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHosts: of a file that names hosts a watch takes what concerns it.
func TestHosts(t *testing.T) {
	h := newHome(t)
	h.write("pins.txt", strings.Join([]string{
		"example.com " + pins["a"], "*.example.com " + pins["b"], "deep.api.example.com " + pins["c"], "**.example.net " + pins["d"],
		"**.example.org " + pins["e"],
	}, "\n"))
	for watch, want := range map[string][]string{
		"{name: example.com}":                             {"a", "b", "c"},
		"{name: example.com, scope: exact}":               {"a"},
		"{name: api.example.com}":                         {"b", "c"},
		"{name: example.com, exclude: [api.example.com]}": {"a", "b"},
		"{name: www.example.net, scope: exact}":           {"d"},
		"{name: example.com, scope: one-label}":           {"b"},
		"{name: net.example}":                             nil,
		"{ip: 192.0.2.0/24}":                              nil,
	} {
		p, err := h.load("  - "+strings.TrimSuffix(watch, "}")+", pins_from: pins.txt}\n", noon)
		if (err != nil) != (want == nil) {
			t.Errorf("%s: %v", watch, err)
			continue
		}
		var got []string
		if p != nil {
			for _, pin := range p.Watchlist.Watch(0).Chain {
				got = append(got, names[pin.SPKI])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", watch, diff)
		}
	}
	got := h.show(h.load("  - {name: example.com, pins_from: pins.txt}\n  - {name: example.net}\n", noon))
	if want := "host_unwatched: pins.txt pins example.org, which no watch covers"; got[len(got)-1] != want {
		t.Errorf("got %q, want %q", got[len(got)-1], want)
	}
}

// TestHostsInDifferentWays: hosts that are pinned in different dimensions do not make one watch.
func TestHostsInDifferentWays(t *testing.T) {
	h := newHome(t)
	h.write("pins.zone", "_443._tcp.example.com. IN TLSA 3 1 1 "+hexOf("a")+"\n_443._tcp.api.example.com. IN TLSA 2 1 1 "+hexOf("b")+"\n")
	got := h.show(h.load("  - {name: example.com, pins_from: pins.zone}\n", noon))
	if len(got) != 1 || !strings.Contains(got[0], "which one watch cannot both ask for") {
		t.Errorf("got %q", got)
	}
	if got := h.show(h.load("  - {name: api.example.com, pins_from: pins.zone}\n", noon)); len(got) != 2 || !strings.HasPrefix(got[0], "api.example.com chain b") {
		t.Errorf("got %q", got)
	}
}

func hexOf(letter string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(letter))) }

// TestPassword: a variable that is not set is named, and never its value.
func TestPassword(t *testing.T) {
	data, err := os.ReadFile("../matcher/pinfile/testdata/modern.p12")
	if err != nil {
		t.Fatal(err)
	}
	h := newHome(t)
	h.write("keys.p12", string(data))
	const watches = "  - {name: example.com, pins_from: {file: keys.p12, password_env: P12}}\n"
	if got := h.show(h.load(watches, noon)); len(got) != 1 || !strings.Contains(got[0], "there is no variable P12 in the environment") {
		t.Errorf("without a password: %q", got)
	}
	h.env["P12"] = "hunter2"
	if got := h.show(h.load(watches, noon)); len(got) != 1 || !strings.Contains(got[0], "password does not fit") || strings.Contains(got[0], "hunter2") {
		t.Errorf("with a wrong password: %q", got)
	}
	h.env["P12"] = "pinwatch"
	if got := h.show(h.load(watches, noon)); len(got) != 1 || !strings.Contains(got[0], "example.com keys") {
		t.Errorf("with the password: %q", got)
	}
}

// TestNoRules: without files the watch list is that of the configuration, and what was known of files goes.
func TestNoRules(t *testing.T) {
	h := newHome(t)
	h.write("a.pins", lines("a"))
	if _, err := h.load("  - {name: example.com, pins_from: a.pins}\n", noon); err != nil {
		t.Fatal(err)
	}
	if got := h.show(h.load("  - {name: example.com}\n", noon)); got != nil {
		t.Errorf("got %q", got)
	}
	if files, err := h.store.PinFiles(t.Context()); err != nil || len(files) > 0 {
		t.Errorf("known: %v, %v", files, err)
	}
}
