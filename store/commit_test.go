package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCommitReplayAndGap(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	c := stretch(run, 0, 5).see(3, 1, 1, unexpected("example.com"))
	first := commit(t, s, c)
	if len(first.New) != 1 || len(first.Changed) != 0 || first.Replayed {
		t.Fatalf("first commit: %+v", first)
	}
	state, err := s.EnsureLog(t.Context(), Log{ID: logA, Key: []byte("key"), Description: "log 0a", Operator: "op"}, noon)
	must(t, err)
	want := LogState{Started: true, Position: 5, Nodes: nodesOf(5), LastHead: new(headOf(5)), VerifiedHead: new(headOf(5))}
	if diff := cmp.Diff(want, state); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	before := dump(t, s.w)
	for _, again := range []*Commit{c, stretch(run, 2, 4)} {
		if done := commit(t, s, again); !done.Replayed || len(done.New) != 0 {
			t.Errorf("the same stretch again: %+v", done)
		}
	}
	for _, gap := range []*Commit{stretch(run, 6, 7), stretch(run, 4, 7)} {
		_, err := s.Commit(t.Context(), gap)
		var e *GapError
		if !errors.As(err, &e) || e.Position != 5 || e.From != gap.From || e.To != 7 {
			t.Errorf("commit of [%d, 7) at position 5: %v", gap.From, err)
		}
	}
	if diff := cmp.Diff(before, dump(t, s.w)); diff != "" {
		t.Errorf("replay or gap changed the database (-before +after):\n%s", diff)
	}
	sound(t, s.Reader)
}

