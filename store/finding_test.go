package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
)

func TestFindingInFull(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	started(t, s, logB)
	c := stretch(run, 0, 5).see(3, 1, 1, unexpected("example.com"))
	id := commit(t, s, c).New[0]
	other := stretch(run, 0, 9).see(8, 1, 1, unexpected("example.com"))
	other.LogID, other.Now = logB, noon.Add(time.Hour)
	other.Sightings[0].Type, other.Sightings[0].CertSHA256 = "x509", h(7)
	other.Certificates = append(other.Certificates, Certificate{SHA256: h(7), DER: []byte("final")})
	commit(t, s, other)

	iss, certs := cert(1, 1)
	want := &Detail{
		Finding: Finding{
			ID: id, Watch: "example.com", Verdict: "unexpected", Severity: "critical", Reasons: []string{"unknown_key"},
			KeyPinned: new(false), IssuerPinned: new(true), Matches: unexpected("").Matches, Decided: true, Policy: h(1),
			State: StateOpen, FirstSeen: c.Now, Updated: c.Now, Issuance: iss,
			Sightings: []SeenAt{
				{LogID: logA, Log: "log 0a", Index: 3, Type: "precert", CertSHA256: certs[0].SHA256, Timestamp: noon.Add(-time.Hour), FirstSeen: c.Now},
				{LogID: logB, Log: "log 0b", Index: 8, Type: "x509", CertSHA256: h(7), Timestamp: noon.Add(-time.Hour), FirstSeen: other.Now},
			},
		},
		Certificates: []Certificate{certs[0], {SHA256: h(7), DER: []byte("final")}},
	}
	for _, name := range []string{id, id[:1], " " + strings.ToUpper(id[:6])} {
		got, err := s.Finding(t.Context(), name)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("finding %q (-want +got):\n%s", name, diff)
		}
	}
	list, err := s.Findings(t.Context(), Filter{})
	must(t, err)
	if diff := cmp.Diff([]Finding{want.Finding}, list); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestFindingNames(t *testing.T) {
	s := newStore(t)
	c := stretch(started(t, s, logA), 0, 40)
	for i := range byte(40) { // more than the hex digits: two IDs begin alike
		c.see(uint64(i), i, 1, unexpected("example.com"))
	}
	ids := commit(t, s, c).New
	for _, id := range []string{"", " ", "xyz", "%", ids[0] + "0", "' OR 1=1"} {
		_, err := s.Finding(t.Context(), id)
		var unknown *UnknownFindingError
		if !errors.As(err, &unknown) || unknown.ID != id {
			t.Errorf("finding %q: %v", id, err)
		}
	}
	alike := map[byte]int{}
	for _, id := range ids {
		alike[id[0]]++
	}
	for digit, n := range alike {
		_, err := s.Finding(t.Context(), string(digit))
		var ambiguous *AmbiguousFindingError
		if n > 1 && (!errors.As(err, &ambiguous) || len(ambiguous.IDs) != min(n, 5)) {
			t.Errorf("%d IDs begin with %c: %v", n, digit, err)
		}
	}
}

// TestFindingID holds the names that findings have been given: they are in people's tickets.
func TestFindingID(t *testing.T) {
	iss, _ := cert(1, 2)
	if got := findingID(&iss, "example.com"); got != "484a341b123bed299234040951a1bdd4" {
		t.Errorf("ID %s", got)
	}
	iss.IssuerKeyHash = nil
	if got := findingID(&iss, "example.com"); got != "53e9809075aae9439b3590601925fbdc" {
		t.Errorf("ID without issuer %s", got)
	}
}

func TestFilter(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	var ids []string
	for i, j := range []Judged{
		unexpected("a"), expected("a"), undecided("b"), unexpected("b"), expected("c"), unexpected("a"),
	} {
		c := stretch(run, uint64(i), uint64(i)+1).see(uint64(i), byte(i), 1, j)
		c.Now = noon.Add(time.Duration(i) * hour)
		ids = append(ids, commit(t, s, c).New...)
	}
	_, err := s.SetState(t.Context(), ids[3], StateAcknowledged, "ann", "known", noon)
	must(t, err)
	for _, tt := range []struct {
		name string
		f    Filter
		want string
	}{
		{"open ones", Filter{}, "025"},
		{"all", Filter{All: true}, "012345"},
		{"a watch", Filter{Watches: []string{"a"}}, "05"},
		{"all of two watches", Filter{Watches: []string{"b", "c"}, All: true}, "234"},
		{"a verdict", Filter{Verdicts: []string{"expected"}, All: true}, "14"},
		{"a severity", Filter{Severities: []string{"medium", "none"}}, "2"},
		{"states", Filter{States: []string{StateAcknowledged, StateClosed}}, "134"},
		{"since", Filter{Since: noon.Add(2 * hour)}, "25"},
		{"between", Filter{Since: noon.Add(hour), Until: noon.Add(3 * hour), All: true}, "12"},
		{"by ID", Filter{IDs: []string{ids[4], ids[0], "00"}}, "04"},
		{"open ones by ID", Filter{IDs: []string{ids[4], ids[0]}, States: []string{StateOpen}}, "0"},
		{"a page", Filter{All: true, Limit: 2}, "01"},
		{"the next", Filter{All: true, Limit: 2, After: ids[1]}, "23"},
		{"the last", Filter{All: true, Limit: 9, After: ids[4]}, "5"},
		{"none", Filter{Watches: []string{"a' OR 'a' = 'a"}}, ""},
	} {
		found, err := s.Findings(t.Context(), tt.f)
		must(t, err)
		var got strings.Builder
		for _, f := range found {
			for i, id := range ids {
				if id == f.ID {
					fmt.Fprint(&got, i)
				}
			}
		}
		if got.String() != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got.String(), tt.want)
		}
	}
	var unknown *UnknownFindingError
	if _, err := s.Findings(t.Context(), Filter{After: "abc123"}); !errors.As(err, &unknown) {
		t.Errorf("a page after an unknown finding: %v", err)
	}
}

