package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// outboxOf fills a store with n findings, whose messages are routed to receivers at noon.
func outboxOf(t testing.TB, n int, receivers ...string) *Store {
	t.Helper()
	s := newStore(t)
	c := stretch(started(t, s, logA), 0, uint64(n)+1)
	for i := range n {
		c.see(uint64(i), byte(i), 1, unexpected("example.com"))
		c.Sightings[i].Issuance.TBSSHA256 = h(byte(i), byte(i>>8), byte(i>>16), 1)
	}
	commit(t, s, c)
	routeAll(t, s, noon, receivers...)
	return s
}

func routeAll(t testing.TB, s *Store, now time.Time, receivers ...string) {
	t.Helper()
	unrouted, err := s.Unrouted(t.Context(), 1_000_000)
	must(t, err)
	routes := make([]Route, len(unrouted))
	for i, u := range unrouted {
		routes[i].Message = u.ID
		for _, r := range receivers {
			routes[i].To = append(routes[i].To, Recipient{Receiver: r, Due: now})
		}
	}
	must(t, s.Route(t.Context(), routes, now))
}

func due(t testing.TB, s *Store, receiver string, now time.Time) []Delivery {
	t.Helper()
	out, err := s.Due(t.Context(), receiver, now, 1000)
	must(t, err)
	return out
}

