package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStart(t *testing.T) {
	s := newStore(t)
	state, err := s.EnsureLog(t.Context(), Log{ID: logA}, noon)
	must(t, err)
	if diff := cmp.Diff(LogState{}, state); diff != "" {
		t.Errorf("a new log (-want +got):\n%s", diff)
	}
	if err := s.SetStart(t.Context(), logA, 6, nodesOf(5)[:1], "", headOf(9), noon); err == nil {
		t.Error("started with a wrong compact range")
	}
	if err := s.SetStart(t.Context(), logA, 10, nodesOf(10), "", headOf(9), noon); err == nil {
		t.Error("started beyond the head")
	}
	if err := s.SetStart(t.Context(), logB, 0, nil, "", headOf(9), noon); !errors.Is(err, ErrUnknownLog) {
		t.Errorf("start of an unknown log: %v", err)
	}
	must(t, s.SetStart(t.Context(), logA, 6, nodesOf(6), "start: now", headOf(9), noon))
	if err := s.SetStart(t.Context(), logA, 7, nodesOf(7), "", headOf(9), noon); !errors.Is(err, ErrStarted) {
		t.Errorf("second start: %v", err)
	}
	state, err = s.EnsureLog(t.Context(), Log{ID: logA}, noon)
	must(t, err)
	must(t, s.SaveHead(t.Context(), logA, headOf(12), noon))
	ahead, err := s.EnsureLog(t.Context(), Log{ID: logA}, noon)
	must(t, err)
	want := LogState{Started: true, Position: 6, Nodes: nodesOf(6), LastHead: new(headOf(9)), VerifiedHead: new(headOf(9))}
	if diff := cmp.Diff(want, state); diff != "" {
		t.Errorf("a started log (-want +got):\n%s", diff)
	}
	want.LastHead = new(headOf(12))
	if diff := cmp.Diff(want, ahead); diff != "" {
		t.Errorf("with a head that nothing was proved against (-want +got):\n%s", diff)
	}
	sound(t, s.Reader)
}

// TestLate tells logs that were there in the first run from those that appeared later.
func TestLate(t *testing.T) {
	s := newStore(t)
	late := func(id byte) bool {
		state, err := s.EnsureLog(t.Context(), Log{ID: h(id)}, noon)
		must(t, err)
		return state.Late
	}
	first, err := s.StartRun(t.Context(), Run{Kind: "scan"}, noon)
	must(t, err)
	if late(1) || late(2) {
		t.Error("late in the first run")
	}
	must(t, s.SetStart(t.Context(), h(1), 0, nil, "", headOf(0), noon))
	if late(3) {
		t.Error("late while the first run goes on")
	}
	must(t, s.EndRun(t.Context(), first, "interrupted", noon))
	if late(2) || !late(4) || !late(4) {
		t.Error("after the first run only what is new is late")
	}
	if err := s.EndRun(t.Context(), first, "complete", noon); err == nil {
		t.Error("a run ended twice")
	}
}

// TestLateAfterRunsWithoutLogs: where no log was met yet, the first ones are not late, however many runs have failed.
func TestLateAfterRunsWithoutLogs(t *testing.T) {
	s := newStore(t)
	run, err := s.StartRun(t.Context(), Run{Kind: "scan"}, noon)
	must(t, err)
	must(t, s.EndRun(t.Context(), run, "complete", noon))
	for id := range byte(3) {
		state, err := s.EnsureLog(t.Context(), Log{ID: h(id)}, noon.Add(time.Minute))
		must(t, err)
		if state.Late {
			t.Errorf("log %d is late", id)
		}
	}
}

// TestLateInARunThatGoesOn: a watch runs for months, and a log that appears meanwhile is new although no run has ended.
func TestLateInARunThatGoesOn(t *testing.T) {
	s := newStore(t)
	for _, tt := range []struct {
		id   byte
		at   time.Time
		late bool
	}{
		{1, noon, false},
		{2, noon.Add(hour), false},
		{3, noon.Add(hour + time.Second), true},
		{2, noon.Add(30 * 24 * hour), false}, // known since the beginning
	} {
		state, err := s.EnsureLog(t.Context(), Log{ID: h(tt.id)}, tt.at)
		must(t, err)
		if state.Late != tt.late {
			t.Errorf("log %d at %s: late %v", tt.id, tt.at, state.Late)
		}
	}
}