func TestCommitRefuses(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	_, err := s.EnsureLog(t.Context(), Log{ID: logB}, noon)
	must(t, err)
	with := func(change func(c *Commit)) *Commit {
		c := stretch(run, 0, 5)
		change(c)
		return c
	}
	before := dump(t, s.w)
	for name, tt := range map[string]struct {
		c    *Commit
		want error
	}{
		"no entries":            {c: with(func(c *Commit) { c.To = 0 })},
		"beyond the head":       {c: with(func(c *Commit) { c.Head.Size = 4 })},
		"wrong compact range":   {c: with(func(c *Commit) { c.Nodes = c.Nodes[1:] })},
		"sighting elsewhere":    {c: with(func(c *Commit) { c.see(5, 1, 1) })},
		"undetermined before":   {c: with(func(c *Commit) { c.Undetermined = []Undetermined{{Index: 7}} })},
		"two at one entry":      {c: with(func(c *Commit) { c.see(2, 1, 1).see(2, 2, 1) })},
		"certificate not given": {c: with(func(c *Commit) { c.see(2, 1, 1).Certificates = nil })},
		"unknown run":           {c: with(func(c *Commit) { c.Run = 77 })},
		"huge head":             {c: with(func(c *Commit) { c.Head.Size = 1 << 63 })},
		"unknown log":           {c: with(func(c *Commit) { c.LogID = h(9) }), want: ErrUnknownLog},
		"log without start":     {c: with(func(c *Commit) { c.LogID = logB }), want: ErrNotStarted},
	} {
		if done, err := s.Commit(t.Context(), tt.c); err == nil || done != nil || (tt.want != nil && !errors.Is(err, tt.want)) {
			t.Errorf("%s: %+v, %v", name, done, err)
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Commit(canceled, stretch(run, 0, 5)); !errors.Is(err, context.Canceled) {
		t.Errorf("commit that was called off: %v", err)
	}
	if diff := cmp.Diff(before, dump(t, s.w)); diff != "" {
		t.Errorf("a refused commit changed the database (-before +after):\n%s", diff)
	}
	commit(t, s, stretch(run, 0, 5))
}

// everything is a commit that writes to every table it can, in every way, given what prepare left.
func everything(run int64) *Commit {
	c := stretch(run, 5, 20).see(6, 1, 1, unexpected("example.com")).see(9, 3, 1, unexpected("example.com"), expected("example.net"))
	c.Undetermined = []Undetermined{{Index: 11, Reason: "extensions", Leaf: []byte("leaf")}}
	return c
}

func prepare(t *testing.T) (*Store, int64) {
	t.Helper()
	s := newStore(t)
	run := started(t, s, logA)
	commit(t, s, stretch(run, 0, 5).see(2, 1, 0, undecided("example.com")))
	return s, run
}

// TestCommitIsAtomic makes each write of a commit fail, one after the other: nothing may remain of the others.
func TestCommitIsAtomic(t *testing.T) {
	var touched []string
	for _, newRun := range []bool{false, true} { // a new run adds a row of coverage, the same one extends the last
		s, run := prepare(t)
		if newRun {
			var err error
			run, err = s.StartRun(t.Context(), Run{Kind: "scan"}, noon)
			must(t, err)
		}
		var tables []string
		must(t, s.w.Select(&tables, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"))
		before := dump(t, s.w)
		for _, table := range tables {
			for _, op := range []string{"INSERT", "UPDATE"} {
				// After the row is written, so that there is something to take back.
				s.w.MustExec(fmt.Sprintf("CREATE TEMP TRIGGER inject AFTER %s ON %s BEGIN SELECT raise(ABORT, 'injected'); END", op, table))
				_, err := s.Commit(t.Context(), everything(run))
				s.w.MustExec("DROP TRIGGER inject")
				if err == nil { // the commit does not touch it; begin anew
					s, run = prepare(t)
					if newRun {
						run, err = s.StartRun(t.Context(), Run{Kind: "scan"}, noon)
						must(t, err)
					}
					continue
				}
				if newRun == (table == "coverage" && op == "INSERT") {
					touched = append(touched, op+" "+table)
				}
				if diff := cmp.Diff(before, dump(t, s.w)); diff != "" {
					t.Errorf("%s %s failed (%v) and left (-before +after):\n%s", op, table, err, diff)
				}
			}
		}
		done := commit(t, s, everything(run))
		if len(done.New) != 2 || len(done.Changed) != 1 {
			t.Errorf("after all failures: %+v", done)
		}
		sound(t, s.Reader)
	}
	want := []string{
		"INSERT certificates", "UPDATE coverage", "INSERT finding_events", "INSERT findings", "UPDATE findings",
		"INSERT issuances", "UPDATE issuances", "UPDATE logs", "INSERT outbox", "INSERT sightings", "INSERT tree_heads",
		"INSERT undetermined", "INSERT coverage",
	}
	if diff := cmp.Diff(want, touched); diff != "" {
		t.Errorf("writes of a commit (-want +got):\n%s", diff)
	}
}

func TestCoverageRows(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	second, err := s.StartRun(t.Context(), Run{Kind: "watch"}, noon)
	must(t, err)
	for i, tt := range []struct {
		run    int64
		policy byte
		after  time.Duration
	}{
		{run, 1, 0},
		{run, 1, hour},         // grows
		{second, 1, hour},      // another run
		{second, 2, hour},      // another policy
		{second, 2, 11 * hour}, // grows
		{second, 2, 12 * hour}, // another day
		{second, 1, 12 * hour}, // the policy of before, not the row of before
		{second, 1, 13 * hour}, // grows
		{run, 1, 13 * hour},    // the run of before, not the row of before
	} {
		at := uint64(i) * 10
		c := stretch(tt.run, at, at+10)
		c.Policy, c.Now = h(tt.policy), noon.Add(tt.after)
		commit(t, s, c.see(at, byte(i), 1))
	}
	var got []string
	must(t, s.db.Select(&got, `
		SELECT run || '/' || hex(substr(policy, 1, 1)) || ' ' || from_index || '-' || to_index || ' head ' || size || ' precerts ' ||
			precerts || ' matched ' || matched || ' hours ' || ((last_at - first_at) / 3600000)
		FROM coverage JOIN tree_heads h ON h.id = head ORDER BY from_index`))
	want := []string{
		"1/01 0-20 head 20 precerts 2 matched 2 hours 1",
		"2/01 20-30 head 30 precerts 1 matched 1 hours 0",
		"2/02 30-50 head 50 precerts 2 matched 2 hours 10",
		"2/02 50-60 head 60 precerts 1 matched 1 hours 0",
		"2/01 60-80 head 80 precerts 2 matched 2 hours 1",
		"1/01 80-90 head 90 precerts 1 matched 1 hours 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	sound(t, s.Reader)
}

const hour = time.Hour
