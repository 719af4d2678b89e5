package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lookedBack is stretch, looked back at for the names of a byte, up to a head that is there.
func lookedBack(run int64, from, to, head uint64, names byte) *Lookback {
	l := &Lookback{Commit: *stretch(run, from, to), Names: h(names)}
	l.Head, l.Policy, l.Nodes = headOf(head), h(names), nil
	return l
}

func lookBack(t *testing.T, s *Store, l *Lookback) *Committed {
	t.Helper()
	done, err := s.LookBack(t.Context(), l)
	must(t, err)
	return done
}

// runFor opens a run by the policy and the names of a byte.
func runFor(t *testing.T, s *Store, kind string, names byte) int64 {
	t.Helper()
	run, err := s.StartRun(t.Context(), Run{Kind: kind, Policy: h(names), Names: h(names)}, noon)
	must(t, err)
	return run
}

// findingsOf lists findings as "watch verdict entries".
func findingsOf(t *testing.T, s *Store) []string {
	t.Helper()
	found, err := s.Findings(t.Context(), Filter{All: true})
	must(t, err)
	var out []string
	for _, f := range found {
		var entries []string
		for _, at := range f.Sightings {
			entries = append(entries, fmt.Sprint(at.Index))
		}
		out = append(out, fmt.Sprint(f.Watch, " ", f.Verdict, " ", strings.Join(entries, ",")))
	}
	return out
}

// TestLookBack: an entry that is known gets the finding of the new watch, one that was passed over its sighting; position
// and coverage stay.
func TestLookBack(t *testing.T) {
	s := newStore(t)
	started(t, s, logA)
	run := runFor(t, s, "scan", 1)
	c := stretch(run, 0, 9).see(3, 1, 1, unexpected("example.com"))
	c.Undetermined = []Undetermined{{Index: 6, Reason: "names", Leaf: []byte("x")}}
	commit(t, s, c)
	var coverage string
	const covered = "SELECT group_concat(concat_ws(' ', from_index, to_index, run, matched, undetermined)) FROM coverage"
	must(t, s.db.Get(&coverage, covered))

	run = runFor(t, s, "lookback", 2)
	l := lookedBack(run, 0, 5, 9, 2)
	l.see(3, 1, 1, unexpected("example.com"), expected("example.org")).see(4, 2, 1, expected("example.org"))
	if done := lookBack(t, s, l); len(done.New) != 2 || len(done.Changed) != 0 || done.Replayed {
		t.Errorf("looked back: %+v", done)
	}
	sound(t, s.Reader)
	before := dump(t, s.w)
	if done := lookBack(t, s, lookedBack(run, 1, 4, 9, 2)); !done.Replayed {
		t.Errorf("the same again: %+v", done)
	}
	for name, wrong := range map[string]*Lookback{
		"a part again": lookedBack(run, 4, 6, 9, 2), "beyond the position": lookedBack(run, 5, 10, 10, 2),
		"beyond the head": lookedBack(run, 5, 9, 8, 2), "nothing": lookedBack(run, 5, 5, 9, 2),
	} {
		if _, err := s.LookBack(t.Context(), wrong); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if diff := cmp.Diff(before, dump(t, s.w)); diff != "" {
		t.Errorf("a repetition or an error changed the database:\n%s", diff)
	}

	l = lookedBack(run, 5, 9, 9, 2)
	l.see(6, 3, 1, undecided("example.org"))
	l.Undetermined = []Undetermined{{Index: 6, Reason: "names", Leaf: []byte("x"), Matched: true}, {Index: 7, Reason: "names", Leaf: []byte("y")}}
	lookBack(t, s, l)
	sound(t, s.Reader)
	want := []string{"example.com unexpected 3", "example.org expected 3", "example.org expected 4", "example.org undetermined 6"}
	if diff := cmp.Diff(want, findingsOf(t, s)); diff != "" {
		t.Error(diff)
	}
	var rows, after string
	must(t, s.db.Get(&rows, "SELECT group_concat(concat_ws(' ', from_index, to_index, run, matched, undetermined)) FROM lookbacks"))
	if rows != "0 9 3 2 1" {
		t.Errorf("looked back at %s", rows)
	}
	if must(t, s.db.Get(&after, covered)); after != coverage {
		t.Errorf("coverage was %s, is %s", coverage, after)
	}
	logs, err := s.LogStatuses(t.Context())
	must(t, err)
	want2 := Totals{Entries: 9, Precerts: 1, Matched: 3, Undetermined: 2, Outstanding: 2}
	if diff := cmp.Diff(want2, logs[0].Totals); diff != "" || logs[0].Position != 9 {
		t.Errorf("status at %d: %s", logs[0].Position, diff)
	}
}

// TestUnlooked: what was looked at for some names, when the log was followed or later, need not be read again.
func TestUnlooked(t *testing.T) {
	s := newStore(t)
	started(t, s, logA)
	for i, names := range []byte{1, 2, 1, 3} { // [0, 9) for 1, [9, 18) for 2, ...
		c := stretch(runFor(t, s, "scan", names), uint64(9*i), uint64(9*i+9))
		c.Policy = h(names)
		commit(t, s, c)
	}
	lookBack(t, s, lookedBack(runFor(t, s, "lookback", 1), 10, 12, 36, 1))
	for _, tt := range []struct {
		names byte
		in    Range
		want  []Range
	}{
		{1, Range{0, 36}, []Range{{9, 10}, {12, 18}, {27, 36}}},
		{1, Range{11, 16}, []Range{{12, 16}}},
		{1, Range{0, 9}, nil},
		{1, Range{4, 4}, nil},
		{2, Range{0, 36}, []Range{{0, 9}, {18, 36}}},
		{4, Range{5, 36}, []Range{{5, 36}}},
	} {
		got, err := s.Unlooked(t.Context(), logA, h(tt.names), tt.in)
		must(t, err)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("names %d in %v: %s", tt.names, tt.in, diff)
		}
	}
	if last, err := s.LastNames(t.Context()); err != nil || last != h(1) {
		t.Errorf("last names %x, %v", last[:1], err)
	}
}

