package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestIssuances tells which sightings are of one issuance, and what becomes of its finding.
func TestIssuances(t *testing.T) {
	type seen struct {
		ca      byte // 0: the issuer could not be had
		verdict Judged
	}
	for _, tt := range []struct {
		name          string
		seen          []seen
		want          []string // issuer, verdict, state, sightings
		born, changed int
	}{
		{
			name: "again and again",
			seen: []seen{{1, unexpected("w")}, {1, unexpected("w")}, {1, expected("w")}},
			want: []string{"01 unexpected open 3"}, born: 1,
		}, {
			name: "another watch",
			seen: []seen{{1, expected("w")}, {1, unexpected("v")}},
			want: []string{"01 expected closed 2", "01 unexpected open 2"}, born: 2,
		}, {
			name: "a CA that claims to be the other one",
			seen: []seen{{1, expected("w")}, {2, unexpected("w")}},
			want: []string{"01 expected closed 1", "02 unexpected open 1"}, born: 2,
		}, {
			name: "the issuer becomes known",
			seen: []seen{{0, undecided("w")}, {1, expected("w")}},
			want: []string{"01 expected closed 2"}, born: 1, changed: 1,
		}, {
			name: "the issuer is known already",
			seen: []seen{{1, unexpected("w")}, {0, undecided("w")}},
			want: []string{"01 unexpected open 2"}, born: 1,
		}, {
			name: "unknown issuers",
			seen: []seen{{0, undecided("w")}, {0, undecided("w")}},
			want: []string{"<nil> undetermined open 2"}, born: 1,
		}, {
			name: "unknown between two",
			seen: []seen{{0, undecided("w")}, {1, unexpected("w")}, {2, unexpected("w")}, {0, undecided("w")}},
			want: []string{"01 unexpected open 3", "02 unexpected open 1"}, born: 2, changed: 1,
		}, {
			name: "decided once",
			seen: []seen{{1, undecided("w")}, {1, expected("w")}, {1, unexpected("w")}},
			want: []string{"01 expected closed 3"}, born: 1, changed: 1,
		},
	} {
		s := newStore(t)
		run := started(t, s, logA)
		var born, changed int
		one := stretch(run, 0, uint64(len(tt.seen))) // all in one commit, in another store
		for i, x := range tt.seen {
			at := uint64(i)
			done := commit(t, s, stretch(run, at, at+1).see(at, 1, x.ca, x.verdict))
			born, changed = born+len(done.New), changed+len(done.Changed)
			one.see(at, 1, x.ca, x.verdict)
		}
		if diff := cmp.Diff(tt.want, outcomes(t, s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if born != tt.born || changed != tt.changed {
			t.Errorf("%s: %d born, %d changed", tt.name, born, changed)
		}
		sound(t, s.Reader)

		s = newStore(t)
		started(t, s, logA)
		done := commit(t, s, one)
		if diff := cmp.Diff(tt.want, outcomes(t, s)); diff != "" {
			t.Errorf("%s, in one commit (-want +got):\n%s", tt.name, diff)
		}
		if len(done.New) != tt.born || len(done.Changed) != 0 {
			t.Errorf("%s, in one commit: %+v", tt.name, done)
		}
	}
}

func outcomes(t *testing.T, s *Store) []string {
	t.Helper()
	found, err := s.Findings(t.Context(), Filter{All: true})
	must(t, err)
	var out []string
	for _, f := range found {
		issuer := "<nil>"
		if f.Issuance.IssuerKeyHash != nil {
			issuer = fmt.Sprintf("%02x", f.Issuance.IssuerKeyHash[0])
		}
		out = append(out, fmt.Sprintf("%s %s %s %d", issuer, f.Verdict, f.State, len(f.Sightings)))
	}
	return out
}

// TestDecided follows a finding that was acknowledged before it could be decided.
func TestDecided(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	blank := stretch(run, 0, 1).see(0, 1, 0, undecided("example.com"))
	blank.Sightings[0].Issuance = Issuance{TBSSHA256: h(1)}
	id := commit(t, s, blank).New[0]
	_, err := s.SetState(t.Context(), id, StateAcknowledged, "ann", "cannot be read", noon)
	must(t, err)
	c := stretch(run, 1, 2).see(1, 1, 1, unexpected("example.com"))
	if done := commit(t, s, c); len(done.Changed) != 1 || done.Changed[0] != id || len(done.New) != 0 {
		t.Fatalf("%+v", done)
	}
	d, err := s.Finding(t.Context(), id)
	must(t, err)
	if d.Verdict != "unexpected" || d.State != StateOpen || !d.Decided || !d.Updated.Equal(c.Now) || d.ID != id {
		t.Errorf("decided: %+v", d.Finding)
	}
	want := []Event{
		{At: noon, Who: "ann", What: "acknowledged", Why: "cannot be read"},
		{At: c.Now, Who: "pinwatch", What: "decided", Why: "undetermined became unexpected"},
	}
	if diff := cmp.Diff(want, d.History); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if iss, _ := cert(1, 1); !cmp.Equal(iss, d.Issuance) {
		t.Errorf("what was read with the decision is not kept: %+v", d.Issuance)
	}
}
