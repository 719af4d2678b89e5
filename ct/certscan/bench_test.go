package certscan_test

import (
	"os"
	"path/filepath"
	"testing"

	"pinwatch/ct"
	"pinwatch/ct/certscan"
)

// tileEntries decodes the entries of the real static-ct data tiles under the shared data, of which every one is a
// precert_entry.
func tileEntries(tb testing.TB) []ct.Entry {
	tb.Helper()
	paths, err := filepath.Glob("../../../shared/data/logs/navigli2025h2/tile/data/*")
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

// BenchmarkWalk reads the TBSCertificates of a real log with all their names, one after the other.
func BenchmarkWalk(b *testing.B) {
	entries := tileEntries(b)
	if len(entries) == 0 {
		b.Skip("the tiles of navigli2025h2 are not there")
	}
	var size int64
	for i := range entries {
		size += int64(len(entries[i].Cert))
	}
	var s certscan.Scanner
	names := 0
	b.SetBytes(size / int64(len(entries)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		names += len(s.TBS(entries[i].Cert).Names)
		if i++; i == len(entries) {
			i = 0
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "certs/s")
	b.ReportMetric(float64(names)/float64(b.N), "names/cert")
}
