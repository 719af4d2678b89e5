package store

import (
	"testing"
	"time"
)

// TestPinsChecked: it is known when the pins of the last policy were checked, and of no other.
func TestPinsChecked(t *testing.T) {
	s := newStore(t)
	for _, step := range []struct {
		mark byte // policy; 0: none
		want [2]time.Time
	}{
		{0, [2]time.Time{}},
		{1, [2]time.Time{noon}},
		{2, [2]time.Time{{}, noon}},
	} {
		if step.mark > 0 {
			must(t, s.MarkPinsChecked(t.Context(), h(step.mark), noon))
		}
		for i, want := range step.want {
			got, err := s.PinsChecked(t.Context(), h(byte(i+1)))
			must(t, err)
			if !got.Equal(want) {
				t.Errorf("after %d, policy %d was checked at %v, want %v", step.mark, i+1, got, want)
			}
		}
	}
	sound(t, s.Reader)
}
