package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// later is when kept entries are read again.
var later = noon.Add(24 * time.Hour)

// keep adds entries that could not be read to a commit. Those that have a sighting are said to concern a watch.
func (c *Commit) keep(indices ...uint64) *Commit {
	for _, at := range indices {
		seen := slices.ContainsFunc(c.Sightings, func(s Sighting) bool { return s.Index == at })
		c.Undetermined = append(c.Undetermined, Undetermined{
			Index: at, Reason: "extensions", Leaf: fmt.Appendf(nil, "leaf %d", at), Matched: seen,
		})
	}
	return c
}

// readAs is an entry of logA that turned out to be an issuance, read in full and fetched again.
func readAs(index uint64, n, ca byte, judged ...Judged) Rereading {
	seen := (&Commit{}).see(index, n, ca, judged...)
	return Rereading{
		LogID: logA, Index: index, Resolved: true, Fetched: true, Sighting: &seen.Sightings[0], Certificates: seen.Certificates,
	}
}

// reread writes entries read again, twice: the second time must change nothing.
func reread(t *testing.T, s *Store, entries ...Rereading) *Committed {
	t.Helper()
	r := &Reread{Policy: h(2), Now: later, Entries: entries}
	done, err := s.Reread(t.Context(), r)
	must(t, err)
	sound(t, s.Reader)
	before := dump(t, s.w)
	r.Now = later.Add(time.Hour)
	again, err := s.Reread(t.Context(), r)
	must(t, err)
	if len(again.New)+len(again.Changed) != 0 {
		t.Errorf("the second time: %+v", again)
	}
	if diff := cmp.Diff(before, dump(t, s.w)); diff != "" {
		t.Errorf("the second time changed the database (-before +after):\n%s", diff)
	}
	return done
}

func totals(t *testing.T, s *Store) Totals {
	t.Helper()
	logs, err := s.LogStatuses(t.Context())
	must(t, err)
	return logs[0].Totals
}

func TestKept(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logB) // the first row: pages do not follow the order of IDs
	started(t, s, logA)
	c := stretch(run, 0, 9).see(4, 1, 1, undecided("example.net"), unexpected("example.com")).keep(2, 4)
	c.Undetermined[0].Whole = true
	commit(t, s, c)
	c = stretch(run, 0, 5).keep(0)
	c.LogID = logB
	commit(t, s, c)
	reread(t, s, Rereading{LogID: logA, Index: 4, Resolved: true})
	want := []Kept{
		{LogID: logB, Index: 0, Reason: "extensions", Leaf: []byte("leaf 0"), Decided: []string{}},
		{LogID: logA, Index: 2, Reason: "extensions", Leaf: []byte("leaf 2"), Whole: true, Decided: []string{}},
		{
			LogID: logA, Index: 4, Reason: "extensions", Leaf: []byte("leaf 4"), Matched: true, Resolved: true,
			Decided: []string{"example.com"},
		},
	}
	for limit := 1; limit <= 4; limit++ {
		var got []Kept
		var after *Kept
		for {
			page, err := s.Kept(t.Context(), after, limit)
			must(t, err)
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			after = &page[len(page)-1]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d at a time (-want +got):\n%s", limit, diff)
		}
	}
}

