package certscan_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/certscan"
)

// TestTileNames compares what is read of a real log with the names tiles that the log itself serves.
func TestTileNames(t *testing.T) {
	entries := tileEntries(t)
	if len(entries) == 0 {
		t.Skip("the tiles of navigli2025h2 are not there")
	}
	paths, err := filepath.Glob(filepath.Join(sharedData, "logs/navigli2025h2/tile/names/*"))
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		Timestamp uint64
		Subject   struct{ CommonName string }
		DNS       []string
	}
	var s certscan.Scanner
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); entries = entries[1:] {
			var want line
			if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
				t.Fatal(err)
			}
			c := s.TBS(entries[0].Cert)
			got := line{Timestamp: entries[0].Timestamp, DNS: values(c, certscan.DNSName)}
			if cns := values(c, certscan.CommonName); len(cns) > 0 {
				got.Subject.CommonName = cns[0]
			}
			if diff := cmp.Diff(want, got); diff != "" || c.Problems != 0 {
				t.Errorf("%s (-log +read), problems %q:\n%s", path, c.Problems, diff)
			}
			if identity(sample{der: entries[0].Precert}) != c.Identity() {
				t.Errorf("%s: the entry at %d and its precertificate are not one issuance", path, got.Timestamp)
			}
		}
	}
	if len(entries) != 0 {
		t.Errorf("%d entries have no names", len(entries))
	}
}

// TestLiveNames compares real get-entries rows with the names that another tool read of them.
func TestLiveNames(t *testing.T) {
	const file = "logs/live-2026-05/entries.json"
	data, err := os.ReadFile(filepath.Join(sharedData, file))
	if err != nil {
		t.Skip(err)
	}
	var rows []struct {
		Leaf     []byte `json:"leaf_input"`
		Expected string `json:"expected_domains_only"`
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	var s certscan.Scanner
	for _, row := range rows {
		var want struct{ Data []string }
		if err := json.Unmarshal([]byte(row.Expected), &want); err != nil {
			t.Fatal(err)
		}
		c := scan(&s, binarySamples(file, row.Leaf)[0])
		got := append(values(c, certscan.DNSName), values(c, certscan.CommonName)...)
		slices.Sort(got)
		slices.Sort(want.Data)
		if diff := cmp.Diff(slices.Compact(want.Data), slices.Compact(got)); diff != "" {
			t.Errorf("(-expected +read):\n%s", diff)
		}
	}
}

// TestIncidents reads the certificates that this program exists for.
func TestIncidents(t *testing.T) {
	want := map[string]int{
		"addons.mozilla.org": 1, "global trustee": 1, "login.live.com": 1, "login.skype.com": 1, "login.yahoo.com": 3,
		"mail.google.com": 1, "www.google.com": 2, "google.com": 2,
	}
	got := map[string]int{}
	keys, issuances := map[[32]byte]bool{}, map[[32]byte]bool{}
	var s certscan.Scanner
	for _, dir := range []string{"incidents/comodo-2011", "incidents/thawte-2015"} {
		if _, err := os.Stat(filepath.Join(sharedData, dir)); err != nil {
			t.Skip(err)
		}
		for _, x := range samplesIn(t, filepath.Join(sharedData, dir), func([]byte) {}) {
			c := scan(&s, x)
			if c.Problems != 0 {
				t.Errorf("%s: %s", x.file, c.Problems)
			}
			names := append(values(c, certscan.CommonName), values(c, certscan.DNSName)...)
			slices.Sort(names)
			for _, name := range slices.Compact(names) {
				if _, ok := want[name]; ok {
					got[name]++
				}
			}
			keys[c.SPKIHash()], issuances[c.Identity()] = true, true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("certificates for a name (-want +got):\n%s", diff)
	}
	// The three for login.yahoo.com have one key, and so have mail.google.com and the first www.google.com.
	if len(keys) != 7 || len(issuances) != 10 {
		t.Errorf("%d keys and %d issuances, not 7 and 10", len(keys), len(issuances))
	}
}
