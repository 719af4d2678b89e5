package monitor

import (
	"context"
	"testing"
	"time"

	"pinwatch/ct"
)

// paged is a reader that knows nothing but its page size.
type paged struct {
	ct.Reader
	size uint64
}

func (p paged) PageSize() uint64 { return p.size }

// room is how many lanes can be taken until there are no more.
func room(l *lanes, free chan time.Duration) int {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	n := 0
	for l.taken < min(int(l.wanted), l.share()) {
		if !l.take(ctx, free) {
			break
		}
		n++
	}
	return n
}

func TestLanes(t *testing.T) {
	s := &scanner{}
	tiles := &Source{Log: &ct.Log{MonitoringURL: "https://log.example/"}, Reader: paged{size: 256}}
	l := s.open(tiles)
	free := make(chan time.Duration, maxLanes)
	if got := room(l, free); got != firstLanes {
		t.Fatalf("a log begins with %d lanes", got)
	}
	pages := func(n int, took time.Duration) {
		for range n {
			free <- took
			if !l.take(t.Context(), free) {
				t.Fatal("no lane though a page gave one back")
			}
			room(l, free)
		}
	}
	pages(4, slowPage/2)
	if l.taken != firstLanes+2 {
		t.Errorf("%d lanes after four pages that came soon", l.taken)
	}
	pages(1000, slowPage/2)
	if l.taken != maxLanes {
		t.Errorf("%d lanes after many pages that came soon", l.taken)
	}
	for range maxLanes {
		free <- slowPage
	}
	if !l.take(t.Context(), free) || l.taken != 1 {
		t.Errorf("%d lanes after many that did not", l.taken)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if l.take(ctx, free) {
		t.Error("a lane when all are taken and the work has ended")
	}
}

func TestLanesAreShared(t *testing.T) {
	s := &scanner{}
	tiles := &Source{Log: &ct.Log{MonitoringURL: "https://log.example/"}, Reader: paged{size: 256}}
	for _, tt := range []struct {
		src  *Source
		want int
	}{
		{tiles, maxLanes},
		{tiles, maxLanes / 2},
		{&Source{Log: &ct.Log{URL: "https://log.example/"}, Reader: paged{size: 1024}}, maxLanes / 3 / 16},
		{&Source{Log: &ct.Log{URL: "https://log.example/"}, Reader: paged{size: 32}}, maxLanes / 4},
	} {
		l := s.open(tt.src)
		if got := l.share(); got != tt.want {
			t.Errorf("%d logs: %d lanes, not %d", s.reading.Load(), got, tt.want)
		}
	}
	for range 1000 {
		s.open(tiles)
	}
	last := s.open(tiles)
	if got := last.share(); got != 1 {
		t.Errorf("%d lanes of many logs", got)
	}
	for range 1003 {
		last.close()
	}
	if got := last.share(); got != maxLanes/2 {
		t.Errorf("%d lanes when most logs are read", got)
	}
}
