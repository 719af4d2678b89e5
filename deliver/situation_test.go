package deliver_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/config"
	"pinwatch/deliver"
	"pinwatch/notify"
	"pinwatch/policy"
	"pinwatch/store"
)

// listener is a receiver that keeps what it is told.
type listener struct {
	mu    sync.Mutex
	heard []*notify.Message
}

func (l *listener) Notify(_ context.Context, m *notify.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard = append(l.heard, m)
	return nil
}

// tell sends what waits, and returns it.
func tell(t *testing.T, s *store.Store) []*notify.Message {
	t.Helper()
	l := &listener{}
	d := notify.NewDispatcher(notify.Options{
		Queue: deliver.NewQueue(s, func(string) []string { return []string{"prod"} }), Now: time.Now,
		Receivers: []notify.Receiver{{Name: "all", Notifier: l}},
	})
	check(t, d.Drain(t.Context()))
	return l.heard
}

// TestSituation: what lasts is told when it begins, when it changes, and when it is over; not again each time.
func TestSituation(t *testing.T) {
	s := storeOf(t, 0)
	day := 24 * time.Hour
	steps := []struct {
		name string
		set  func(now *deliver.Situation)
		want []string
	}{
		{"all is well", func(*deliver.Situation) {}, nil},
		{"a log is silent, another slow", func(now *deliver.Situation) {
			now.Logs[0].Since = midday.Add(-7 * time.Hour)
			now.Logs[1].Behind, now.Logs[1].Lag = 8*time.Hour, 1000
		}, []string{"log_alarm silent medium", "coverage behind medium"}},
		{"no other", func(now *deliver.Situation) {
			now.Logs[0].Since = midday.Add(-8 * time.Hour)
			now.Logs[1].Behind, now.Logs[1].Lag = 4*time.Hour, 500 // below the threshold, not yet below half of it
		}, nil},
		{"both are over", func(now *deliver.Situation) { now.Logs[1].Behind = time.Hour }, []string{"log_alarm resolved medium", "coverage resolved medium"}},
		{"it grows faster than it is read", func(now *deliver.Situation) {
			now.Logs[1].Never, now.Logs[1].Behind = true, time.Hour
		}, []string{"coverage behind medium"}},
		{"much at once", func(now *deliver.Situation) {
			now.Incomplete = []string{"out of time", "no list"}
			now.Leaving = []deliver.Leaving{{ID: [32]byte{9}, Name: "Old Log", Why: "it is on no list"}}
			now.Pins = []policy.Health{
				{Kind: policy.PinsKept, Severity: "medium", Watch: "example.com", File: "pins.xml", Text: "pins.xml cannot be read"},
				{Kind: policy.Unwatched, Severity: "low", File: "pins.xml", Text: "nobody watches it"},
			}
			now.Undetermined = 7
			now.Canary = &deliver.CanaryState{Watch: "canary.example.net", Period: day, Seen: midday.Add(-2 * day)}
		}, []string{
			"log_alarm leaving low", "coverage incomplete medium", "pin_health pins_kept medium", "undetermined unread low",
			"canary silent high", "coverage resolved medium",
		}},
		{"ten times as many", func(now *deliver.Situation) {
			now.Undetermined = 10
			now.Canary = &deliver.CanaryState{Watch: "canary.example.net", Period: day, Seen: midday}
		}, []string{
			"undetermined unread low", "log_alarm resolved low", "coverage resolved medium", "pin_health resolved medium",
			"canary resolved high",
		}},
	}
	for _, step := range steps {
		now := deliver.Situation{Now: midday, Behind: 6 * time.Hour, Logs: []deliver.LogState{
			{ID: [32]byte{1}, Name: "Log 1", Operator: "A", Since: midday}, {ID: [32]byte{2}, Name: "Log 2", Operator: "B", Since: midday},
		}}
		step.set(&now)
		_, err := now.Settle(t.Context(), s)
		check(t, err)
		var got []string
		for _, m := range tell(t, s) {
			got = append(got, fmt.Sprintf("%s %s %s", m.Kind, m.Event, m.Severity))
			complete(t, m)
		}
		slices.Sort(got)
		slices.Sort(step.want)
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}

// complete wants that a message says what happened and, unless it is over, why it matters, what to do, and how to silence it.
func complete(t *testing.T, m *notify.Message) {
	t.Helper()
	if m.ID == "" || m.Version != notify.Version || m.Title == "" || m.Text == "" || m.Thread == "" || m.Time.IsZero() {
		t.Errorf("incomplete: %+v", m)
	}
	if !m.Resolved && (m.Why == "" || m.Next == "" || m.Silence == "") {
		t.Errorf("%s does not say all: why %q, next %q, silence %q", m.Title, m.Why, m.Next, m.Silence)
	}
	if notify.Line(m.Title) != m.Title {
		t.Errorf("title %q is no line", m.Title)
	}
}

// TestAlarms: every kind of misbehaviour has words of its own, and one that is not known some.
func TestAlarms(t *testing.T) {
	s := storeOf(t, 0)
	kinds := []string{
		"fork", "root_mismatch", "bad_signature", "wrong_log", "shrunk", "future_head", "final_head", "broken_promise", "another",
	}
	for _, kind := range kinds {
		_, err := s.RecordAlarm(t.Context(), store.Alarm{LogID: [32]byte{0xa}, Kind: kind, Detail: "it did\x1b[31m", Head: []byte(kind)}, midday)
		check(t, err)
	}
	titles := map[string]bool{}
	for _, m := range tell(t, s) {
		complete(t, m)
		titles[m.Title] = true
		if m.Kind != notify.LogAlarm || m.Severity != notify.Critical || strings.Contains(m.Text, "\x1b") {
			t.Errorf("%+v", m)
		}
	}
	if len(titles) != len(kinds) || !titles["log Example Log shows two histories"] {
		t.Errorf("titles: %v", titles)
	}
}

// TestHeldAlarms: an alarm that was held back for a day is told then, and says for how many it stands.
func TestHeldAlarms(t *testing.T) {
	s := storeOf(t, 0)
	for i := range 3 {
		at := midday.Add(time.Duration(i) * time.Hour)
		_, err := s.RecordAlarm(t.Context(), store.Alarm{LogID: [32]byte{0xa}, Kind: "fork", Detail: "it did", Head: []byte{byte(i)}}, at)
		check(t, err)
	}
	if told := tell(t, s); len(told) != 1 || strings.Contains(told[0].Text, "besides") {
		t.Errorf("told at once: %+v", told)
	}
	n, err := (&deliver.Situation{Now: midday.Add(25 * time.Hour)}).Settle(t.Context(), s)
	check(t, err)
	told := tell(t, s)
	if n != 1 || len(told) != 1 || told[0].Event != "fork" || !strings.HasSuffix(told[0].Text, ": 1 besides this one.") {
		t.Errorf("told a day later: %d, %+v", n, told)
	}
}

// TestFindingMessages follows a finding from birth to its end.
func TestFindingMessages(t *testing.T) {
	s := storeOf(t, 1)
	fresh := tell(t, s)
	if len(fresh) != 1 || fresh[0].Event != "new" || fresh[0].Resolved || fresh[0].Watch != "example.com" || !slices.Equal(fresh[0].Labels, []string{"prod"}) {
		t.Fatalf("told %+v", fresh)
	}
	complete(t, fresh[0])
	id := fresh[0].Thread
	_, err := s.SetState(t.Context(), id, store.StateAcknowledged, "ann\u202e", "it is ours", midday)
	check(t, err)
	over := tell(t, s)
	if len(over) != 1 || !over[0].Resolved || over[0].Thread != id || over[0].Severity != notify.Critical || over[0].Next != "" ||
		!strings.HasSuffix(over[0].Text, `was acknowledged by ann\u{202e}: it is ours.`) {
		t.Errorf("told %+v", over)
	}
	_, err = s.SetState(t.Context(), id, store.StateOpen, "ann", "it is not", midday)
	check(t, err)
	again := tell(t, s)
	if len(again) != 1 || again[0].Event != "reopened" || again[0].Title != "reopened, unexpected: certificate for www.example.com (unknown_key)" {
		t.Errorf("told %+v", again)
	}
	if fresh[0].ID == over[0].ID || over[0].ID == again[0].ID {
		t.Error("two messages have one ID")
	}
}

// TestDigestMessage: a digest has the worst first, of many the first hundred, and the number of all.
func TestDigestMessage(t *testing.T) {
	s := storeOf(t, 150)
	_, err := (&deliver.Situation{Now: midday, Undetermined: 3}).Settle(t.Context(), s)
	check(t, err)
	l := &listener{}
	d := notify.NewDispatcher(notify.Options{
		Queue: deliver.NewQueue(s, (*config.Labels)(nil).Of), Now: time.Now, Receivers: []notify.Receiver{{Name: "a", Notifier: l, Limit: notify.Limit{N: 1, Per: time.Hour}}},
	})
	check(t, d.Drain(t.Context()))
	if len(l.heard) != 1 {
		t.Fatalf("%d messages, want one", len(l.heard))
	}
	m := l.heard[0]
	if m.Parted != 151 || len(m.Parts) != 100 || m.Parts[0].Severity != notify.Critical || m.Severity != notify.Critical || m.Event != notify.EventSummary {
		t.Errorf("a summary of %d with %d parts, %s", m.Parted, len(m.Parts), m.Title)
	}
}

// TestManyNames: of a certificate with ten thousand hostile names a message stays short for people; the finding has all.
func TestManyNames(t *testing.T) {
	s := storeOf(t, 0)
	c := sighting(0)
	c.Issuance.Names, c.Findings[0].Matches = nil, nil
	for i := range 10_000 {
		name := fmt.Sprintf("\x1b]0;n%d\x07<b>@everyone\r\nBcc: x\u202e.example.com", i)
		c.Issuance.Names = append(c.Issuance.Names, name)
		c.Findings[0].Matches = append(c.Findings[0].Matches, store.Match{Name: name, Kind: "dns", Rule: "subtree"})
	}
	put10k(t, s, c)
	told := tell(t, s)
	if len(told) != 1 {
		t.Fatalf("told %d", len(told))
	}
	m := told[0]
	complete(t, m)
	for _, f := range m.Facts {
		for _, v := range f.Values {
			if len(f.Values) > 21 || notify.Line(v) != v || strings.ContainsAny(v, "\x1b\x07") {
				t.Errorf("fact %s: %d values, %q", f.Name, len(f.Values), v)
			}
		}
	}
	if n := strings.Count(string(m.Finding), "@everyone"); n < 10_000 {
		t.Errorf("the finding has %d names", n)
	}
}

func put10k(t *testing.T, s *store.Store, c store.Sighting) {
	t.Helper()
	size := uint64(1) << 21
	run, err := s.StartRun(t.Context(), store.Run{Kind: "scan"}, midday)
	check(t, err)
	c.Index = size - 1
	_, err = s.Commit(t.Context(), &store.Commit{
		LogID: [32]byte{0xa}, From: 1 << 20, To: size, Nodes: make([][32]byte, 1), Run: run, Now: midday,
		Head:         store.Head{Size: size, Root: [32]byte{9}, Timestamp: midday, Signature: []byte("s"), Raw: []byte("r")},
		Certificates: []store.Certificate{{SHA256: c.CertSHA256, DER: []byte{0x30, 0}}}, Sightings: []store.Sighting{c},
	})
	check(t, err)
}

// TestOneEntry counts.
func TestOneEntry(t *testing.T) {
	s := storeOf(t, 0)
	for n, want := range []string{"", "1 entry of logs could not be read in full", "2 entries of logs could not be read in full"} {
		_, err := (&deliver.Situation{Now: midday}).Settle(t.Context(), s)
		check(t, err)
		tell(t, s)
		_, err = (&deliver.Situation{Now: midday, Undetermined: uint64(n)}).Settle(t.Context(), s)
		check(t, err)
		if got := tell(t, s); n > 0 && (len(got) != 1 || got[0].Title != want || got[0].Event != "unread") {
			t.Errorf("%d: %+v, want %q", n, got, want)
		}
	}
}

// TestLeavingBlind: that a list cannot be had is not the end of a log's leaving, and no reason to tell of it again.
func TestLeavingBlind(t *testing.T) {
	s := storeOf(t, 0)
	gone := []deliver.Leaving{{ID: [32]byte{9}, Name: "Old Log", Why: "it is on no list"}}
	for i, step := range []struct {
		now  deliver.Situation
		want int
	}{
		{deliver.Situation{Leaving: gone}, 1}, {deliver.Situation{Blind: true}, 0}, {deliver.Situation{Leaving: gone}, 0}, {deliver.Situation{}, 1},
	} {
		step.now.Now = midday
		n, err := step.now.Settle(t.Context(), s)
		check(t, err)
		if n != step.want {
			t.Errorf("step %d: %d messages, want %d", i, n, step.want)
		}
	}
}
