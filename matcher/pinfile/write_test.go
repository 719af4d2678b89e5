package pinfile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pinwatch/matcher"
)

// pinsNamed makes pins with these labels.
func pinsNamed(labels ...string) []matcher.Pin {
	out := make([]matcher.Pin, 0, len(labels))
	for _, l := range labels {
		out = append(out, matcher.Pin{SPKI: sha256.Sum256([]byte("key " + l)), Label: l})
	}
	return out
}

func pinsUntil(end time.Time, labels ...string) []matcher.Pin {
	out := pinsNamed(labels...)
	until(out, end)
	return out
}

// sameEntries leaves out of a comparison what no format keeps. Labels are kept by some.
func sameEntries(labels bool) cmp.Options {
	o := cmp.Options{
		cmpopts.EquateEmpty(), cmpopts.IgnoreFields(Entry{}, "Line", "Names"), cmpopts.IgnoreFields(matcher.Pin{}, "Source"),
	}
	if !labels {
		o = append(o, cmpopts.IgnoreFields(matcher.Pin{}, "Label"))
	}
	return o
}

// TestRoundTrip writes entries that a format can express, and reads the same ones.
func TestRoundTrip(t *testing.T) {
	day := time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)
	chain := func(host string, scope matcher.Scope, labels ...string) Entry {
		return Entry{Host: host, Scope: scope, Dimension: Chain, Pins: pinsNamed(labels...)}
	}
	tests := []struct {
		format  Format
		labels  bool
		entries []Entry
	}{
		{Android, true, []Entry{
			{
				Host: "example.com", Dimension: Chain, Pins: pinsUntil(day, "first - A", "B & <B>"), Expires: day,
				Exclude: []string{"free.example.com", "own.example.com"},
			},
			chain("own.example.com", matcher.Subtree, "C", "D"),
			chain("www.example.net", matcher.Exact, "A", "B"),
		}},
		{TrustKit, false, []Entry{
			{Host: "example.com", Dimension: Chain, Pins: pinsUntil(day, "A", "B"), Expires: day, Exclude: []string{"free.example.com"}},
			{Host: "report.example.net", Scope: matcher.Exact, Dimension: Chain, Pins: pinsNamed("C", "D"), ReportOnly: true},
		}},
		{Apple, false, []Entry{
			{Host: "192.0.2.7", Scope: matcher.Exact, Dimension: Keys, Pins: pinsNamed("A")},
			{Host: "both.example.com", Scope: matcher.Exact, Dimension: Keys, Pins: pinsNamed("A", "B")},
			{Host: "both.example.com", Scope: matcher.Exact, Dimension: Chain, CA: true, Pins: pinsNamed("C")},
			{Host: "example.net", Scope: matcher.Exact, Dimension: Keys, Pins: pinsNamed("D")},
			{Host: "example.net", Scope: matcher.OneLabel, Dimension: Keys, Pins: pinsNamed("D"), Exclude: []string{"own.example.net"}},
			{Host: "own.example.net", Scope: matcher.Exact, Dimension: Chain, CA: true, Pins: pinsNamed("E")},
		}},
		{OkHttp, true, []Entry{
			chain("www.example.com", matcher.Exact, "A, of www", "B"),
			chain("example.net", matcher.OneLabel, "C"),
			chain("example.org", matcher.Subtree, "D #1"),
		}},
		{HPKP, false, []Entry{
			chain("example.com", matcher.Subtree, "A", "B"),
			chain("www.example.net", matcher.Exact, "A", "C"),
			chain("", matcher.Exact, "D", "E"),
			{Dimension: Chain, Pins: pinsNamed("F", "G"), ReportOnly: true},
		}},
		{TLSA, false, []Entry{
			{Host: "www.example.com", Scope: matcher.Exact, Dimension: Keys, Pins: pinsNamed("A", "B")},
			{Host: "ca.example.com", Scope: matcher.Exact, Dimension: Chain, CA: true, Pins: pinsNamed("C")},
			chain("any.example.com", matcher.Exact, "D", "E"),
		}},
		{JSON, true, []Entry{
			{
				Host: "example.com", Scope: matcher.OneLabel, Exclude: []string{"a.example.com"}, Dimension: Issuers, Set: "main",
				Pins: pinsUntil(day.Add(-time.Second), "A"), Forbidden: pinsNamed("B"), ReportOnly: true, Expires: day,
			},
			{Dimension: Chain, CA: true, Pins: pinsNamed("C")},
			{Dimension: Keys, Pins: []matcher.Pin{{SPKI: pinsNamed("D")[0].SPKI, Backup: true}}},
			{Host: "empty.example.com", Dimension: Keys},
		}},
	}
	for _, tt := range tests {
		t.Run(string(tt.format), func(t *testing.T) {
			data, remarks, err := Write(tt.format, tt.entries)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range remarks {
				if tt.format != TrustKit && r.Kind != FewPins { // TrustKit cannot take out what is below a name
					t.Errorf("remark: %s: %s", r.Kind, r.Error())
				}
			}
			set, err := Read(fileNames[tt.format], data, Options{})
			if err != nil {
				t.Fatalf("read what was written: %v\n%s", err, data)
			}
			if err := set.Err(); err != nil || set.Format != tt.format {
				t.Errorf("read as %s: %v", set.Format, err)
			}
			if diff := cmp.Diff(tt.entries, set.Entries, sameEntries(tt.labels)); diff != "" {
				t.Errorf("after a round trip (-want +got):\n%s\n%s", diff, data)
			}
		})
	}
}

