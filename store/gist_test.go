package store

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGists: what findings come to is what they are, in order of birth, in more than one portion; an unknown ID is left out.
func TestGists(t *testing.T) {
	s := newStore(t)
	c := stretch(started(t, s, logA), 0, 200)
	var judged []Judged
	for i := range 2 * 30 {
		watch := string(rune('a'+i%26)) + string(rune('a'+i/26)) + ".example"
		judged = append(judged, [...]Judged{unexpected(watch), expected(watch), undecided(watch)}[i%3])
	}
	for i := range byte(200) {
		c.see(uint64(i), i, 1, judged...)
	}
	ids := commit(t, s, c).New
	if len(ids) <= gistPortion {
		t.Fatalf("%d findings are one portion", len(ids))
	}
	asked := slices.Clone(ids)
	slices.Reverse(asked)
	got, err := s.Gists(t.Context(), append(asked, "unknown"))
	must(t, err)
	var want []Gist
	for portion := range slices.Chunk(ids, maxPage) {
		findings, err := s.Findings(t.Context(), Filter{IDs: portion})
		must(t, err)
		for i := range findings {
			want = append(want, findings[i].Gist())
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%.2000s", diff)
	}
	if got, err := s.Gists(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}
