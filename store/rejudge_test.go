package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// verdicts makes a Judge that says the same of every issuance.
func verdicts(judged ...Judged) func(context.Context, *Recorded, Records) ([]Judged, []string, error) {
	return func(context.Context, *Recorded, Records) ([]Judged, []string, error) { return judged, nil, nil }
}

// rejudge makes a policy with one pin the one in force, a minute after the last, and lists what it changed.
func rejudge(t *testing.T, s *Store, policy byte, judge func(context.Context, *Recorded, Records) ([]Judged, []string, error)) []string {
	t.Helper()
	changes, err := s.Rejudge(t.Context(), &Rejudge{
		Policy: h(policy), Now: noon.Add(time.Duration(policy) * time.Hour), Judge: judge,
		Pins: []Pin{{Watch: "example.com", Dimension: "keys", SPKI: h(policy), Source: "pinwatch.yaml:1"}},
	})
	must(t, err)
	sound(t, s.Reader)
	var out []string
	for _, c := range changes {
		out = append(out, fmt.Sprintf("%s: %q became %s %v, %s, new %t, news %t", c.Watch, c.Before, c.Verdict, c.Reasons, c.State, c.New, c.News))
	}
	return out
}

// TestAcknowledgedStays: what remains of a finding that was acknowledged is no news; what is worse, or was not said, is.
func TestAcknowledgedStays(t *testing.T) {
	s := newStore(t)
	both := unexpected("example.com")
	both.Severity, both.Reasons = "high", []string{"unknown_key", "unknown_issuer"}
	id := commit(t, s, stretch(started(t, s, logA), 0, 5).see(3, 1, 1, both)).New[0]
	for i, step := range []struct {
		severity string
		reasons  []string
		state    string
	}{
		{"medium", []string{"unknown_issuer"}, StateAcknowledged},
		{"critical", []string{"unknown_issuer"}, StateOpen},
		{"medium", []string{"unknown_chain"}, StateOpen},
	} {
		acknowledge(t, s, id)
		now := unexpected("example.com")
		now.Severity, now.Reasons = step.severity, step.reasons
		rejudge(t, s, byte(i+1), verdicts(now))
		d, err := s.Finding(t.Context(), id)
		must(t, err)
		if d.State != step.state || d.Severity != step.severity {
			t.Errorf("%s %s: it is %s, want %s", step.severity, step.reasons, d.State, step.state)
		}
	}
}