// fileNames are usual names of files in the formats that can be written.
var fileNames = map[Format]string{
	Android: "network_security_config.xml", Apple: "Info.plist", TrustKit: "Info.plist", OkHttp: "pins.txt",
	HPKP: "headers.txt", TLSA: "zone.tlsa", JSON: "pins.json",
}

// awkward is what a configuration may hold that some target cannot express.
func awkward() []matcher.Watch {
	noon := time.Date(2027, 4, 1, 12, 0, 0, 0, time.UTC)
	begin := pinsNamed("next")
	begin[0].NotBefore = noon
	return []matcher.Watch{
		{Name: "example.com", Exclude: []string{"free.example.com"}, Keys: pinsNamed("A"), Issuers: pinsNamed("B"), Chain: pinsNamed("C")},
		{Name: "www.example.com", Scope: matcher.Exact, Keys: append(pinsNamed("D"), begin...)},
		{Name: "example.net", Scope: matcher.OneLabel, Chain: pinsUntil(noon, "E", "F")},
		{Name: "example.net", Scope: matcher.Exact, Chain: pinsUntil(noon, "E", "F")},
		{Name: "example.org", Scope: matcher.Exact, Issuers: append(pinsUntil(noon, "G"), pinsNamed("H")...)},
		{Name: "example.org", Scope: matcher.Subtree, Issuers: pinsNamed("G", "H")},
		{Name: "github.io", Chain: pinsNamed("I", "J")},
		{Name: "unpinned.example.com"},
	}
}

// TestWriteAwkward holds what is written of watches that no app can express, and what is said about it, to golden files.
func TestWriteAwkward(t *testing.T) {
	entries := FromWatches(awkward())
	entries = append(entries,
		Entry{Host: "192.0.2.7", Scope: matcher.Exact, Dimension: Keys, Pins: pinsNamed("K")},
		Entry{Dimension: Keys, Pins: pinsNamed("L")},
		Entry{Host: "bad.example.com", Dimension: Keys},
		Entry{Host: "report.example.com", Dimension: Chain, Pins: pinsNamed("M", "N"), ReportOnly: true, Forbidden: pinsNamed("O")},
	)
	for format, name := range fileNames {
		t.Run(string(format), func(t *testing.T) {
			data, remarks, err := Write(format, entries)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			b.Write(data)
			for _, r := range remarks {
				fmt.Fprintf(&b, "\n%s: %s", r.Kind, r.Error())
			}
			golden := filepath.Join("testdata", "written", string(format)+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("written as %s (-want +got):\n%s", format, diff)
			}
			if _, err := Read(name, data, Options{}); err != nil {
				t.Errorf("read what was written: %v", err)
			}
		})
	}
}

func TestWriteRefuses(t *testing.T) {
	hostless := []Entry{{Dimension: Keys, Pins: pinsNamed("A")}}
	for _, f := range []Format{Android, Apple, TrustKit, OkHttp, TLSA} {
		if _, remarks, err := Write(f, hostless); !errors.Is(err, ErrNothing) || len(remarks) != 1 || remarks[0].Kind != Refused {
			t.Errorf("%s of pins without a host: %v, %v", f, remarks, err)
		}
	}
	below := []Entry{{Host: "example.com", Scope: matcher.OneLabel, Dimension: Keys, Pins: pinsNamed("A")}}
	if _, _, err := Write(Apple, below); !errors.Is(err, ErrNothing) {
		t.Errorf("apple of the names below one alone: %v", err)
	}
	for _, f := range []Format{Curl, Chromium, Lines, PEM, DER, PKCS12, JWKS, "yaml"} {
		if _, _, err := Write(f, hostless); err == nil || errors.Is(err, ErrNothing) {
			t.Errorf("%s was written: %v", f, err)
		}
	}
}
