package certscan_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pinwatch/ct"
	"pinwatch/ct/certscan"
)

// tileEntries decodes the entries of the real static-ct data tiles under the shared data, of which every one is a
// precert_entry.
func tileEntries(tb testing.TB) []ct.Entry {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join(sharedData, "logs/navigli2025h2/tile/data/*"))
	if err != nil {
		tb.Fatal(err)
	}
	var entries []ct.Entry
	for _, path := range paths {
		tile, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		for len(tile) > 0 {
			var e ct.Entry
			if tile, err = e.DecodeTimestamped(tile); err != nil {
				tb.Fatalf("%s: %v", path, err)
			}
			var ok bool
			if e.Precert, tile, ok = ct.CutOpaque24(tile); !ok {
				tb.Fatalf("%s: the tile ends early", path)
			}
			if e.Fingerprints, tile, ok = ct.CutOpaque16(tile); !ok {
				tb.Fatalf("%s: the tile ends early", path)
			}
			entries = append(entries, e)
		}
	}
	return entries
}

// BenchmarkWalk reads TBSCertificates with all their names, one after the other: those of a real log, where they are
// there, and some made here.
func BenchmarkWalk(b *testing.B) {
	var logged, made [][]byte
	for _, e := range tileEntries(b) {
		logged = append(logged, e.Cert)
	}
	var s certscan.Scanner
	for range 64 {
		made = append(made, slices.Clone(s.Certificate(issue(b, nil)).TBS))
	}
	b.Run("tiles", func(b *testing.B) { walk(b, logged) })
	b.Run("made", func(b *testing.B) { walk(b, made) })
}

func walk(b *testing.B, tbs [][]byte) {
	b.Helper()
	if len(tbs) == 0 {
		b.Skip("the tiles of navigli2025h2 are not there")
	}
	size := 0
	for _, t := range tbs {
		size += len(t)
	}
	var s certscan.Scanner
	names, i := 0, 0
	b.SetBytes(int64(size / len(tbs)))
	b.ReportAllocs()
	for b.Loop() {
		names += len(s.TBS(tbs[i]).Names)
		if i++; i == len(tbs) {
			i = 0
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "certs/s")
	b.ReportMetric(float64(names)/float64(b.N), "names/cert")
}

// BenchmarkIdentity is what a certificate costs that does concern a watch: identity and pin.
func BenchmarkIdentity(b *testing.B) {
	der := issue(b, nil)
	var s certscan.Scanner
	b.SetBytes(int64(len(der)))
	b.ReportAllocs()
	for b.Loop() {
		if c := s.Certificate(der); c.Identity() == c.SPKIHash() {
			b.Fatal("identity and pin are one")
		}
	}
}