func TestSetState(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	ids := commit(t, s, stretch(run, 0, 5).see(0, 1, 1, unexpected("a"), expected("b"))).New
	for i, step := range []struct {
		finding int
		state   string
		changed bool
		after   string
	}{
		{0, StateAcknowledged, true, StateAcknowledged},
		{0, StateAcknowledged, false, StateAcknowledged},
		{0, StateOpen, true, StateOpen},
		{0, StateOpen, false, StateOpen},
		{1, StateAcknowledged, false, StateClosed},
		{1, StateOpen, true, StateOpen},
	} {
		at := noon.Add(time.Duration(i) * hour)
		changed, err := s.SetState(t.Context(), ids[step.finding][:8], step.state, "ann", fmt.Sprint("reason ", i), at)
		must(t, err)
		d, err := s.Finding(t.Context(), ids[step.finding])
		must(t, err)
		if changed != step.changed || d.State != step.after || (changed && !d.Updated.Equal(at)) {
			t.Errorf("step %d: changed %v, then %s, %s", i, changed, d.State, d.Updated)
		}
	}
	d, err := s.Finding(t.Context(), ids[0])
	must(t, err)
	want := []Event{
		{At: noon, Who: "ann", What: "acknowledged", Why: "reason 0"},
		{At: noon.Add(2 * hour), Who: "ann", What: "reopened", Why: "reason 2"},
	}
	if diff := cmp.Diff(want, d.History); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if _, err := s.SetState(t.Context(), ids[0], StateClosed, "ann", "", noon); err == nil {
		t.Error("a finding was closed by hand")
	}
	var unknown *UnknownFindingError
	if _, err := s.SetState(t.Context(), "ffff", StateOpen, "ann", "", noon); !errors.As(err, &unknown) {
		t.Errorf("state of an unknown finding: %v", err)
	}
}

// TestHostileText stores what certificates can hold.
func TestHostileText(t *testing.T) {
	s := newStore(t)
	c := stretch(started(t, s, logA), 0, 1).see(0, 1, 1, unexpected("example.com"))
	iss := &c.Sightings[0].Issuance
	iss.Subject, iss.Issuer = "CN=a\x00b'; DROP TABLE logs; --", "O=\xff\u202e<script>"
	iss.Names = make([]string, 10_000)
	for i := range iss.Names {
		iss.Names[i] = fmt.Sprintf("\x00%d.\u202eexample.com\"", i)
	}
	iss.NotBefore, iss.NotAfter = new(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)), new(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC))
	d, err := s.Finding(t.Context(), commit(t, s, c).New[0])
	must(t, err)
	if diff := cmp.Diff(*iss, d.Issuance); diff != "" {
		t.Errorf("issuance (-want +got):\n%s", diff)
	}
}

// TestWatches lists the watches of the record, also those that were only ever pinned.
func TestWatches(t *testing.T) {
	s := newStore(t)
	commit(t, s, stretch(started(t, s, logA), 0, 2).see(0, 1, 1, unexpected("example.com")).see(1, 2, 2, expected("example.org")))
	must(t, s.write(t.Context(), func(ctx context.Context, tx *sqlx.Tx) error {
		return replacePins(ctx, tx, []Pin{{Watch: "pinned.example", Dimension: "keys", SPKI: h(1)}}, noon)
	}))
	got, err := s.Watches(t.Context())
	must(t, err)
	slices.Sort(got)
	if diff := cmp.Diff([]string{"example.com", "example.org", "pinned.example"}, slices.Compact(got)); diff != "" {
		t.Errorf("watches (-want +got):\n%s", diff)
	}
}
