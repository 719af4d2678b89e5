package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
)

// events are the events in the outbox, in order.
func events(t *testing.T, s *Store) []string {
	t.Helper()
	var out []string
	must(t, s.w.Select(&out, "SELECT kind || ' ' || event FROM outbox ORDER BY id"))
	return out
}

// judgeAgain makes a policy in force by which every issuance is judged as said.
func judgeAgain(t *testing.T, s *Store, policy byte, said Judged) {
	t.Helper()
	_, err := s.Rejudge(t.Context(), &Rejudge{Policy: h(policy), Now: noon.Add(time.Hour), Judge: func(
		_ context.Context, _ *Recorded, _ Records,
	) ([]Judged, []string, error) {
		return []Judged{said}, nil, nil
	}})
	must(t, err)
	sound(t, s.Reader)
}

func (j Judged) with(verdict, severity string) Judged {
	j.Verdict, j.Severity = verdict, severity
	return j
}

func (j Judged) until(due time.Time) Judged {
	j.Due = due
	return j
}

// TestOutboxEvents: what happens to a finding is told, each change of it once, and nothing that is expected.
func TestOutboxEvents(t *testing.T) {
	const watch = "example.com"
	tests := []struct {
		name  string
		first Judged
		then  func(t *testing.T, s *Store, id string)
		want  []string
	}{
		{"expected", expected(watch), nil, nil},
		{"open", unexpected(watch), nil, []string{"finding new"}},
		{"acknowledged and reopened", unexpected(watch), func(t *testing.T, s *Store, id string) {
			for _, state := range []string{StateAcknowledged, StateAcknowledged, StateOpen, StateOpen} {
				_, err := s.SetState(t.Context(), id, state, "a", "", noon)
				must(t, err)
			}
		}, []string{"finding new", "finding resolved", "finding reopened"}},
		{"expected one reopened", expected(watch), func(t *testing.T, s *Store, id string) {
			_, err := s.SetState(t.Context(), id, StateOpen, "a", "", noon)
			must(t, err)
		}, nil},
		{"pins make it expected, and others not", unexpected(watch), func(t *testing.T, s *Store, _ string) {
			judgeAgain(t, s, 2, expected(watch))
			judgeAgain(t, s, 3, unexpected(watch))
		}, []string{"finding new", "finding resolved", "finding reopened"}},
		{"another severity", unexpected(watch), func(t *testing.T, s *Store, _ string) {
			judgeAgain(t, s, 2, unexpected(watch).with("unexpected", "high"))
			judgeAgain(t, s, 3, unexpected(watch).with("unexpected", "high"))
		}, []string{"finding new", "finding changed"}},
		{"other reasons alone", unexpected(watch), func(t *testing.T, s *Store, _ string) {
			other := unexpected(watch)
			other.Reasons = []string{"unknown_key", "unknown_issuer"}
			judgeAgain(t, s, 2, other)
		}, []string{"finding new"}},
		{"pending and opened", unexpected(watch).until(noon.Add(time.Hour)), func(t *testing.T, s *Store, _ string) {
			_, err := s.OpenDue(t.Context(), noon.Add(time.Hour))
			must(t, err)
		}, []string{"finding new"}},
		{"pending and cleared", unexpected(watch).until(noon.Add(time.Hour)), func(t *testing.T, s *Store, _ string) {
			judgeAgain(t, s, 2, expected(watch))
		}, nil},
		{"decided", undecided(watch), func(t *testing.T, s *Store, _ string) {
			commit(t, s, stretch(1, 5, 8).see(6, 1, 1, unexpected(watch)))
		}, []string{"finding new", "finding changed"}},
		{"decided to be expected", undecided(watch), func(t *testing.T, s *Store, _ string) {
			commit(t, s, stretch(1, 5, 8).see(6, 1, 1, expected(watch)))
		}, []string{"finding new", "finding resolved"}},
		{"a commit twice", unexpected(watch), func(t *testing.T, s *Store, _ string) {
			commit(t, s, stretch(1, 0, 5).see(3, 1, 1, unexpected(watch)))
		}, []string{"finding new"}},
		{"seen in another entry", unexpected(watch), func(t *testing.T, s *Store, _ string) {
			commit(t, s, stretch(1, 5, 8).see(6, 1, 1, unexpected(watch)))
		}, []string{"finding new"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newStore(t)
			done := commit(t, s, stretch(started(t, s, logA), 0, 5).see(3, 1, 1, tt.first))
			if tt.then != nil {
				tt.then(t, s, done.New[0])
			}
			sound(t, s.Reader)
			if diff := cmp.Diff(tt.want, events(t, s)); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOutboxMerge: a finding that turns out to be another one is over, and what waits to be told of it is told of that.
func TestOutboxMerge(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	c := stretch(run, 0, 5).see(2, 1, 1, unexpected("example.com")).see(3, 2, 1, undecided("example.com"))
	c.Undetermined = []Undetermined{{Index: 3, Reason: "r", Leaf: []byte("leaf"), Matched: true}}
	done := commit(t, s, c)
	again := stretch(run, 0, 5).see(3, 1, 1, unexpected("example.com")).Sightings[0]
	_, err := s.Reread(t.Context(), &Reread{Policy: h(1), Now: noon, Entries: []Rereading{
		{LogID: logA, Index: 3, Resolved: true, Sighting: &again, Certificates: c.Certificates},
	}})
	must(t, err)
	sound(t, s.Reader)
	unrouted, err := s.Unrouted(t.Context(), 10)
	must(t, err)
	var got []string
	for _, u := range unrouted {
		got = append(got, u.Thread+" "+u.Event+" "+u.Verdict)
	}
	want := []string{done.New[0] + " new unexpected", done.New[1] + " new unexpected", done.New[1] + " merged unexpected"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestOutboxAlarm: of a log's alarms of one kind one a day is told.
func TestOutboxAlarm(t *testing.T) {
	s := newStore(t)
	started(t, s, logA)
	for _, a := range []struct {
		kind, head string
		at         time.Time
	}{
		{"fork", "a", noon},
		{"fork", "a", noon},
		{"fork", "b", noon.Add(time.Hour)},
		{"shrunk", "b", noon.Add(time.Hour)},
		{"fork", "c", noon.Add(25 * time.Hour)},
	} {
		_, err := s.RecordAlarm(t.Context(), Alarm{LogID: logA, Kind: a.kind, Detail: "d", Head: []byte(a.head)}, a.at)
		must(t, err)
	}
	want := []string{"log_alarm fork", "log_alarm shrunk", "log_alarm fork"}
	if diff := cmp.Diff(want, events(t, s)); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestHeldAlarms: what was held back is told when the day is over, once, and says how many there are.
func TestHeldAlarms(t *testing.T) {
	s := newStore(t)
	started(t, s, logA)
	record := func(head string, at time.Time) {
		t.Helper()
		_, err := s.RecordAlarm(t.Context(), Alarm{LogID: logA, Kind: "fork", Head: []byte(head)}, at)
		must(t, err)
	}
	held := func(at time.Time, want int) {
		t.Helper()
		told, err := s.TellHeldAlarms(t.Context(), at)
		must(t, err)
		if told != want {
			t.Errorf("%v: %d alarms told, want %d", at, told, want)
		}
	}
	record("a", noon)
	held(noon.Add(48*time.Hour), 0)
	for i, head := range []string{"b", "c", "a", "d"} {
		record(head, noon.Add(time.Duration(i)*time.Hour))
	}
	held(noon.Add(23*time.Hour), 0)
	held(noon.Add(25*time.Hour), 1)
	held(noon.Add(60*time.Hour), 0)
	record("e", noon.Add(60*time.Hour))
	record("f", noon.Add(61*time.Hour))
	record("g", noon.Add(90*time.Hour))
	must(t, s.Route(t.Context(), []Route{{1, []Recipient{{"a", noon}}}, {2, []Recipient{{"b", noon}}}, {3, []Recipient{{"c", noon}}}, {4, []Recipient{{"d", noon}}}}, noon))
	var got []string
	for _, receiver := range []string{"a", "b", "c", "d"} {
		due, err := s.Due(t.Context(), receiver, noon, 9)
		must(t, err)
		for i := range due {
			got = append(got, fmt.Sprintf("%s and %d more", due[i].Alarm.Head, due[i].Alarm.More))
		}
	}
	if diff := cmp.Diff([]string{"a and 0 more", "d and 2 more", "e and 0 more", "g and 1 more"}, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestHeldAlarmsOfWrongClocks: what was told in the future holds nothing back, and what is older than the outbox is not told.
func TestHeldAlarmsOfWrongClocks(t *testing.T) {
	s := newStore(t)
	started(t, s, logA)
	for i, at := range []time.Time{noon.Add(1000 * time.Hour), noon} {
		_, err := s.RecordAlarm(t.Context(), Alarm{LogID: logA, Kind: "fork", Head: []byte{byte(i)}}, at)
		must(t, err)
	}
	if diff := cmp.Diff([]string{"log_alarm fork", "log_alarm fork"}, events(t, s)); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	s.w.MustExec("DELETE FROM outbox")
	if told, err := s.TellHeldAlarms(t.Context(), noon.Add(48*time.Hour)); told != 0 || err != nil {
		t.Errorf("%d alarms of before the outbox are told, %v", told, err)
	}
}

// TestOutboxUpgrade: of the findings of a database without an outbox only those are told that no process came to say.
func TestOutboxUpgrade(t *testing.T) {
	steps, err := migrations()
	must(t, err)
	path := filepath.Join(t.TempDir(), "old.db")
	text, err := os.ReadFile("testdata/version-1.sql")
	must(t, err)
	old := sqlx.MustOpen("sqlite3", path)
	old.MustExec(string(text))
	old.MustExec("UPDATE findings SET state = 'open', verdict = 'unexpected', due = NULL")
	var all []string
	must(t, old.Select(&all, "SELECT public_id FROM findings ORDER BY id"))
	old.MustExec("DELETE FROM told; INSERT INTO told SELECT 1, min(id) FROM findings")
	must(t, old.Close())
	s, err := open(t.Context(), path, Options{}, steps)
	must(t, err)
	defer s.Close()
	unrouted, err := s.Unrouted(t.Context(), 100)
	must(t, err)
	var got []string
	for _, u := range unrouted {
		got = append(got, u.Thread)
	}
	if diff := cmp.Diff(all[1:], got); diff != "" || len(all) < 2 {
		t.Errorf("told of %d (-want +got):\n%s", len(all), diff)
	}
	sound(t, s.Reader)
}
