package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRenameReceiver: what waits, what was given up and what is gathered goes to the new name, once, and what was told
// counts as told to it.
func TestRenameReceiver(t *testing.T) {
	s := outboxOf(t, 5, "old")
	all := due(t, s, "old", noon)
	must(t, s.RecordOutcomes(t.Context(), "old", []Outcome{
		{Message: all[0].Row, At: noon, Sent: true},
		{Message: all[1].Row, At: noon, GivenUp: true, Error: "no"},
		{Message: all[2].Row, At: noon, Due: noon.Add(time.Hour), Error: "no"},
	}))
	later := noon.Add(time.Minute)
	if n, err := s.Gather(t.Context(), "old", "digest", later); n != 2 || err != nil {
		t.Fatalf("%d gathered, %v", n, err)
	}
	got, err := s.RenameReceiver(t.Context(), "old", "new", later)
	must(t, err)
	sound(t, s.Reader)
	if diff := cmp.Diff(Renamed{Known: true, Waiting: 3, GivenUp: 1}, got); diff != "" {
		t.Errorf("renamed (-want +got):\n%s", diff)
	}
	now := due(t, s, "new", later)
	if len(now) != 3 || now[0].ID != all[1].ID || now[1].ID != all[2].ID || now[2].Parted != 2 || now[0].Attempts != 0 {
		t.Errorf("due are %+v", now)
	}
	// That the first one is over is told to the new name: it is the one that heard of it.
	_, err = s.SetState(t.Context(), all[0].Thread, StateAcknowledged, "a", "", later)
	must(t, err)
	unrouted, err := s.Unrouted(t.Context(), 9)
	must(t, err)
	if len(unrouted) != 1 || !cmp.Equal(unrouted[0].Told, []string{"new"}) {
		t.Errorf("unrouted: %+v", unrouted)
	}
	if again, err := s.RenameReceiver(t.Context(), "old", "new", later); again.Known || err != nil {
		t.Errorf("renamed again: %+v, %v", again, err)
	}
}

// TestRenameToAnother: what the other has by itself it does not get twice, also not in a digest.
func TestRenameToAnother(t *testing.T) {
	s := outboxOf(t, 3, "old", "new")
	if n, err := s.Gather(t.Context(), "old", "summary", noon); n != 3 || err != nil {
		t.Fatalf("%d gathered, %v", n, err)
	}
	got, err := s.RenameReceiver(t.Context(), "old", "new", noon)
	must(t, err)
	sound(t, s.Reader)
	if diff := cmp.Diff(Renamed{Known: true, Twice: 3}, got); diff != "" {
		t.Errorf("renamed (-want +got):\n%s", diff)
	}
	if n := len(due(t, s, "new", noon)); n != 3 {
		t.Errorf("%d are due, want 3", n)
	}
}

// TestRenameDigest: what a digest holds back waits for its time.
func TestRenameDigest(t *testing.T) {
	s := newStore(t)
	commit(t, s, stretch(started(t, s, logA), 0, 2).see(0, 1, 1, unexpected("example.com")))
	routeAll(t, s, noon.Add(time.Hour), "old")
	_, err := s.RenameReceiver(t.Context(), "old", "new", noon)
	must(t, err)
	if n := len(due(t, s, "new", noon)); n != 0 {
		t.Errorf("%d are due before their time", n)
	}
	if n := len(due(t, s, "new", noon.Add(time.Hour))); n != 1 {
		t.Errorf("%d are due at their time", n)
	}
}
