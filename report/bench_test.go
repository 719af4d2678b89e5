package report

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"pinwatch/store"
)

var (
	issuances = flag.Int("issuances", 20_000, "how many issuances the record of BenchmarkReport has")
	keep      = flag.String("record", "", "the database of BenchmarkReport, made where it is missing and left there")
)

// BenchmarkReport measures reports of a year and of a month of it, memory of SQLite included. A record of a million
// issuances takes two minutes to make:
//
//	go test ./report -run '^$' -bench Report -benchtime 1x -timeout 0 -issuances 1000000
func BenchmarkReport(b *testing.B) {
	path := *keep
	if path == "" {
		path = b.TempDir() + "/pinwatch.db"
	}
	if _, err := os.Stat(path); err != nil {
		year(b, path)
	}
	r, err := store.OpenReader(b.Context(), "sqlite:"+path)
	must(b, err)
	defer r.Close()
	month := Period{Since: october, Until: november}
	all := Period{Since: november.AddDate(-1, 0, 0), Until: november}
	for _, bench := range []struct {
		name   string
		period Period
		write  func(io.Writer, *Report) error
	}{
		{"month/html", month, WriteHTML},
		{"month/markdown", month, WriteMarkdown},
		{"month/json", month, WriteJSON},
		{"month/csv", month, forms["issuances.csv"]},
		{"year/html", all, WriteHTML},
		{"year/json", all, WriteJSON},
		{"year/csv", all, forms["issuances.csv"]},
	} {
		b.Run(bench.name, func(b *testing.B) {
			forgetPeak()
			written := &counter{}
			for b.Loop() {
				o := options()
				o.Period = bench.period
				must(b, r.Snapshot(b.Context(), func(s *store.Snapshot) error {
					made, err := Collect(b.Context(), s, o)
					if err != nil {
						return err
					}
					return bench.write(written, made)
				}))
			}
			b.SetBytes(written.n / int64(b.N))
			b.ReportMetric(peak(), "peak-MB")
		})
	}
}

// year makes a record whose issuances are spread over a year, one in a thousand of them unexpected.
func year(b *testing.B, path string) {
	b.Helper()
	s, err := store.Open(b.Context(), "sqlite:"+path, store.Options{})
	must(b, err)
	defer s.Close()
	r := &record{t: b, s: s, at: map[[32]byte]uint64{}, names: map[[32]byte]string{}}
	begin := november.AddDate(-1, 0, 0)
	const days = 365
	r.scan(1, begin, "", func() {
		r.log(alpha, "Alpha", "Alpha", begin)
		r.catalogue(begin)
		n := 0
		for day := range days {
			var seen []store.Sighting
			for ; n < *issuances*(day+1)/days; n++ {
				seen = append(seen, numbered(n, begin.AddDate(0, 0, day)))
			}
			r.read(alpha, 1_000_000, 1, begin.AddDate(0, 0, day), seen...)
		}
	})
}

// numbered is an issuance of a day: each of 50,000 hosts gets a new certificate, with a new key, every few days.
func numbered(n int, at time.Time) store.Sighting {
	j := judged("expected", "info")
	if n%1000 == 0 {
		j = judged("unexpected", "critical", "unknown_key")
	}
	s := sighting(1, fmt.Sprintf("host-%d.example.com", n%50_000), j)
	id := func(kind byte) [32]byte { return h(kind, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)) }
	s.CertSHA256, s.Issuance.TBSSHA256, s.Issuance.SPKISHA256 = id(1), id(2), new(id(3))
	s.Issuance.Issuer = fmt.Sprintf("CN=Example CA %d,O=Example", n%7)
	s.Issuance.NotBefore, s.Issuance.NotAfter = new(at), new(at.AddDate(0, 0, 90))
	return s
}

// counter counts what is written to it.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// forgetPeak has the peak of memory counted anew (Linux, proc_pid_clear_refs(5)). Elsewhere peak is 0.
func forgetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peak is the most memory that the process had, in megabytes.
func peak() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		return 0
	}
	kB, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		return 0
	}
	return kB / 1000
}
