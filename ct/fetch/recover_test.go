package fetch

import (
	"testing"
	"time"
)

// A burst of refusals slows us for some minutes, and not for hours.
func TestPaceRecoversFromABurst(t *testing.T) {
	var p pace
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for range 100 { // ten requests a second, without a complaint
		p.turn(now, false)
		now = now.Add(100 * time.Millisecond)
	}
	for range 6 {
		p.cut(now)
		now = now.Add(10 * time.Second)
	}
	slowed, burst := p.allowed(false), now
	if slowed > 1 {
		t.Fatalf("%.2f requests a second after six refusals", slowed)
	}
	for p.allowed(false) < 10 {
		now = p.turn(now, false)
		p.grow(now)
		if now.Sub(burst) > 15*time.Minute {
			t.Fatalf("still at %.2f requests a second a quarter of an hour after the burst", p.allowed(false))
		}
	}
	t.Logf("from %.2f to 10 requests a second in %s", slowed, now.Sub(burst))
}