// TestUnlookedSince: what must be older than a period does not count for it.
func TestUnlookedSince(t *testing.T) {
	s := newStore(t)
	started(t, s, logA)
	for i := range uint64(3) { // heads of noon and 10, 20, 30 seconds
		c := stretch(runFor(t, s, "scan", 1), 10*i, 10*i+10)
		c.Policy = h(1)
		commit(t, s, c)
	}
	run := runFor(t, s, "lookback", 2)
	back := lookedBack(run, 17, 30, 30, 2)
	back.Since = noon.Add(17 * time.Second)
	lookBack(t, s, back)
	for since, want := range map[time.Duration]uint64{0: 0, 16 * time.Second: 0, 17 * time.Second: 17, time.Hour: 17} {
		if at, err := s.PlaceOf(t.Context(), logA, noon.Add(since)); err != nil || at != want {
			t.Errorf("since %s: place %d, %v, want %d", since, at, err, want)
		}
	}
	for _, tt := range []struct {
		names byte
		since time.Duration
		want  uint64
	}{{1, 0, 0}, {2, 0, 17}, {2, 15 * time.Second, 7}, {2, 16 * time.Second, 7}, {2, 17 * time.Second, 0}, {2, time.Hour, 0}, {3, 0, 30}, {3, 18 * time.Second, 13}} {
		inPeriod(t, s.Reader, func(snap *Snapshot) {
			got, err := snap.Unlooked(t.Context(), h(tt.names), noon.Add(tt.since))
			must(t, err)
			var want []Unlooked
			if tt.want > 0 {
				want = []Unlooked{{logA, tt.want}}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("names %d since %s: %s", tt.names, tt.since, diff)
			}
		})
	}
}