// TestHeads holds which heads are kept, and which one is the last.
func TestHeads(t *testing.T) {
	s := newStore(t)
	_, err := s.EnsureLog(t.Context(), Log{ID: logA}, noon)
	must(t, err)
	head := func(size uint64, root byte, minute int) Head {
		return Head{
			Size: size, Root: h(root), Timestamp: noon.Add(time.Duration(minute) * time.Minute),
			Signature: []byte{byte(minute)}, Raw: fmt.Appendf(nil, "%d/%d at %d", size, root, minute),
		}
	}
	for _, step := range []struct{ saved, last Head }{
		{head(5, 1, 10), head(5, 1, 10)},
		{head(5, 1, 10), head(5, 1, 10)}, // once more
		{head(5, 1, 20), head(5, 1, 20)}, // signed again
		{head(5, 1, 30), head(5, 1, 30)}, // and again: the one between goes
		{head(5, 1, 15), head(5, 1, 30)}, // from a cache
		{head(4, 2, 40), head(5, 1, 30)}, // smaller
		{head(5, 3, 50), head(5, 1, 30)}, // a fork: kept, but the first one stays
		{head(8, 4, 60), head(8, 4, 60)},
	} {
		must(t, s.SaveHead(t.Context(), logA, step.saved, noon))
		state, err := s.EnsureLog(t.Context(), Log{ID: logA}, noon)
		must(t, err)
		if diff := cmp.Diff(&step.last, state.LastHead); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", step.saved.Raw, diff)
		}
	}
	var got []string
	must(t, s.db.Select(&got, "SELECT raw || ifnull(' and ' || again_raw, '') FROM tree_heads ORDER BY id"))
	if diff := cmp.Diff([]string{"5/1 at 10 and 5/1 at 30", "4/2 at 40", "5/3 at 50", "8/4 at 60"}, got); diff != "" {
		t.Errorf("heads kept (-want +got):\n%s", diff)
	}
	if err := s.SaveHead(t.Context(), logB, headOf(1), noon); !errors.Is(err, ErrUnknownLog) {
		t.Errorf("head of an unknown log: %v", err)
	}
	if err := s.SaveHead(t.Context(), logA, headOf(1<<63), noon); err == nil {
		t.Error("saved a head of 2^63 entries")
	}
	sound(t, s.Reader)
}