func TestRejudge(t *testing.T) {
	s := newStore(t)
	id := commit(t, s, stretch(started(t, s, logA), 0, 5).see(3, 1, 1, unexpected("example.com"))).New[0]
	worse := unexpected("example.com")
	worse.Severity, worse.Reasons = "high", []string{"unknown_key", "unknown_issuer"}
	other := worse
	other.Reasons = []string{"unknown_issuer"}
	doubtful := undecided("example.com")
	steps := []struct {
		policy byte
		do     func()
		judge  func(context.Context, *Recorded, Records) ([]Judged, []string, error)
		want   []string
		state  string
	}{
		{policy: 1, judge: verdicts(unexpected("example.com")), state: "open"},
		{policy: 2, judge: verdicts(expected("example.com")), want: []string{`example.com: "unexpected" became expected [], closed, new false, news false`}, state: "closed"},
		{policy: 2, judge: verdicts(unexpected("example.com")), state: "closed"}, // in force already: nothing is asked
		{policy: 3, judge: verdicts(unexpected("example.com")), want: []string{`example.com: "expected" became unexpected [unknown_key], open, new false, news true`}, state: "open"},
		{policy: 4, do: func() { acknowledge(t, s, id) }, judge: verdicts(unexpected("example.com")), state: "acknowledged"},
		{policy: 5, judge: verdicts(worse), want: []string{`example.com: "unexpected" became unexpected [unknown_key unknown_issuer], open, new false, news true`}, state: "open"},
		{policy: 10, judge: verdicts(other), want: []string{`example.com: "unexpected" became unexpected [unknown_issuer], open, new false, news false`}, state: "open"},
		{policy: 6, judge: verdicts(doubtful), want: []string{`example.com: "unexpected" became undetermined [unread], open, new false, news true`}, state: "open"},
		{policy: 7, judge: verdicts(), state: "open"}, // the watch vanished: the finding stays
		{
			policy: 8, state: "closed",
			judge: func(context.Context, *Recorded, Records) ([]Judged, []string, error) {
				return nil, []string{"example.com", "no.such.watch"}, nil
			},
			want: []string{`example.com: "undetermined" became undetermined [unread], closed, new false, news false`},
		},
		{
			policy: 9, judge: verdicts(unexpected("example.com"), expected("example.net")), state: "open",
			want: []string{
				`example.com: "undetermined" became unexpected [unknown_key], open, new false, news true`,
				`example.net: "" became expected [], closed, new true, news false`,
			},
		},
	}
	for _, step := range steps {
		if step.do != nil {
			step.do()
		}
		if diff := cmp.Diff(step.want, rejudge(t, s, step.policy, step.judge)); diff != "" {
			t.Errorf("policy %d (-want +got):\n%s", step.policy, diff)
		}
		d, err := s.Finding(t.Context(), id)
		must(t, err)
		if d.State != step.state {
			t.Errorf("policy %d: the state is %s, want %s", step.policy, d.State, step.state)
		}
		if judged, err := s.Judged(t.Context(), h(step.policy), time.Time{}); err != nil || !judged {
			t.Errorf("policy %d: in force is another one, %v", step.policy, err)
		}
	}
	d, err := s.Finding(t.Context(), id)
	must(t, err)
	var history []string
	for _, e := range d.History {
		history = append(history, e.Who+" "+e.What+": "+e.Why)
	}
	want := []string{
		"pinwatch judged anew: the pins changed: unexpected (unknown_key) became expected",
		"pinwatch judged anew: the pins changed: expected became unexpected (unknown_key)",
		"ann acknowledged: ",
		"pinwatch judged anew: the pins changed: unexpected (unknown_key) became unexpected (unknown_key, unknown_issuer)",
		"pinwatch judged anew: the pins changed: unexpected (unknown_key, unknown_issuer) became unexpected (unknown_issuer)",
		"pinwatch judged anew: the pins changed: unexpected (unknown_issuer) became undetermined (unread)",
		"pinwatch closed: the watch list changed: the certificate does not concern the watch any more",
		"pinwatch judged anew: the pins changed: undetermined (unread) became unexpected (unknown_key)",
	}
	if diff := cmp.Diff(want, history); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func acknowledge(t *testing.T, s *Store, id string) {
	t.Helper()
	_, err := s.SetState(t.Context(), id, StateAcknowledged, "ann", "", noon)
	must(t, err)
}

// TestRejudgeFails: a policy that could not be judged by is not in force.
func TestRejudgeFails(t *testing.T) {
	s := newStore(t)
	c := stretch(started(t, s, logA), 0, 5).see(2, 1, 1, unexpected("example.com")).see(3, 2, 1, unexpected("example.com"))
	commit(t, s, c)
	before := dump(t, s.w)
	n := 0
	_, err := s.Rejudge(t.Context(), &Rejudge{
		Policy: h(2), Now: noon, Pins: []Pin{{Watch: "w", Dimension: "keys"}},
		Judge: func(context.Context, *Recorded, Records) ([]Judged, []string, error) {
			if n++; n == 2 {
				return nil, nil, context.Canceled
			}
			return []Judged{expected("example.com")}, nil, nil
		},
	})
	if err == nil || n != 2 {
		t.Fatalf("error %v after %d issuances", err, n)
	}
	if diff := cmp.Diff(before, dump(t, s.w)); diff != "" {
		t.Errorf("it left (-before +after):\n%s", diff)
	}
}

// TestRecorded: everything that a judgement took is there to be judged again.
func TestRecorded(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	c := stretch(run, 0, 30)
	for i := range uint64(20) { // more sightings of one issuance than are given
		c.see(i, 1, 1)
	}
	c.see(20, 2, 0, unexpected("example.com"), expected("example.net"))
	c.Sightings[0].Keys, c.Sightings[0].WholeChain = [][32]byte{h(1), h(2)}, true
	commit(t, s, c)
	var got []Recorded
	must(t, s.EachRecorded(t.Context(), func(_ context.Context, r *Recorded, _ Records) error {
		got = append(got, *r)
		return nil
	}))
	if len(got) != 2 || len(got[0].Evidence) != maxEvidence || len(got[1].Evidence) != 1 {
		t.Fatalf("recorded: %+v", got)
	}
	iss, _ := cert(1, 1)
	if diff := cmp.Diff(iss, got[0].Issuance); diff != "" || !got[0].FirstSeen.Equal(c.Now) {
		t.Errorf("issuance, seen %s (-want +got):\n%s", got[0].FirstSeen, diff)
	}
	want := Evidence{
		Type: "precert", Timestamp: noon.Add(-time.Hour), Leaf: []byte{}, Keys: [][32]byte{h(1), h(2)}, WholeChain: true,
	}
	if diff := cmp.Diff(want, got[0].Evidence[0]); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	var said []string
	for _, f := range got[1].Findings {
		said = append(said, strings.Join([]string{f.Watch, f.Verdict, f.State}, " "))
	}
	if diff := cmp.Diff([]string{"example.com unexpected open", "example.net expected closed"}, said); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
}

// TestRecordedPages: a record of many pages is read to its end, each issuance once.
func TestRecordedPages(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	const n = 2*recordedPage + 1
	c := stretch(run, 0, n)
	for i := range n {
		c.see(uint64(i), byte(i), byte(1+i/256))
	}
	commit(t, s, c)
	seen := 0
	must(t, s.EachRecorded(t.Context(), func(context.Context, *Recorded, Records) error {
		seen++
		return nil
	}))
	if seen != n {
		t.Errorf("%d issuances of %d", seen, n)
	}
}

func TestBackground(t *testing.T) {
	s := newStore(t)
	// Issuance 1 has the key of h(1, 0xee) and is of CA 1.
	commit(t, s, stretch(started(t, s, logA), 0, 5).see(3, 1, 1, unexpected("example.com")))
	key, ca, otherCA := h(1, 0xee), h(1, 0xca), h(2, 0xca)
	pin := func(watch, dimension string, spki [32]byte) Pin {
		return Pin{Watch: watch, Dimension: dimension, SPKI: spki}
	}
	force := func(policy byte, pins ...Pin) {
		_, err := s.Rejudge(t.Context(), &Rejudge{
			Policy: h(policy), Now: noon.Add(time.Duration(policy) * time.Hour), Pins: pins, Judge: verdicts(),
		})
		must(t, err)
	}
	force(1, pin("example.com", "keys", key), pin("example.com", "issuers", ca), pin("example.com", "keys", key))
	force(2, pin("example.com", "issuers", ca), pin("example.net", "keys", key))
	stranger, other := h(9), Question{Watch: "example.com", Issuer: "CN=CA", SPKI: &key, IssuerKey: &otherCA}
	ask := func(change func(*Question)) Question {
		q := other
		change(&q)
		return q
	}
	for name, tt := range map[string]struct {
		q    Question
		want Background
	}{
		"everything": {other, Background{KeyRetired: true, KeyElsewhere: true, IssuerNamed: true}},
		"before the issuer was seen": {
			ask(func(q *Question) { q.Before = noon }), Background{KeyRetired: true, KeyElsewhere: true},
		},
		"the watch that has the key": {ask(func(q *Question) { q.Watch = "example.net" }), Background{}},
		"one of a list": {
			ask(func(q *Question) { q.Watch, q.List = "www.example.org", "example.com" }),
			Background{KeyRetired: true, KeyElsewhere: true, IssuerNamed: true},
		},
		"one of a list that has the key": {
			ask(func(q *Question) { q.Watch, q.List = "www.example.org", "example.net" }), Background{},
		},
		"an unknown key": {ask(func(q *Question) { q.SPKI = &stranger }), Background{IssuerNamed: true}},
		"no key":         {ask(func(q *Question) { q.SPKI = nil }), Background{IssuerNamed: true}},
		"the pinned issuer itself": {
			ask(func(q *Question) { q.IssuerKey = &ca }), Background{KeyRetired: true, KeyElsewhere: true},
		},
		"an issuer that is not known": {
			ask(func(q *Question) { q.IssuerKey, q.SPKI = nil, nil }), Background{IssuerNamed: true},
		},
		"an issuer of another name": {ask(func(q *Question) { q.Issuer, q.SPKI = "CN=Other", nil }), Background{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.Background(t.Context(), &tt.q)
			must(t, err)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	force(3, pin("example.com", "keys", key))
	got, err := s.Background(t.Context(), &other)
	must(t, err)
	if got.KeyRetired || got.IssuerNamed {
		t.Errorf("pinned again: %+v", got)
	}
	inForce, err := s.Pins(t.Context())
	must(t, err)
	if diff := cmp.Diff([]PinSince{{Pin: pin("example.com", "keys", key), Since: noon.Add(3 * time.Hour)}}, inForce); diff != "" {
		t.Errorf("in force (-want +got):\n%s", diff)
	}
	var rows []string
	must(t, s.db.Select(&rows, "SELECT watch || ' ' || dimension || ' ' || (until IS NULL) FROM pins ORDER BY id"))
	want := []string{"example.com keys 0", "example.com issuers 0", "example.net keys 0", "example.com keys 1"}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("pins (-want +got):\n%s", diff)
	}
}

// TestRejudgeProgress: it is told how far it is, up to the last issuance.
func TestRejudgeProgress(t *testing.T) {
	s := newStore(t)
	c := stretch(started(t, s, logA), 0, 10)
	for i := range byte(5) {
		c.see(uint64(i), i, 1, unexpected("example.com"))
	}
	commit(t, s, c)
	var told [][2]uint64
	_, err := s.Rejudge(t.Context(), &Rejudge{
		Policy: h(7), Now: noon, Judge: verdicts(), Progress: func(done, all uint64) { told = append(told, [2]uint64{done, all}) },
	})
	must(t, err)
	if diff := cmp.Diff([][2]uint64{{1, 5}, {2, 5}, {3, 5}, {4, 5}, {5, 5}}, told); diff != "" {
		t.Error(diff)
	}
}
