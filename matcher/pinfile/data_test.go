package pinfile

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pinwatch/matcher"
)

const dataDir = "../../../shared/data/pins"

// counts is what a file holds: its hosts, its pins in the places where they are written, good or bad.
type tally struct{ hosts, pins int }

// countAll counts what matches in a text, comments taken out.
func countAll(text, comments, pattern string) int {
	if comments != "" {
		text = regexp.MustCompile(comments).ReplaceAllString(text, "")
	}
	return len(regexp.MustCompile(pattern).FindAllString(text, -1))
}

// written counts the pins that were read, each in the place where it is written, and the bad ones.
func written(p *Pinset) (c tally, bad int) {
	hosts, places := map[string]bool{}, map[string]bool{}
	for _, e := range p.Entries {
		hosts[e.Host] = true
		for _, pin := range e.Pins {
			places[pin.Source+pin.String()] = true
		}
	}
	for _, r := range p.Remarks {
		if r.Kind == BadPin {
			bad++
		}
	}
	return tally{len(hosts), len(places) + bad}, bad
}

// rawCounts count hosts and pins of the files of a folder without reading them as what they are. A comment in a
// configuration is none of its parts.
var rawCounts = map[string]func(text string) tally{
	"android-nsc/*.xml": func(text string) tally {
		const comment = `(?s)<!--.*?-->`
		text = regexp.MustCompile(comment).ReplaceAllString(text, "")
		hosts := 0
		for _, config := range regexp.MustCompile(`(?s)<domain-config.*?</domain-config>`).FindAllString(text, -1) {
			if strings.Contains(config, "<pin-set") {
				hosts += countAll(config, "", `<domain\b[^-]`)
			}
		}
		return tally{hosts, countAll(text, "", `<pin\s`)}
	},
	"ios-nspinneddomains/*.plist": func(text string) tally {
		_, pinned, _ := strings.Cut(text, "NSPinnedDomains")
		return tally{countAll(pinned, "", `<key>[^<]*\.[^<]*</key>`), countAll(pinned, "", `<string>[A-Za-z0-9+/]{43}=</string>`)}
	},
	"okhttp-host-pins.tsv": func(text string) tally {
		return tally{countAll(text, `(?m)^#.*$`, `(?m)^\S`), countAll(text, `(?m)^#.*$`, `sha256/`)}
	},
	"hpkp-tlsa/hpkp-headers.txt": func(text string) tally {
		return tally{1, countAll(text, `(?m)^#.*$`, `pin-sha256=`)} // the host of all of them is not written
	},
	"hpkp-tlsa/tlsa-records.txt": func(text string) tally {
		n := countAll(text, `(?m)^#.*$`, `(?i)\sTLSA\s`)
		return tally{n, n}
	},
	"hpkp-tlsa/known-bad-pins.txt": func(text string) tally {
		return tally{1, countAll(text, `(?m)^#.*$`, `(?m)^\S`)}
	},
	"chromium/*.pins": func(text string) tally {
		return tally{1, countAll(text, `(?m)^#.*$`, `-----BEGIN|(?m)^sha256/`)}
	},
}

// badPins are the mistakes among the real pins.
const badPins = `A{43}=|B{43}=|(ABCDEF)+|47DEQpj8|MCow`

// TestRealFiles imports every file of real pins, with the numbers of hosts and pins that are in it.
func TestRealFiles(t *testing.T) {
	if _, err := os.Stat(dataDir); err != nil {
		t.Skipf("no real data: %v", err)
	}
	counted := map[string]bool{}
	for pattern, raw := range rawCounts {
		paths, err := filepath.Glob(filepath.Join(dataDir, pattern))
		if err != nil || len(paths) == 0 {
			t.Errorf("%s: no files, %v", pattern, err)
		}
		for _, path := range paths {
			counted[path] = true
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files, err := Load(path, Options{})
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			got, bad := written(files[0].Pins)
			if want := raw(string(text)); got != want {
				t.Errorf("%s: %+v, want %+v", filepath.Base(path), got, want)
			}
			if placeholders := countAll(string(text), `(?s:<!--.*?-->)|(?m:^#.*$)`, badPins); bad != placeholders {
				t.Errorf("%s: %d bad pins, want %d", filepath.Base(path), bad, placeholders)
			}
			if _, err := matcher.New(Watches(files[0].Pins.Entries)); err != nil {
				t.Errorf("%s: its watches: %v", filepath.Base(path), err)
			}
		}
	}
	for _, path := range realFiles(t) {
		if !counted[path] && filepath.Ext(path) != ".json" { // those are counted below
			t.Errorf("%s is not counted", path)
		}
	}
}

