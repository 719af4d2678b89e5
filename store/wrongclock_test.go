package store

import (
	"context"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// TestWrongClock has a clock that was years ahead for a while. What it wrote must neither hold a message back for years nor
// use up a limit.
func TestWrongClock(t *testing.T) {
	s := outboxOf(t, 3)
	ahead := noon.AddDate(5, 0, 0)
	must(t, s.write(t.Context(), func(ctx context.Context, tx *sqlx.Tx) error {
		for id := range int64(3) {
			if err := deliver(ctx, tx, id+1, Recipient{Receiver: "chat", Due: ahead}, ahead); err != nil {
				return err
			}
		}
		return nil
	}))
	must(t, s.RecordOutcomes(t.Context(), "chat", []Outcome{{Message: 1, At: ahead, Sent: true}}))
	if w, err := s.Waiting(t.Context(), "chat", noon, noon.Add(-time.Hour)); err != nil || w.Sent != 0 || w.Due != 0 {
		t.Errorf("%+v, %v: what is sent in the future counts for a limit", w, err)
	}
	if n, err := s.Abandon(t.Context(), []string{"chat"}, noon, noon); n != 0 || err != nil {
		t.Errorf("%d were given up, %v", n, err)
	}
	if got := due(t, s, "chat", noon); len(got) != 2 || !got[0].Since.Equal(noon) {
		t.Errorf("%d messages are due, want 2: %+v", len(got), got)
	}
	sound(t, s.Reader)
}
