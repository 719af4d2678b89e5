package store

import (
	"fmt"
	"testing"
)

// BenchmarkCommitEmpty commits stretches without matches, as nearly all are.
func BenchmarkCommitEmpty(b *testing.B) { benchmarkCommit(b, 0) }

// BenchmarkCommit100 commits stretches with a hundred sightings of new issuances with a finding each.
func BenchmarkCommit100(b *testing.B) { benchmarkCommit(b, 100) }

func benchmarkCommit(b *testing.B, sightings int) {
	for _, sync := range []string{"FULL", "OFF"} { // OFF shows what is not the disk
		b.Run("synchronous="+sync, func(b *testing.B) {
			s := newStore(b)
			s.w.MustExec("PRAGMA synchronous = " + sync)
			run := started(b, s, logA)
			leaf, at := make([]byte, 1600), uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				c := stretch(run, at, at+16384)
				for i := range sightings {
					c.see(at+uint64(i), byte(i), 1, unexpected("example.com"))
					c.Sightings[i].Issuance.TBSSHA256 = h(byte(i), byte(at>>14), byte(at>>22), byte(at>>30))
					c.Sightings[i].Leaf = leaf
				}
				commit(b, s, c)
				at = c.To
			}
		})
	}
}

// BenchmarkFindings lists the open findings among many that are closed.
func BenchmarkFindings(b *testing.B) {
	s := newStore(b)
	run := started(b, s, logA)
	const all, open = 20_000, 100
	c := stretch(run, 0, all)
	for i := range all {
		judged := expected("example.com")
		if i%(all/open) == 0 {
			judged = unexpected("example.com")
		}
		c.see(uint64(i), byte(i), 1, judged)
		c.Sightings[i].Issuance.TBSSHA256 = h(byte(i), byte(i>>8))
	}
	commit(b, s, c)
	for name, f := range map[string]Filter{"open": {}, "page": {All: true, Limit: open}} {
		b.Run(fmt.Sprintf("%s=%d", name, open), func(b *testing.B) {
			for b.Loop() {
				found, err := s.Findings(b.Context(), f)
				if err != nil || len(found) != open {
					b.Fatal(len(found), err)
				}
			}
		})
	}
}
