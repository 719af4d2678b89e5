package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/store"
)

// TestEmpty reports a record that holds nothing: it can be written, and promises nothing.
func TestEmpty(t *testing.T) {
	o := Options{Period: Period{Since: october, Until: november}, GeneratedAt: made, Generator: "pinwatch 1.2.3"}
	reported(t, newRecord(t).s, o, func(r *Report) {
		for name, write := range forms {
			if err := write(io.Discard, r); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if diff := cmp.Diff(Attention{Incomplete: true}, r.Attention()); diff != "" {
			t.Error(diff)
		}
		want := "2026-10-01 to 2026-11-01: 0 unexpected, 0 expected; 0 logs covered, detection not guaranteed"
		if r.Summary.Line != want {
			t.Errorf("%q, want %q", r.Summary.Line, want)
		}
	})
}

// TestPeriod: a report has what was first seen in its period, which is half open.
func TestPeriod(t *testing.T) {
	r := fixed(t)
	birth := october.AddDate(0, 0, 12).Add(8 * time.Hour) // of one unexpected finding, one undetermined, one unpinned
	for _, tt := range []struct {
		since, until time.Time
		want         Verdicts
		carried      int
	}{
		{october, november, Verdicts{Expected: 3, Unexpected: 2, Unpinned: 1, Undetermined: 1}, 1},
		{birth, birth.Add(time.Millisecond), Verdicts{Unexpected: 1, Unpinned: 1, Undetermined: 1}, 1},
		{birth.Add(time.Millisecond), november, Verdicts{Expected: 1}, 3},
		{october.AddDate(0, -3, 0), october.AddDate(0, -2, 0), Verdicts{}, 0},
	} {
		o := options()
		o.Period = Period{Since: tt.since, Until: tt.until}
		reported(t, r.s, o, func(got *Report) {
			if diff := cmp.Diff(tt.want, got.Summary.Verdicts); diff != "" {
				t.Errorf("%v: %s", o.Period, diff)
			}
			if n := len(all(t, got.Findings)); n != tt.want.Unexpected+tt.want.Unpinned+tt.want.Undetermined {
				t.Errorf("%v: %d findings", o.Period, n)
			}
			if n := len(all(t, got.Issuances)); n != tt.want.Expected {
				t.Errorf("%v: %d issuances", o.Period, n)
			}
			if n := len(all(t, got.CarriedOver)); n != tt.carried || got.Summary.CarriedOver != n {
				t.Errorf("%v: %d carried over, %d counted, want %d", o.Period, n, got.Summary.CarriedOver, tt.carried)
			}
		})
	}
}

func all[T any](t *testing.T, s Stream[T]) (out []*T) {
	t.Helper()
	for item, err := range s {
		must(t, err)
		out = append(out, item)
	}
	return out
}

// TestAttention: what a report asks for, by what was read until when.
func TestAttention(t *testing.T) {
	at := october.AddDate(0, 0, 5)
	today, incomplete := november.Add(-time.Hour), Attention{Incomplete: true}
	late := []store.ListedLog{
		listed(h(0x1a), "Late A", "X", "qualified", "state", "left out"), listed(h(0x1b), "Late B", "Y", "qualified", "state", "left out"),
	}
	for _, tt := range []struct {
		name   string
		since  time.Time
		until  time.Time // the latest heads
		made   time.Time
		listed []store.ListedLog // after the period
		want   Attention
		detect string
		gaps   int
	}{
		{"read on time", october, november.Add(3 * time.Hour), made, nil, Attention{}, "guaranteed", 0},
		{"made at once", october, november, november.Add(time.Minute), nil, Attention{}, "guaranteed until 2026-10-31 22:59:00Z", 0},
		{"fell behind", october, at, made, nil, incomplete, "guaranteed until 2026-10-05 22:59:00Z", 4},
		{"of the last hour", today, november, november.Add(time.Minute), nil, Attention{}, "not guaranteed yet", 0},
		{"of the last hour, behind", today, at, november.Add(time.Minute), nil, incomplete, "not guaranteed", 2},
		{"logs qualified later", october, november.Add(3 * time.Hour), made, late, incomplete, "not guaranteed", 0},
	} {
		r := newRecord(t)
		early := october.AddDate(0, 0, -1)
		r.scan(1, early, "done", func() {
			r.log(alpha, "Alpha 2026h2", "Alpha", early)
			r.log(beta, "Beta 2026h2", "Beta", early)
			r.log(gamma, "Gamma 2026h2", "Gamma", early)
			r.catalogue(early)
			for _, id := range [][32]byte{alpha, beta, gamma} {
				r.read(id, 10, 1, early.Add(time.Hour))
			}
		})
		r.scan(1, tt.until.Add(-2*time.Minute), "done", func() {
			r.catalogue(tt.until)
			for _, id := range [][32]byte{alpha, beta, gamma} {
				r.read(id, 10, 1, tt.until)
			}
		})
		later := november.Add(time.Hour)
		r.scan(1, later, "done", func() { r.catalogue(later, tt.listed...) })
		o := options()
		o.Period.Since, o.GeneratedAt = tt.since, tt.made
		reported(t, r.s, o, func(got *Report) {
			if diff := cmp.Diff(tt.want, got.Attention()); diff != "" {
				t.Errorf("%s: %s", tt.name, diff)
			}
			if s := &got.Summary; s.Detection != tt.detect || s.Gaps != tt.gaps {
				t.Errorf("%s: detection %s, want %s; %d old gaps, want %d", tt.name, s.Detection, tt.detect, s.Gaps, tt.gaps)
			}
		})
	}
}

// TestChangedNames: what was read under other names is not guaranteed for those of today, also when they came after the
// period, until it was looked back at. Pins are no names.
func TestChangedNames(t *testing.T) {
	r := newRecord(t)
	early := october.AddDate(0, 0, -3)
	r.log(alpha, "Alpha 2026h2", "Alpha", early)
	r.log(beta, "Beta 2026h2", "Beta", early)
	for i, names := range []byte{1, 1, 0, 2, 3} { // the third is not known
		at, policy := october.AddDate(0, 0, 10*i-2), byte(i+1)
		var err error
		r.run, err = r.s.StartRun(t.Context(), store.Run{Kind: "scan", Policy: h(policy), Names: h(names)}, at)
		must(t, err)
		_, err = r.s.Rejudge(t.Context(), &store.Rejudge{Policy: h(policy), Now: at})
		must(t, err)
		r.read(alpha, 100, policy, at)
		r.read(beta, 10, policy, at)
	}
	for _, tt := range []struct {
		name     string
		id       [32]byte
		from, to uint64
		names    byte
		want     string // the entries that are left
	}{
		{"not looked back", alpha, 0, 0, 0, "300 of Alpha 2026h2, 30 of Beta 2026h2."}, // the first ones are older
		{"for other names", beta, 0, 40, 2, "300 of Alpha 2026h2, 30 of Beta 2026h2."},
		{"at a part", alpha, 50, 120, 3, "280 of Alpha 2026h2, 30 of Beta 2026h2."},
		{"at one log", alpha, 120, 400, 3, "30 of Beta 2026h2."},
		{"at all that can be of the period", beta, 10, 40, 3, ""},
	} {
		if tt.to > 0 {
			r.lookBack(tt.id, tt.from, tt.to, 5, tt.names, made)
		}
		reported(t, r.s, options(), func(r *Report) {
			assuming := r.Coverage.Detection.Assuming
			got, changed := strings.CutPrefix(assuming[len(assuming)-1], "The watched names changed since the period began "+
				"(2026-10-29 00:00:00Z, 2026-11-08 00:00:00Z): what was read before was matched for the names of before, and "+
				"nothing is said of others. Entries that are not known to have been looked at for all names of now: ")
			if changed != (tt.want != "") || changed && got != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
		})
	}
	reported(t, r.s, options(), func(r *Report) {
		var got []string
		for _, b := range allBack(r.Coverage.Logs) {
			got = append(got, fmt.Sprintf("%s %d to %d, run %d, %s", b.Log.Log, b.From, b.To, b.Run, b.names()))
		}
		want := []string{
			"Alpha 2026h2 50 to 400, run 5, the names of now", "Beta 2026h2 0 to 40, run 5, other names",
			"Beta 2026h2 10 to 40, run 5, the names of now",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestPausesBesideALookback: what looks back follows no log, and ends no run.
func TestPausesBesideALookback(t *testing.T) {
	r := newRecord(t)
	for _, run := range []struct {
		kind     string
		from, to time.Duration
	}{{"watch", 0, 10 * time.Hour}, {"lookback", time.Hour, 2 * time.Hour}, {"scan", 11 * time.Hour, 12 * time.Hour}, {"lookback", 12 * time.Hour, 20 * time.Hour}} {
		id, err := r.s.StartRun(t.Context(), store.Run{Kind: run.kind, Policy: h(1)}, october.Add(run.from))
		must(t, err)
		must(t, r.s.EndRun(t.Context(), id, "complete", october.Add(run.to)))
	}
	reported(t, r.s, options(), func(r *Report) {
		runs := &r.Coverage.Runs
		if runs.Count != 4 || runs.LongestPause != 3600 || !runs.Last.Equal(october.Add(11*time.Hour)) {
			t.Errorf("%+v", runs)
		}
	})
}

// TestStoreFails: a report that could not be read to its end is no report.
func TestStoreFails(t *testing.T) {
	s := fixed(t).s
	ctx, cancel := context.WithCancel(t.Context())
	must(t, s.Snapshot(t.Context(), func(snap *store.Snapshot) error {
		r, err := Collect(ctx, snap, options())
		must(t, err)
		cancel()
		for name, write := range forms {
			if name == "coverage.csv" {
				continue // it is held
			}
			if err := write(io.Discard, r); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := Collect(ctx, snap, options()); !errors.Is(err, context.Canceled) {
			t.Errorf("collect: %v", err)
		}
		return nil
	}))
	if err := WriteCSV(io.Discard, &Report{}, "nosuch"); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("an unknown table: %v", err)
	}
}

// TestDiskFull: what cannot be written is told.
func TestDiskFull(t *testing.T) {
	reported(t, fixed(t).s, options(), func(r *Report) {
		for name, write := range forms {
			if err := write(full{}, r); !errors.Is(err, errFull) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