// TestRereadLate: an entry that concerned nobody when it was first read gets all that it would have got then.
func TestRereadLate(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	commit(t, s, stretch(run, 0, 5).keep(1, 3))
	commit(t, s, stretch(run, 5, 9).see(6, 2, 1, unexpected("example.com")))
	unread := readAs(3, 1, 1, undecided("example.net"))
	unread.Resolved = false
	done := reread(t, s, readAs(1, 1, 1, unexpected("example.com")), unread)
	if len(done.New) != 2 || len(done.Changed) != 0 {
		t.Errorf("%+v", done)
	}
	if diff := cmp.Diff(Totals{Entries: 9, Precerts: 2, Matched: 3, Undetermined: 2, Outstanding: 1}, totals(t, s)); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	want := []string{"01 unexpected open 1", "01 unexpected open 2", "01 undetermined open 2"}
	if diff := cmp.Diff(want, outcomes(t, s)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	found, err := s.Finding(t.Context(), done.New[0])
	must(t, err)
	if found.Policy != h(2) || !found.FirstSeen.Equal(later) || found.Sightings[0].Index != 1 || len(found.Certificates) != 1 {
		t.Errorf("%+v", found)
	}
}

// TestRereadAs follows sightings whose certificate could not be walked: issuance 9, without an issuer.
func TestRereadAs(t *testing.T) {
	unread := func(s *Store, run int64) string { // two entries with the same bytes
		c := stretch(run, 0, 5).see(1, 9, 0, undecided("example.com")).see(3, 9, 0, undecided("example.com")).keep(1, 3)
		return commit(t, s, c).New[0]
	}
	for _, tt := range []struct {
		name    string
		known   []Judged // of issuance 1, which was read without trouble elsewhere
		read    []Rereading
		want    []string
		new     int
		changed int
		events  []string // of the finding that the second one became
	}{
		{
			name: "nothing better", read: []Rereading{readAs(1, 9, 0, undecided("example.com"))},
			want: []string{"<nil> undetermined open 2"},
		}, {
			name: "decided", read: []Rereading{readAs(1, 9, 1, expected("example.com"))},
			want: []string{"01 expected closed 2"}, changed: 1, events: []string{"decided"},
		}, {
			name: "another identity", read: []Rereading{readAs(1, 1, 1, unexpected("example.com"))},
			want: []string{"01 unexpected open 2"}, changed: 1, events: []string{"decided"},
		}, {
			name: "another identity, of both entries",
			read: []Rereading{readAs(1, 1, 1, unexpected("example.com")), readAs(3, 1, 1, unexpected("example.com"))},
			want: []string{"01 unexpected open 2"}, changed: 1, events: []string{"decided"},
		}, {
			name: "another identity, without the chain", read: []Rereading{readAs(1, 1, 0, undecided("example.com"))},
			want: []string{"<nil> undetermined open 2"},
		}, {
			name: "known, the same watch", known: []Judged{expected("example.com")},
			read: []Rereading{readAs(1, 1, 1, expected("example.com"))},
			want: []string{"01 expected closed 3"}, events: []string{"merged"},
		}, {
			name: "known, undecided", known: []Judged{undecided("example.com")},
			read: []Rereading{readAs(1, 1, 1, unexpected("example.com")), readAs(3, 1, 1, unexpected("example.com"))},
			want: []string{"01 unexpected open 3"}, changed: 1, events: []string{"merged", "decided"},
		}, {
			name: "known, another watch", known: []Judged{expected("example.net")},
			read: []Rereading{readAs(1, 1, 1, expected("example.com"), expected("example.net"))},
			want: []string{"01 expected closed 3", "01 expected closed 3"}, changed: 1, events: []string{"decided"},
		}, {
			name: "known, and a new watch", known: []Judged{expected("example.com")},
			read: []Rereading{readAs(1, 1, 1, expected("example.com"), unexpected("example.org"))},
			want: []string{"01 expected closed 3", "01 unexpected open 3"}, new: 1, events: []string{"merged"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStore(t)
			run := started(t, s, logA)
			id := unread(s, run)
			s.w.MustExec(`INSERT INTO authorisations (watch, dimension, spki, label, kind, finding, added, added_by, added_why)
				VALUES ('example.com', 'keys', zeroblob(32), '', 'adopted', 1, 0, 'ann', '')`)
			if tt.known != nil {
				commit(t, s, stretch(run, 5, 9).see(6, 1, 1, tt.known...))
			}
			done := reread(t, s, tt.read...)
			if len(done.New) != tt.new || len(done.Changed) != tt.changed {
				t.Errorf("%+v", done)
			}
			if diff := cmp.Diff(tt.want, outcomes(t, s)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			var events []string
			for _, e := range history(t, s, id) {
				events = append(events, e.What)
			}
			if diff := cmp.Diff(tt.events, events); diff != "" {
				t.Errorf("history (-want +got):\n%s", diff)
			}
		})
	}
}

// history is that of the finding with the ID, or of the one that it was merged into.
func history(t *testing.T, s *Store, id string) []Event {
	t.Helper()
	d, err := s.Finding(t.Context(), id)
	must(t, err)
	if d.ID != id && !slices.ContainsFunc(d.History, func(e Event) bool {
		return e.What == "merged" && e.Why == "finding "+id+" (undetermined, open) was about the same certificate"
	}) {
		t.Errorf("finding %s is answered by %s, which does not remember it", id, d.ID)
	}
	return d.History
}

// TestRereadKeeps: what was had from the log once is not lost when it cannot be had again.
func TestRereadKeeps(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	id := commit(t, s, stretch(run, 0, 5).see(1, 9, 1, undecided("example.com")).keep(1)).New[0]
	again := readAs(1, 1, 0, undecided("example.com"))
	again.Fetched, again.Sighting.Chain = false, nil
	reread(t, s, again)
	found, err := s.Finding(t.Context(), id)
	must(t, err)
	iss, certs := cert(1, 1)
	if diff := cmp.Diff(iss, found.Issuance); diff != "" {
		t.Errorf("issuance (-want +got):\n%s", diff)
	}
	if found.Sightings[0].CertSHA256 == certs[0].SHA256 {
		t.Error("what was submitted is forgotten")
	}
	again.Fetched = true
	reread(t, s, again)
	found, err = s.Finding(t.Context(), id)
	must(t, err)
	if found.Sightings[0].CertSHA256 != certs[0].SHA256 {
		t.Error("what was submitted is not taken from the log")
	}
}

// TestRereadIsAtomic: where one entry cannot be written, none is.
func TestRereadIsAtomic(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	commit(t, s, stretch(run, 0, 5).see(1, 9, 0, undecided("example.com")).keep(1, 3))
	commit(t, s, stretch(run, 5, 9).see(6, 1, 1, expected("example.com")))
	before := dump(t, s.w)
	good := readAs(1, 1, 1, expected("example.com"))
	elsewhere := readAs(3, 2, 1, unexpected("example.com"))
	elsewhere.Sighting.Index = 4
	for name, tt := range map[string]struct {
		bad  Rereading
		want error
	}{
		"not kept":       {Rereading{LogID: logA, Index: 2, Resolved: true}, ErrNotKept},
		"unknown log":    {Rereading{LogID: logB, Index: 1, Resolved: true}, ErrUnknownLog},
		"of elsewhere":   {elsewhere, nil},
		"no certificate": {Rereading{LogID: logA, Index: 3, Sighting: readAs(3, 2, 2, expected("w")).Sighting}, nil},
	} {
		done, err := s.Reread(t.Context(), &Reread{Now: later, Entries: []Rereading{good, tt.bad}})
		if err == nil || done != nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %+v, %v", name, done, err)
		}
		if diff := cmp.Diff(before, dump(t, s.w)); diff != "" {
			t.Errorf("%s left (-before +after):\n%s", name, diff)
		}
	}
	reread(t, s, good)
}