// TestLookedBackBeforeTheStart fills what lies before the start of a log, from the far end on: it counts when it is whole.
func TestLookedBackBeforeTheStart(t *testing.T) {
	s := newStore(t)
	_, err := s.EnsureLog(t.Context(), Log{ID: logA, Key: []byte("key")}, noon)
	must(t, err)
	must(t, s.SetStart(t.Context(), logA, 20, nodesOf(20), "start: now", headOf(20), noon))
	c := stretch(runFor(t, s, "scan", 1), 20, 30)
	c.Policy = h(1)
	commit(t, s, c)
	asked := noon.AddDate(-1, 0, 0)
	run := runFor(t, s, "lookback", 2)
	span := func() string {
		t.Helper()
		sound(t, s.Reader)
		var out string
		inPeriod(t, s.Reader, func(snap *Snapshot) {
			spans, err := snap.LogSpans(t.Context())
			must(t, err)
			out = fmt.Sprint(spans[0].Start, " ", spans[0].StartWhy, " ", spans[0].From.Sub(asked))
		})
		return out
	}
	year := noon.Add(20 * time.Second).Sub(asked)
	for _, tt := range []struct {
		from, to uint64
		since    time.Time
		want     string
	}{
		{10, 15, asked, fmt.Sprint("20 start: now ", year)}, // a part of it
		{15, 20, time.Time{}, "10 looked back 0s"},
		{5, 10, time.Time{}, fmt.Sprint("5 looked back ", year)}, // no date is known for it but that of the oldest head
		{0, 5, time.Time{}, fmt.Sprint("0 looked back ", time.Time{}.Sub(asked))},
	} {
		l := lookedBack(run, tt.from, tt.to, 30, 2)
		l.Since = tt.since
		l.see(tt.from+1, byte(tt.from+1), 1, unexpected("example.org"))
		lookBack(t, s, l)
		if got := span(); got != tt.want {
			t.Errorf("with [%d, %d): %s, want %s", tt.from, tt.to, got, tt.want)
		}
	}

	// What could not be read there is kept, and read again, as any other.
	l := lookedBack(run, 0, 3, 30, 3)
	l.Undetermined = []Undetermined{{Index: 2, Reason: "names", Leaf: []byte("x")}}
	lookBack(t, s, l)
	again := stretch(run, 2, 3).see(2, 9, 1, unexpected("example.org"))
	_, err = s.Reread(t.Context(), &Reread{Now: noon, Entries: []Rereading{{
		LogID: logA, Index: 2, Resolved: true, Sighting: &again.Sightings[0], Certificates: again.Certificates,
	}}})
	must(t, err)
	sound(t, s.Reader)
}

// TestPrunedAfterLookingBack: retention takes what was found so too, and keeps account of it.
func TestPrunedAfterLookingBack(t *testing.T) {
	s := newStore(t)
	started(t, s, logA)
	commit(t, s, stretch(runFor(t, s, "scan", 1), 0, 9).see(1, 1, 1, expected("example.com")))
	l := lookedBack(runFor(t, s, "lookback", 2), 0, 9, 9, 2)
	lookBack(t, s, &Lookback{Commit: *l.see(2, 2, 1, expected("example.org")), Names: l.Names})
	later := noon.AddDate(2, 0, 0)
	done, err := s.Prune(t.Context(), Retention{Before: later, Now: later}, nil)
	must(t, err)
	if done.Sightings != 2 {
		t.Errorf("pruned: %+v", done)
	}
	sound(t, s.Reader)
}

// TestReopenUnseen: only what is unseen, and only of this log.
func TestReopenUnseen(t *testing.T) {
	s, _ := sctStore(t)
	must(t, s.SettlePromises(t.Context(), []Settlement{{ID: 1, Promise: PromiseUnseen, Detail: "nobody looked"}}, noon))
	for _, tt := range []struct {
		log  [32]byte
		want int64
	}{{logB, 0}, {logA, 1}, {logA, 0}} {
		n, err := s.ReopenUnseen(t.Context(), tt.log)
		if must(t, err); n != tt.want {
			t.Errorf("log %x: %d reopened, want %d", tt.log[:1], n, tt.want)
		}
	}
	if n := len(openPromises(t, s)); n != 1 {
		t.Errorf("%d open promises", n)
	}
	must(t, s.SettlePromises(t.Context(), []Settlement{{ID: 1, Promise: PromiseKept}}, noon))
	if n, err := s.ReopenUnseen(t.Context(), logA); err != nil || n != 0 {
		t.Errorf("a promise that was kept: %d, %v", n, err)
	}
	sound(t, s.Reader)
}

// TestRunsBesideALookback: a watch that goes on has not ended because something looked back beside it.
func TestRunsBesideALookback(t *testing.T) {
	s := newStore(t)
	for i, kind := range []string{"scan", "watch", "lookback"} {
		id, err := s.StartRun(t.Context(), Run{Kind: kind, Policy: h(1)}, hours(i))
		must(t, err)
		if kind == "lookback" {
			must(t, s.EndRun(t.Context(), id, "complete", hours(3)))
		}
	}
	inPeriod(t, s.Reader, func(snap *Snapshot) {
		var got []string
		runs, err := snap.Runs(t.Context(), Period{Since: hours(4), Until: hours(5)})
		must(t, err)
		for _, r := range runs {
			got = append(got, r.Kind)
		}
		if diff := cmp.Diff([]string{"watch"}, got); diff != "" { // the scan was killed
			t.Error(diff)
		}
	})
}
