package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// millionVariable says how many issuances the benchmarks of a large record have; a million take ten minutes and 10 GB.
// millionFile, if set, is where the database is kept, and found again the next time.
const (
	millionVariable = "PINWATCH_ISSUANCES"
	millionFile     = "PINWATCH_ISSUANCES_DB"
)

// The year of a large record: each issuance is logged twice on its day.
const (
	yearDays = 365
	yearLogs = 40
)

// year is a record of a year, up to now.
type year struct {
	s      *Store
	random *rand.ChaCha8
	all    int
	sizes  [yearLogs]uint64
	cas    []Certificate
}

// largeStore opens a record of a year.
func largeStore(b *testing.B) *Store {
	b.Helper()
	all := 20_000
	if n, err := strconv.Atoi(os.Getenv(millionVariable)); err == nil {
		all = n
	}
	path := os.Getenv(millionFile)
	if path == "" {
		path = filepath.Join(b.TempDir(), "year.db")
	} else if exists(path) == nil {
		return reopen(b, "sqlite:"+path)
	}
	s := reopen(b, "sqlite:"+path)
	s.w.MustExec("PRAGMA synchronous = OFF")
	y := &year{s: s, random: rand.NewChaCha8([32]byte{1}), all: all}
	y.write(b)
	s.w.MustExec("PRAGMA wal_checkpoint(TRUNCATE)")
	return s
}

func (y *year) write(b *testing.B) {
	b.Helper()
	run, err := y.s.StartRun(b.Context(), Run{Kind: "watch", Policy: h(1)}, noon.AddDate(0, 0, -yearDays))
	must(b, err)
	for i := range yearLogs {
		id := [32]byte{byte(i + 1)}
		_, err := y.s.EnsureLog(b.Context(), Log{ID: id, Key: y.bytes(91), Description: fmt.Sprint("log ", i), Operator: fmt.Sprint("operator ", i%7)}, noon)
		must(b, err)
		must(b, y.s.SetStart(b.Context(), id, 0, nil, "beginning", headOf(0), noon))
	}
	for range 12 {
		y.cas = append(y.cas, y.certificate(1100))
	}
	for day := range yearDays {
		at := noon.AddDate(0, 0, day-yearDays)
		from, to := y.all*day/yearDays, y.all*(day+1)/yearDays
		issued := make([]*Sighting, to-from)
		for log := range yearLogs {
			y.commit(b, run, log, at.Add(time.Duration(log)*time.Minute), issued)
		}
	}
	must(b, y.s.EndRun(b.Context(), run, "complete", noon))
}

// commit writes what a log showed on a day. Of an issuance it is the precertificate that is logged first.
func (y *year) commit(b *testing.B, run int64, log int, now time.Time, issued []*Sighting) {
	b.Helper()
	const unmatched = 100_000 // entries that concern nobody
	c := &Commit{
		LogID: [32]byte{byte(log + 1)}, From: y.sizes[log], To: y.sizes[log] + uint64(len(issued)) + unmatched, Run: run, Policy: h(1), Now: now,
		Counts: Counts{Precerts: len(issued)},
	}
	y.sizes[log] = c.To
	c.Nodes = nodesOf(c.To)
	c.Head = Head{Size: c.To, Root: [32]byte(y.bytes(32)), Timestamp: now, Signature: y.bytes(72), Raw: y.bytes(400)}
	for i := range issued {
		if (i+log)%yearLogs != 0 && (i+log+yearLogs/3)%yearLogs != 0 {
			continue
		}
		s, kind := issued[i], "x509"
		if s == nil {
			s, kind = y.issue(i, now), "precert"
			issued[i] = s
		}
		cert := y.certificate(1300)
		c.Certificates = append(c.Certificates, cert, y.cas[i%len(y.cas)])
		again := *s
		again.Index, again.Type, again.CertSHA256, again.Timestamp, again.Leaf = c.From+uint64(i), kind, cert.SHA256, now, y.bytes(1300)
		c.Sightings = append(c.Sightings, again)
	}
	_, err := y.s.Commit(context.WithoutCancel(b.Context()), c)
	must(b, err)
}

