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
	got, err := s.RenameReceiver(t.Context(), "old", "new", false, later)
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
	if again, err := s.RenameReceiver(t.Context(), "old", "new", false, later); again.Known || err != nil {
		t.Errorf("renamed again: %+v, %v", again, err)
	}
}

// TestRenameToAnother: a name that was told the same at the same time is another receiver's, and nothing is changed
// unless that is meant. Then what the other has by itself it does not get twice, also not in a digest.
func TestRenameToAnother(t *testing.T) {
	s := outboxOf(t, 3, "old", "new")
	if n, err := s.Gather(t.Context(), "old", "summary", noon); n != 3 || err != nil {
		t.Fatalf("%d gathered, %v", n, err)
	}
	got, err := s.RenameReceiver(t.Context(), "old", "new", false, noon)
	must(t, err)
	if diff := cmp.Diff(Renamed{Known: true, Both: 3}, got); diff != "" {
		t.Errorf("not renamed (-want +got):\n%s", diff)
	}
	if old := due(t, s, "old", noon); len(old) != 1 || old[0].Parted != 3 {
		t.Errorf("due under the old name are %+v", old)
	}
	got, err = s.RenameReceiver(t.Context(), "old", "new", true, noon)
	must(t, err)
	sound(t, s.Reader)
	if diff := cmp.Diff(Renamed{Known: true, Both: 3}, got); diff != "" {
		t.Errorf("renamed (-want +got):\n%s", diff)
	}
	if n := len(due(t, s, "new", noon)); n != 3 {
		t.Errorf("%d are due, want 3", n)
	}
}

// TestRenameLate: what became of things between the new name in the configuration and the renaming is told to the new
// name, unless it heard of something later; and what is over was given up for good.
func TestRenameLate(t *testing.T) {
	s := outboxOf(t, 3, "old")
	all := due(t, s, "old", noon)
	set := func(i int, state string) {
		t.Helper()
		_, err := s.SetState(t.Context(), all[i].Thread, state, "a", "", noon)
		must(t, err)
	}
	sent := func(i int) Outcome { return Outcome{Message: all[i].Row, At: noon, Sent: true} }
	must(t, s.RecordOutcomes(t.Context(), "old", []Outcome{sent(0), sent(1), {Message: all[2].Row, At: noon, GivenUp: true, Error: "no"}}))
	set(2, StateAcknowledged)
	routeAll(t, s, noon, "old")
	must(t, s.RecordOutcomes(t.Context(), "old", []Outcome{{Message: due(t, s, "old", noon)[0].Row, At: noon, Sent: true}}))
	// From here on the configuration has the new name, which nobody told of these.
	set(0, StateAcknowledged)
	set(1, StateAcknowledged)
	routeAll(t, s, noon)
	set(1, StateOpen)
	routeAll(t, s, noon, "new")
	got, err := s.RenameReceiver(t.Context(), "old", "new", false, noon)
	must(t, err)
	sound(t, s.Reader)
	if diff := cmp.Diff(Renamed{Known: true, Waiting: 1}, got); diff != "" {
		t.Errorf("renamed (-want +got):\n%s", diff)
	}
	var told []string
	for _, d := range due(t, s, "new", noon) {
		told = append(told, d.Event+" "+d.Thread)
	}
	if diff := cmp.Diff([]string{"resolved " + all[0].Thread, "reopened " + all[1].Thread}, told); diff != "" {
		t.Errorf("due (-want +got):\n%s", diff)
	}
}

// TestRenameDigest: what a digest holds back waits for its time.
func TestRenameDigest(t *testing.T) {
	s := newStore(t)
	commit(t, s, stretch(started(t, s, logA), 0, 2).see(0, 1, 1, unexpected("example.com")))
	routeAll(t, s, noon.Add(time.Hour), "old")
	_, err := s.RenameReceiver(t.Context(), "old", "new", false, noon)
	must(t, err)
	if n := len(due(t, s, "new", noon)); n != 0 {
		t.Errorf("%d are due before their time", n)
	}
	if n := len(due(t, s, "new", noon.Add(time.Hour))); n != 1 {
		t.Errorf("%d are due at their time", n)
	}
}
