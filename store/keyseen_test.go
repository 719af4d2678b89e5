package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKeySeen: certificates with one key know of each other, of one commit and in whatever order they came.
func TestKeySeen(t *testing.T) {
	s := newStore(t)
	closed, pinned := unexpected("example.com"), unexpected("example.com")
	closed.Open, pinned.KeyPinned = false, new(true)
	c := stretch(started(t, s, logA), 0, 40)
	for i := range byte(14) {
		judged := unexpected("example.com")
		switch i {
		case 1:
			judged = closed
		case 2:
			judged = pinned
		case 13: // has a key of its own
			c.see(uint64(i), i, 1, judged)
			continue
		}
		c.see(uint64(i), i, 1, judged)
		c.Sightings[i].Issuance.SPKISHA256 = new(h(99))
		c.Sightings[i].Issuance.Names = []string{string('a'+rune(i)) + ".example.com"}
	}
	ids := commit(t, s, c).New
	all, err := s.Findings(t.Context(), Filter{All: true})
	must(t, err)
	first := func(n int, but int) (out []KeySeen) {
		for i := 0; len(out) < n; i++ {
			if i != but {
				out = append(out, KeySeen{Finding: ids[i], Names: c.Sightings[i].Issuance.Names, FirstSeen: c.Now})
			}
		}
		return out
	}
	for i, want := range map[int][]KeySeen{
		0: first(maxKeySeen, 0), 1: nil, 2: nil, 3: first(maxKeySeen, 3), 12: first(maxKeySeen, 12), 13: nil,
	} {
		if diff := cmp.Diff(want, all[i].KeySeen); diff != "" {
			t.Errorf("certificate %d (-want +got):\n%s", i, diff)
		}
	}
	_, err = s.Rejudge(t.Context(), &Rejudge{Policy: h(7), Now: noon, Judge: verdicts(), Pins: []Pin{
		{Watch: "example.net", Dimension: "keys", SPKI: h(99)},
		{Watch: "example.org", Dimension: "chain", SPKI: h(99)},
		{Watch: "example.com", Dimension: "keys", SPKI: h(98)},
		{Watch: "example.edu", Dimension: "issuers", SPKI: h(99)},
	}})
	must(t, err)
	d, err := s.Finding(t.Context(), ids[0])
	must(t, err)
	if diff := cmp.Diff([]string{"example.net", "example.org"}, d.PinnedFor); diff != "" {
		t.Errorf("pinned for (-want +got):\n%s", diff)
	}
}
