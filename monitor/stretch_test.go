package monitor

import (
	"testing"
	"time"

	"pinwatch/ct"
)

func TestStretchIsRipe(t *testing.T) {
	begun := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	add := func(s *stretch, pages, candidates int) {
		for range pages {
			p := page{tree: ct.NewSpan(s.next.Size()), candidates: make([]candidate, candidates)}
			p.tree.Append(ct.Hash{})
			s.add(&p)
		}
	}
	for _, tt := range []struct {
		name              string
		pages, candidates int // of each page
		to                uint64
		after             time.Duration
		ripe, ripeAgain   bool // and when a proof was put off
	}{
		{"young and small", 3, 1, 1000, time.Second, false, false},
		{"long", maxStretch, 0, 1000, time.Second, true, false},
		{"many candidates", 2, maxCandidates / 2, 1000, time.Second, true, false},
		{"old", 1, 0, 1000, maxStretchTime, true, false},
		{"old and empty", 0, 0, 1000, maxStretchTime, false, false},
		{"at the end", 3, 0, 3, time.Second, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStretch(ct.Range{}, begun, maxStretchTime)
			add(s, tt.pages, tt.candidates)
			now := begun.Add(tt.after)
			if got := s.ripe(tt.to, now); got != tt.ripe {
				t.Errorf("ripe: %v", got)
			}
			s.wait(now)
			if got := s.ripe(tt.to, now); got != tt.ripeAgain {
				t.Errorf("ripe when it was put off: %v", got)
			}
			if s.next.Size() != uint64(tt.pages) || len(s.candidates) != tt.pages*tt.candidates {
				t.Errorf("%d entries, %d candidates", s.next.Size(), len(s.candidates))
			}
		})
	}
}
