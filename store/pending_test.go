package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// pending is a judgement that waits for minutes after noon.
func pending(watch string, minutes int) Judged {
	j := unexpected(watch)
	j.Due = noon.Add(time.Duration(minutes) * time.Minute)
	return j
}

func TestOpenDue(t *testing.T) {
	s := newStore(t)
	c := stretch(started(t, s, logA), 0, 5)
	for i := range byte(4) {
		c.see(uint64(i), i, 1, pending(fmt.Sprintf("w%d.example", i), 10+int(i)))
	}
	ids := commit(t, s, c).New
	states := func() []string {
		t.Helper()
		sound(t, s.Reader)
		found, err := s.Findings(t.Context(), Filter{All: true})
		must(t, err)
		var out []string
		for _, f := range found {
			if (f.State == StatePending) != (f.Due != nil) {
				t.Errorf("%s is due %v", f.State, f.Due)
			}
			out = append(out, f.State)
		}
		return out
	}
	if found, err := s.Findings(t.Context(), Filter{}); err != nil || len(found) > 0 {
		t.Errorf("told before their time: %v, %v", found, err)
	}
	acknowledge(t, s, ids[3])
	for _, step := range []struct {
		minutes int
		opened  []string
		want    []string
	}{
		{9, nil, []string{"pending", "pending", "pending", "acknowledged"}},
		{10, ids[:1], []string{"open", "pending", "pending", "acknowledged"}},
		{10, nil, []string{"open", "pending", "pending", "acknowledged"}},
		{60, ids[1:3], []string{"open", "open", "open", "acknowledged"}},
	} {
		got, err := s.OpenDue(t.Context(), noon.Add(time.Duration(step.minutes)*time.Minute))
		must(t, err)
		if !slices.Equal(got, step.opened) {
			t.Errorf("at %d minutes %v were opened, want %v", step.minutes, got, step.opened)
		}
		if diff := cmp.Diff(step.want, states()); diff != "" {
			t.Errorf("at %d minutes (-want +got):\n%s", step.minutes, diff)
		}
	}
	d, err := s.Finding(t.Context(), ids[1])
	must(t, err)
	if len(d.History) != 1 || d.History[0].What != "opened" {
		t.Errorf("history %+v", d.History)
	}
}

// TestPendingIsJudgedAnew: a key that is declared closes what is pending; anything else leaves it as long as it was.
func TestPendingIsJudgedAnew(t *testing.T) {
	s := newStore(t)
	id := commit(t, s, stretch(started(t, s, logA), 0, 5).see(0, 1, 1, pending("example.com", 10))).New[0]
	worse := pending("example.com", 20)
	worse.Reasons = []string{"unknown_key", "retired_key"}
	for i, step := range []struct {
		judged Judged
		state  string
		due    *time.Time
	}{
		{pending("example.com", 10), StatePending, new(noon.Add(10 * time.Minute))},
		{worse, StatePending, new(noon.Add(10 * time.Minute))},
		{unexpected("example.com"), StateOpen, nil},
		{pending("example.com", 10), StateOpen, nil},
		{expected("example.com"), StateClosed, nil},
		{pending("example.com", 30), StatePending, new(noon.Add(30 * time.Minute))},
		{expected("example.com"), StateClosed, nil},
	} {
		rejudge(t, s, byte(i+1), verdicts(step.judged))
		d, err := s.Finding(t.Context(), id)
		must(t, err)
		if d.State != step.state || (d.Due == nil) != (step.due == nil) || d.Due != nil && !d.Due.Equal(*step.due) {
			t.Errorf("step %d: %s, due %v; want %s, %v", i, d.State, d.Due, step.state, step.due)
		}
	}
}