// realFiles are all files of real pins.
func realFiles(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dataDir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "PROVENANCE.txt" && d.Name() != "SOURCES.tsv" {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Skipf("no real data: %v", err)
	}
	return out
}

// TestRealRoundTrips writes the pins of every real file in its own format, if that can be written, and in ours, and
// reads watches that mean the same.
func TestRealRoundTrips(t *testing.T) {
	written := map[Format]int{}
	for _, path := range realFiles(t) {
		files, err := Load(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		set := files[0].Pins
		for _, format := range []Format{set.Format, JSON} {
			if _, ok := targetOf(format); !ok && format != JSON {
				continue
			}
			data, _, err := Write(format, set.Entries)
			if err != nil && set.Err() != nil {
				continue // not one of its pins is real
			}
			if err != nil {
				t.Errorf("%s as %s: %v", filepath.Base(path), format, err)
				continue
			}
			again, err := Read(fileNames[format], data, Options{})
			if err != nil {
				t.Errorf("%s as %s: %v", filepath.Base(path), format, err)
				continue
			}
			want, got := Watches(pinnedOnly(set.Entries)), Watches(pinnedOnly(again.Entries))
			if diff := cmp.Diff(want, got, sameWatches()); diff != "" {
				t.Errorf("%s as %s (-want +got):\n%s", filepath.Base(path), format, diff)
			}
			written[format]++
		}
	}
	want := map[Format]int{Android: 8, Apple: 6, OkHttp: 1, HPKP: 1, TLSA: 1, JSON: 22}
	if diff := cmp.Diff(want, written); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

// pinnedOnly leaves out entries whose pins were all bad, which say nothing that could be written.
func pinnedOnly(entries []Entry) []Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return len(e.Pins) == 0 })
}

// sameWatches leaves out what only says where a pin was written and what it is called, and the order of watches.
func sameWatches() cmp.Options {
	return cmp.Options{
		cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Prefix{}), cmpopts.IgnoreFields(matcher.Pin{}, "Source", "Label"),
		cmpopts.SortSlices(func(a, b matcher.Watch) bool { return a.ID() < b.ID() }),
		cmpopts.SortSlices(func(a, b matcher.Pin) int { return bytes.Compare(a.SPKI[:], b.SPKI[:]) }),
	}
}

// TestChromiumLists counts the hosts of Chromium's lists, and the pins of every host.
func TestChromiumLists(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(dataDir, "chromium", "*.json"))
	if err != nil || len(paths) == 0 {
		t.Skip("no real data")
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := regexp.MustCompile(`(?m)^\s*//.*$`).ReplaceAllString(string(raw), "")
		keys, err := os.ReadFile(pinsName(path))
		if err != nil {
			t.Fatal(err)
		}
		known := map[string]bool{}
		for _, m := range regexp.MustCompile(`(?m)^([A-Z]\w+)\n-----BEGIN`).FindAllStringSubmatch(string(keys), -1) {
			known[m[1]] = true
		}
		perSet := map[string]int{}
		for _, m := range regexp.MustCompile(`(?s)"name": "(\w+)",\s*"static_spki_hashes": \[(.*?)\]`).FindAllStringSubmatch(text, -1) {
			perSet[m[1]] = 0
			for _, name := range regexp.MustCompile(`\w+`).FindAllString(m[2], -1) {
				if known[name] {
					perSet[m[1]]++
				}
			}
		}
		files, err := Load(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		set := files[0].Pins
		if want := countAll(text, "", `"pins": "`); len(set.Entries) != want || len(perSet) < 3 {
			t.Errorf("%s: %d hosts of %d sets, want %d", path, len(set.Entries), len(perSet), want)
		}
		for _, e := range set.Entries {
			if len(e.Pins) != perSet[e.Set] {
				t.Errorf("%s: %s has %d pins of the set %q, want %d", path, e.Host, len(e.Pins), e.Set, perSet[e.Set])
			}
		}
		if _, err := matcher.New(Watches(set.Entries)); err != nil {
			t.Errorf("%s: its watches: %v", path, err)
		}
	}
}
