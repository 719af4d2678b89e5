package store

import (
	"encoding/binary"
	"testing"
)

// BenchmarkPass is what a pass over a log costs beside its commits, in a record of many final certificates: nothing is
// new, and what is promised is not due.
func BenchmarkPass(b *testing.B) {
	s := newStore(b)
	run := started(b, s, logA)
	const finals = 50_000
	c := stretch(run, 0, finals)
	var checked []CheckedFinal
	for i := range finals {
		c.see(uint64(i), byte(i), 1, expected("example.com"))
		row := &c.Sightings[i]
		binary.BigEndian.PutUint32(row.Issuance.TBSSHA256[4:], uint32(i))
		row.Type, row.CertSHA256 = "x509", row.Issuance.TBSSHA256
		c.Certificates = append(c.Certificates, Certificate{SHA256: row.CertSHA256, DER: make([]byte, 1500)})
		sct := sctOf(logA, 0, SCTValid)
		sct.Timestamp = hours(i + 1)
		checked = append(checked, CheckedFinal{SHA256: row.CertSHA256, SCTs: []SCT{sct, sctOf(h(7), 1, SCTUnknownLog)}})
	}
	commit(b, s, c)
	must(b, s.RecordSCTs(b.Context(), checked, noon))
	b.Run("unchecked", func(b *testing.B) {
		for b.Loop() {
			found, err := s.UncheckedFinals(b.Context(), 64)
			if must(b, err); len(found) > 0 {
				b.Fatal(found)
			}
		}
	})
	b.Run("due", func(b *testing.B) {
		for b.Loop() {
			due, err := s.OpenPromises(b.Context(), logA, noon, nil, 64)
			if must(b, err); len(due) > 0 {
				b.Fatal(due)
			}
		}
	})
	s.w.MustExec("PRAGMA synchronous = OFF") // shows what is not the disk
	b.Run("record", func(b *testing.B) {
		for b.Loop() {
			must(b, s.RecordPass(b.Context(), Pass{Run: run, LogID: logA}, noon))
		}
	})
	b.Run("catalogue", func(b *testing.B) {
		c := &Catalogue{Lists: []LogList{listOf("1")}}
		for i := range 200 {
			c.Logs = append(c.Logs, listed(h(byte(i), 1), "usable", ""))
		}
		for b.Loop() {
			must(b, s.RecordCatalogue(b.Context(), run, c, noon))
		}
	})
	b.Run("known", func(b *testing.B) {
		for b.Loop() {
			must(b, s.CheckUnknown(b.Context(), func([32]byte) bool { return false }))
		}
	})
}