func TestDeliveries(t *testing.T) {
	s := outboxOf(t, 3, "chat", "mail")
	all := due(t, s, "chat", noon)
	if len(all) != 3 || all[0].Finding == nil || all[0].Finding.ID != all[0].Thread || all[0].ID == all[1].ID {
		t.Fatalf("due are %+v", all)
	}
	must(t, s.RecordOutcomes(t.Context(), "chat", []Outcome{
		{Message: all[0].Row, At: noon, Sent: true},
		{Message: all[1].Row, At: noon, Due: noon.Add(time.Minute), Error: strings.Repeat("no ", 1000)},
		{Message: all[2].Row, At: noon, GivenUp: true, Error: "never"},
	}))
	sound(t, s.Reader)
	if n := len(due(t, s, "chat", noon)); n != 0 {
		t.Errorf("%d are due after all were dealt with", n)
	}
	if n := len(due(t, s, "mail", noon)); n != 3 {
		t.Errorf("%d are due for another receiver, want 3", n)
	}
	waiting, err := s.Waiting(t.Context(), "chat", noon, noon.Add(-time.Hour))
	must(t, err)
	at := noon.Add(time.Minute)
	if diff := cmp.Diff(Waiting{Next: at, Sent: 1, First: noon}, waiting); diff != "" {
		t.Errorf("what waits (-want +got):\n%s", diff)
	}
	if again := due(t, s, "chat", at); len(again) != 1 || again[0].ID != all[1].ID || again[0].Attempts != 1 {
		t.Errorf("a minute later %+v", again)
	}
	states, err := s.Queues(t.Context(), []string{"chat", "idle"})
	must(t, err)
	want := []QueueState{
		{
			Receiver: "chat", Waiting: 1, Oldest: new(noon), Failing: 1, LastError: states[0].LastError, LastErrorAt: new(noon),
			GivenUp: 1, GivenUpIDs: []string{all[2].ID}, LastSent: new(noon),
		},
		{Receiver: "idle"},
		{Receiver: "mail", Waiting: 3, Oldest: new(noon)},
	}
	if diff := cmp.Diff(want, states); diff != "" || len(states[0].LastError) > maxOutcomeError {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	n, err := s.Retry(t.Context(), []string{"chat"}, nil, noon.Add(time.Second))
	must(t, err)
	if n != 2 || len(due(t, s, "chat", noon.Add(time.Second))) != 2 {
		t.Errorf("retry took up %d, want 2", n)
	}
	// What is recorded late, after somebody took it up again, does no harm; what was sent stays sent.
	must(t, s.RecordOutcomes(t.Context(), "chat", []Outcome{{Message: all[0].Row, At: noon, GivenUp: true}}))
	if w, err := s.Waiting(t.Context(), "chat", noon, noon.Add(-time.Hour)); w.Sent != 1 || err != nil {
		t.Errorf("%+v, %v", w, err)
	}
	sound(t, s.Reader)
}

// TestRouteOnce: a message is routed once, and later messages about a matter say who was told of it.
func TestRouteOnce(t *testing.T) {
	s := outboxOf(t, 1, "chat")
	id := due(t, s, "chat", noon)[0]
	must(t, s.Route(t.Context(), []Route{{Message: id.Row, To: []Recipient{{Receiver: "mail", Due: noon}}}}, noon))
	if n := len(due(t, s, "mail", noon)); n != 0 {
		t.Error("a message was routed twice")
	}
	_, err := s.SetState(t.Context(), id.Thread, StateAcknowledged, "a", "", noon)
	must(t, err)
	unrouted, err := s.Unrouted(t.Context(), 10)
	must(t, err)
	if len(unrouted) != 1 || !cmp.Equal(unrouted[0].Told, []string{"chat"}) || unrouted[0].Watch != "example.com" {
		t.Errorf("unrouted are %+v", unrouted)
	}
	// The resolution waits for what it resolves.
	routeAll(t, s, noon, "chat")
	if all := due(t, s, "chat", noon); len(all) != 1 || all[0].Event != EventNew {
		t.Errorf("due are %+v, want what is new alone", all)
	}
	must(t, s.RecordOutcomes(t.Context(), "chat", []Outcome{{Message: id.Row, At: noon, Sent: true}}))
	if all := due(t, s, "chat", noon); len(all) != 1 || all[0].Event != EventResolved {
		t.Errorf("due are %+v, want the resolution", all)
	}
}

// TestPause: a receiver that asked to be left alone is, by all processes, until then or until somebody says otherwise.
func TestPause(t *testing.T) {
	s := outboxOf(t, 3, "chat", "mail")
	later := noon.Add(time.Hour)
	first := due(t, s, "chat", noon)[0].Row
	must(t, s.RecordOutcomes(t.Context(), "chat", []Outcome{{Message: first, At: noon, Due: later, Pause: later, Error: "later"}}))
	for _, w := range []struct {
		receiver string
		at       time.Time
		want     int
	}{{"chat", later.Add(-1 * time.Second), 0}, {"chat", later, 3}, {"mail", noon, 3}} {
		if n := len(due(t, s, w.receiver, w.at)); n != w.want {
			t.Errorf("%s at %s: %d are due, want %d", w.receiver, w.at, n, w.want)
		}
	}
	digest := noon.Add(2 * time.Hour)
	_, err := s.SetState(t.Context(), due(t, s, "mail", noon)[0].Thread, StateAcknowledged, "a", "", noon)
	must(t, err)
	routeAll(t, s, digest, "chat")
	if n, err := s.Retry(t.Context(), []string{"chat"}, nil, noon.Add(time.Minute)); n != 3 || err != nil {
		t.Errorf("retry took up %d, want 3 and not what a digest holds: %v", n, err)
	}
	sound(t, s.Reader)
}

// TestGather: of what is due one message is made, and it counts as one from then on.
func TestGather(t *testing.T) {
	s := outboxOf(t, 250, "chat", "mail")
	n, err := s.Gather(t.Context(), "chat", "summary", noon)
	must(t, err)
	all := due(t, s, "chat", noon)
	if n != 250 || len(all) != 1 || all[0].Parted != 250 || len(all[0].Parts) != maxParts || all[0].Parts[0].Finding == nil {
		t.Fatalf("%d gathered, due are %d", n, len(all))
	}
	sound(t, s.Reader)
	if n, err := s.Gather(t.Context(), "chat", "summary", noon); n != 0 || err != nil {
		t.Errorf("gathered again: %d, %v", n, err)
	}
	if len(due(t, s, "mail", noon)) != 250 {
		t.Error("another receiver lost messages")
	}
	must(t, s.RecordOutcomes(t.Context(), "chat", []Outcome{{Message: all[0].Row, At: noon, Sent: true}}))
	if len(due(t, s, "chat", noon.Add(time.Hour))) != 0 {
		t.Error("parts of what was sent are due")
	}
}

func TestMatters(t *testing.T) {
	s := newStore(t)
	set := func(want int, states ...string) {
		t.Helper()
		var present []Matter
		for _, state := range states {
			thread, word, _ := strings.Cut(state, "=")
			present = append(present, Matter{Thread: thread, Kind: "coverage", State: word, Severity: "low", Payload: []byte("{}")})
		}
		told, err := s.SetMatters(t.Context(), []string{"coverage"}, present, noon)
		must(t, err)
		if told != want {
			t.Errorf("%v: told %d, want %d", states, told, want)
		}
		sound(t, s.Reader)
	}
	set(1, "a=behind")
	set(0, "a=behind")
	set(2, "a=stuck", "b=behind")
	set(1, "b=behind")
	set(1, "a=behind", "b=behind")
	if told, err := s.SetMatters(t.Context(), []string{"canary"}, nil, noon); told != 0 || err != nil {
		t.Errorf("another kind: %d, %v", told, err)
	}
	want := []string{"behind", "stuck", "behind", "ended", "behind"}
	for i := range want {
		want[i] = "coverage " + want[i]
	}
	if diff := cmp.Diff(want, events(t, s)); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestPollCost: what is asked again and again goes by the indices of what waits.
func TestPollCost(t *testing.T) {
	s := outboxOf(t, 1, "chat")
	for name, query := range map[string]string{
		"deliveries_due":  "SELECT min(due) FROM deliveries WHERE receiver = 'chat' AND due > 1",
		"outbox_unrouted": "SELECT id FROM outbox WHERE routed IS NULL ORDER BY id LIMIT 1",
		"findings_due":    "SELECT id, public_id, state, verdict, severity FROM findings WHERE due <= 1 ORDER BY due, id",
		"deliveries_sent": "SELECT count(*), min(sent) FROM deliveries WHERE receiver = 'chat' AND sent > 1",
	} {
		var plan []struct {
			ID, Parent, NotUsed int
			Detail              string
		}
		must(t, s.w.Select(&plan, "EXPLAIN QUERY PLAN "+query))
		if !strings.Contains(fmt.Sprint(plan), name) {
			t.Errorf("%s goes by %+v, not by %s", query, plan, name)
		}
	}
}