func TestLogStatuses(t *testing.T) {
	s := newStore(t)
	_, err := s.EnsureLog(t.Context(), Log{ID: logA, Description: "old name"}, noon)
	must(t, err)
	_, err = s.EnsureLog(t.Context(), Log{ID: logA, Description: "A", Operator: "Z", URL: "https://a/", MonitoringURL: "https://t/"}, noon.Add(hour))
	must(t, err)
	_, err = s.EnsureLog(t.Context(), Log{ID: logB, Description: "B", Operator: "Y"}, noon)
	must(t, err)
	must(t, s.SetStart(t.Context(), logA, 5, nodesOf(5), "start: now", headOf(6), noon))
	run, err := s.StartRun(t.Context(), Run{Kind: "scan"}, noon)
	must(t, err)
	c := stretch(run, 5, 20).see(6, 1, 1, unexpected("example.com"))
	c.Undetermined = []Undetermined{{Index: 7, Reason: "names"}, {Index: 8, Reason: "names"}}
	c.Head, c.Counts.Precerts = headOf(30), 9
	commit(t, s, c)
	must(t, s.RecordPass(t.Context(), Pass{Run: run, LogID: logA, Failure: "refused"}, noon.Add(2*hour)))
	must(t, s.RecordPass(t.Context(), Pass{Run: run, LogID: logA}, noon.Add(3*hour)))
	for _, kind := range []string{"fork", "bad_signature", "fork"} {
		_, err = s.RecordAlarm(t.Context(), Alarm{LogID: logA, Kind: kind}, noon)
		must(t, err)
	}
	if err := s.RecordPass(t.Context(), Pass{Run: run, LogID: h(9)}, noon); !errors.Is(err, ErrUnknownLog) {
		t.Errorf("a pass over an unknown log: %v", err)
	}
	got, err := s.LogStatuses(t.Context())
	must(t, err)
	head := headOf(30)
	want := []LogStatus{
		{ID: logB, Key: []byte{}, Description: "B", Operator: "Y", FirstSeen: noon},
		{
			ID: logA, Key: []byte{}, Description: "A", Operator: "Z", URL: "https://a/", MonitoringURL: "https://t/", FirstSeen: noon,
			Started: true, Start: 5, StartWhy: "start: now", Position: 20,
			Totals:      Totals{Entries: 15, Precerts: 9, Matched: 1, Undetermined: 2, Outstanding: 2},
			Head:        &Head{Size: 30, Root: head.Root, Timestamp: head.Timestamp},
			LastContact: new(noon.Add(3 * hour)), LastError: "refused", LastErrorAt: new(noon.Add(2 * hour)),
			Alarms: 2, LastAlarm: "bad_signature",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("logs (-want +got):\n%s", diff)
	}
	if got[0].Lag() != 0 || got[1].Lag() != 10 {
		t.Errorf("lag %d and %d", got[0].Lag(), got[1].Lag())
	}
}

func TestAlarms(t *testing.T) {
	s := newStore(t)
	for _, id := range [][32]byte{logA, logB} {
		_, err := s.EnsureLog(t.Context(), Log{ID: id}, noon)
		must(t, err)
	}
	a := Alarm{LogID: logA, Kind: "fork", Detail: "two roots", Head: []byte("one"), Other: []byte("two")}
	with := func(change func(a *Alarm)) Alarm {
		b := a
		change(&b)
		return b
	}
	for _, tt := range []struct {
		name string
		a    Alarm
		want bool
	}{
		{"first", a, true},
		{"again", a, false},
		{"in other words", with(func(a *Alarm) { a.Detail = "again two roots" }), false},
		{"another kind", with(func(a *Alarm) { a.Kind = "shrunk" }), true},
		{"another log", with(func(a *Alarm) { a.LogID = logB }), true},
		{"another head", with(func(a *Alarm) { a.Head = []byte("three") }), true},
		{"the same bytes, divided elsewhere", with(func(a *Alarm) { a.Head, a.Other = []byte("onet"), []byte("wo") }), true},
		{"no evidence", Alarm{LogID: logA, Kind: "silent"}, true},
	} {
		isNew, err := s.RecordAlarm(t.Context(), tt.a, noon.Add(hour))
		must(t, err)
		if isNew != tt.want {
			t.Errorf("%s: new %v", tt.name, isNew)
		}
	}
	if _, err := s.RecordAlarm(t.Context(), Alarm{LogID: h(9)}, noon); !errors.Is(err, ErrUnknownLog) {
		t.Errorf("alarm about an unknown log: %v", err)
	}
	var first string
	must(t, s.db.Get(&first, "SELECT concat_ws(' ', detail, head, other, count) FROM alarms WHERE id = 1"))
	if first != "two roots one two 3" {
		t.Errorf("the first alarm is kept as %q", first)
	}
	sound(t, s.Reader)
}

// TestAlarmsAreBounded stands against a log that lies in a new way each time.
func TestAlarmsAreBounded(t *testing.T) {
	s := newStore(t)
	_, err := s.EnsureLog(t.Context(), Log{ID: logA}, noon)
	must(t, err)
	s.w.MustExec(`
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO alarms (log, kind, detail, evidence, first_seen, last_seen) SELECT 1, 'fork', '', randomblob(32), 0, 0 FROM n`, maxAlarms-1)
	for i, want := range []bool{true, false, false} {
		isNew, err := s.RecordAlarm(t.Context(), Alarm{LogID: logA, Kind: "fork", Head: []byte{byte(i)}}, noon)
		must(t, err)
		if isNew != want {
			t.Errorf("alarm %d: new %v", i, isNew)
		}
	}
	var rows, counted int
	must(t, s.db.Get(&rows, "SELECT count(*) FROM alarms"))
	must(t, s.db.Get(&counted, "SELECT count FROM alarms ORDER BY id DESC LIMIT 1"))
	if rows != maxAlarms || counted != 3 {
		t.Errorf("%d alarms, the newest counted %d times", rows, counted)
	}
}