// issue makes an issuance of a day, one of two hundred of which is unexpected, and another one unpinned.
func (y *year) issue(i int, now time.Time) *Sighting {
	watch, ca := fmt.Sprintf("watch%d.example", i%50), i%len(y.cas)
	judged := expected(watch)
	switch i % 200 {
	case 7:
		judged = unexpected(watch)
	case 8:
		judged = Judged{Watch: watch, Verdict: "unpinned", Severity: "low", Decided: true}
	}
	judged.Matches = []Match{{Name: "www." + watch, Kind: "dNSName", Rule: "subtree"}}
	return &Sighting{
		Issuance: Issuance{
			TBSSHA256: [32]byte(y.bytes(32)), IssuerKeyHash: new(h(byte(ca), 0xca)), SPKISHA256: new([32]byte(y.bytes(32))),
			Serial: fmt.Sprintf("%x", y.bytes(16)), Issuer: fmt.Sprintf("CN=CA %d,O=Authority,C=XX", ca), Subject: "CN=" + watch,
			NotBefore: new(now), NotAfter: new(now.AddDate(0, 0, 90)), Names: []string{watch, "www." + watch, fmt.Sprint("host", i, ".", watch)},
		},
		Chain: [][32]byte{y.cas[ca].SHA256}, Keys: [][32]byte{h(1), h(byte(ca), 0xca)}, WholeChain: true, Findings: []Judged{judged},
	}
}

func (y *year) certificate(size int) Certificate {
	der := y.bytes(size)
	return Certificate{SHA256: sha256.Sum256(der), DER: der}
}

func (y *year) bytes(n int) []byte {
	out := make([]byte, (n+7)&^7)
	for i := 0; i < n; i += 8 {
		binary.LittleEndian.PutUint64(out[i:], y.random.Uint64())
	}
	return out[:n]
}

// BenchmarkPrune takes away what is expected of a small record.
func BenchmarkPrune(b *testing.B) {
	const all = 10_000
	gone := 0
	for b.Loop() {
		b.StopTimer()
		y := &year{s: newStore(b), random: rand.NewChaCha8([32]byte{1}), all: all}
		y.s.w.MustExec("PRAGMA synchronous = OFF")
		y.write(b)
		y.s.w.MustExec("PRAGMA synchronous = FULL")
		b.StartTimer()
		done, err := y.s.Prune(b.Context(), Retention{Before: nextYear, Now: nextYear}, nil)
		must(b, err)
		gone += done.Issuances
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(gone), "µs/issuance")
}

// BenchmarkPeriod reads all that a report asks, of a month and of the whole year.
func BenchmarkPeriod(b *testing.B) {
	s := largeStore(b)
	for name, p := range map[string]Period{"month": {Since: noon.AddDate(0, -1, 0), Until: noon}, "year": {}} {
		for what, read := range periodReads {
			b.Run(name+"/"+what, func(b *testing.B) {
				rows := 0
				for b.Loop() {
					must(b, s.Snapshot(b.Context(), func(snap *Snapshot) error {
						n, err := read(b.Context(), snap, p)
						rows = n
						return err
					}))
				}
				b.ReportMetric(float64(rows), "rows")
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.Sys>>20), "MB-sys")
			})
		}
	}
}

// periodReads are the parts of a report.
var periodReads = map[string]func(context.Context, *Snapshot, Period) (int, error){
	"verdicts": func(ctx context.Context, s *Snapshot, p Period) (int, error) {
		out, err := s.VerdictCounts(ctx, p)
		return len(out), err
	},
	"issuers": func(ctx context.Context, s *Snapshot, p Period) (int, error) {
		out, err := s.IssuerCounts(ctx, p, "expected")
		return len(out), err
	},
	"coverage": func(ctx context.Context, s *Snapshot, p Period) (n int, err error) {
		for _, err := range s.Coverage(ctx, p) {
			if err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	},
	"findings": func(ctx context.Context, s *Snapshot, p Period) (n int, err error) {
		f := Filter{Verdicts: []string{"unexpected", "undetermined"}, All: true, Since: p.Since, Until: p.Until}
		for _, err := range s.Findings(ctx, f) {
			if err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	},
	"concerns": func(ctx context.Context, s *Snapshot, p Period) (n int, err error) {
		for _, err := range s.Concerns(ctx, p, "expected") {
			if err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	},
	"heads": func(ctx context.Context, s *Snapshot, p Period) (n int, err error) {
		for i := range yearLogs {
			h, err := s.Heads(ctx, [32]byte{byte(i + 1)}, p)
			if err != nil {
				return n, err
			}
			n += h.Count
		}
		return n, nil
	},
	"undetermined": func(ctx context.Context, s *Snapshot, p Period) (int, error) {
		out, err := s.UndeterminedCounts(ctx, p)
		return len(out), err
	},
}
