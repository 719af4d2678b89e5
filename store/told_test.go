package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUntold(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	untold := func(want ...string) {
		t.Helper()
		got, err := s.Untold(t.Context(), 10)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("untold (-want +got):\n%s", diff)
		}
	}
	untold()
	ids := commit(t, s, stretch(run, 0, 9).see(1, 1, 1, unexpected("a")).see(2, 2, 1, unexpected("a"))).New
	untold(ids...)
	must(t, s.MarkTold(t.Context(), ids[0]))
	untold(ids[1])
	more := commit(t, s, stretch(run, 9, 19).see(12, 3, 1, unexpected("a"))).New
	untold(ids[1], more[0])
	must(t, s.MarkTold(t.Context(), more[0]))
	untold()
	must(t, s.MarkTold(t.Context(), ids[0])) // it never goes back
	untold()
	must(t, s.MarkTold(t.Context(), "no such finding"))
	untold()
}
