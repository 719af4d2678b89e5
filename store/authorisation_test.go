package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAuthorisations(t *testing.T) {
	s := newStore(t)
	id := commit(t, s, stretch(started(t, s, logA), 0, 5).see(3, 1, 1, unexpected("example.com"))).New[0]
	adopt := Authorisation{
		Watch: "example.com", Dimension: "keys", SPKI: h(7), Label: "CDN", Kind: Adopted, Finding: id,
		Added: Act{At: noon, Who: "ann", Why: "our new CDN"},
	}
	first, added, err := s.Authorise(t.Context(), adopt)
	must(t, err)
	want := adopt
	want.ID = 1
	if diff := cmp.Diff(want, first); diff != "" || !added {
		t.Fatalf("added %t (-want +got):\n%s", added, diff)
	}
	again := adopt
	again.Added = Act{At: noon.Add(time.Hour), Who: "bob", Why: "me too"}
	if got, added, err := s.Authorise(t.Context(), again); err != nil || added || got.Added.Who != "ann" {
		t.Errorf("authorised again: %+v, %t, %v", got, added, err)
	}
	for _, step := range []struct {
		name string
		do   func() (bool, error)
		want bool
	}{
		{"approve", func() (bool, error) { return s.Approve(t.Context(), 1, "carl", noon) }, true},
		{"approve again", func() (bool, error) { return s.Approve(t.Context(), 1, "dave", noon) }, false},
		{"end", func() (bool, error) { return s.EndAuthorisation(t.Context(), 1, "eve", "moved away", noon) }, true},
		{"end again", func() (bool, error) { return s.EndAuthorisation(t.Context(), 1, "finn", "", noon) }, false},
		{"approve what ended", func() (bool, error) { return s.Approve(t.Context(), 1, "finn", noon) }, false},
	} {
		if got, err := step.do(); err != nil || got != step.want {
			t.Errorf("%s: %t, %v", step.name, got, err)
		}
	}
	if second, added, err := s.Authorise(t.Context(), again); err != nil || !added || second.ID != 2 {
		t.Errorf("authorised after its end: %+v, %t, %v", second, added, err)
	}
	want.Approved, want.Ended = &Act{At: noon, Who: "carl"}, &Act{At: noon, Who: "eve", Why: "moved away"}
	again.ID = 2
	got, err := s.Authorisations(t.Context())
	must(t, err)
	if diff := cmp.Diff([]Authorisation{want, again}, got); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	d, err := s.Finding(t.Context(), id)
	must(t, err)
	if len(d.History) != 2 || d.History[0].What != "adopted" || d.History[0].Who != "ann" {
		t.Errorf("history %+v", d.History)
	}
}

func TestAuthorisationErrors(t *testing.T) {
	s := newStore(t)
	_, err := s.Approve(t.Context(), 5, "ann", noon)
	if unknown, ok := errors.AsType[*UnknownAuthorisationError](err); !ok || unknown.ID != 5 {
		t.Errorf("approve: %v", err)
	}
	_, _, err = s.Authorise(t.Context(), Authorisation{Watch: "w", Dimension: "keys", Kind: Adopted, Finding: "abc"})
	if _, ok := errors.AsType[*UnknownFindingError](err); !ok {
		t.Errorf("authorise: %v", err)
	}
}

// TestLearned: what a watch learned is authorised in the transaction in which its finding is born or judged anew.
func TestLearned(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	learned := expected("example.com")
	learned.Learned = true
	c := stretch(run, 0, 5).see(1, 1, 1, learned).see(2, 2, 1, unexpected("example.com")).see(3, 3, 0, undecided("example.net"))
	ids := commit(t, s, c).New
	check := func(want ...string) {
		t.Helper()
		sound(t, s.Reader)
		all, err := s.Authorisations(t.Context())
		must(t, err)
		var got []string
		for _, a := range all {
			got = append(got, a.Kind+" "+a.Watch+" "+a.Dimension+" of "+a.Finding)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	check("learned example.com keys of " + ids[0])
	rejudge(t, s, 2, func(_ context.Context, r *Recorded, _ Records) ([]Judged, []string, error) {
		if r.Findings[0].Watch == "example.com" {
			return []Judged{learned}, nil, nil
		}
		return nil, nil, nil
	})
	check("learned example.com keys of "+ids[0], "learned example.com keys of "+ids[1])
	decided := learned
	decided.Watch = "example.net"
	commit(t, s, stretch(run, 5, 9).see(6, 3, 1, decided))
	check("learned example.com keys of "+ids[0], "learned example.com keys of "+ids[1], "learned example.net keys of "+ids[2])
}

func TestLearning(t *testing.T) {
	s := newStore(t)
	later := noon.Add(time.Hour)
	for _, step := range []struct {
		watches []string
		at      time.Time
		want    map[string]time.Time
	}{
		{nil, noon, map[string]time.Time{}},
		{[]string{"a"}, noon, map[string]time.Time{"a": noon}},
		{[]string{"a", "b"}, later, map[string]time.Time{"a": noon, "b": later}},
	} {
		got, err := s.Learning(t.Context(), step.watches, step.at)
		must(t, err)
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
