package cli

import (
	"fmt"
	"time"

	"pinwatch/store"
)

// paceWindow is how far back one looks for how fast logs grow and are read: a day, because traffic has hours.
const paceWindow = 24 * time.Hour

// minPace is the shortest time that makes a rate.
const minPace = 10 * time.Second

// outlook is whether a log can be caught up with: the rate that is required against the one that is had.
type outlook struct {
	grows, reads float64       // entries a second; negative: not known
	in           time.Duration // until the head is reached at these rates; 0: it is kept up with; negative: not known, or never
	never        bool          // at these rates it never is: the log grows at least as fast as it is read
}

// keepingUp is how far behind a log may be that is kept up with: a tile is read when it is full or five minutes old, and
// heads are asked for once a minute.
const keepingUp = 10 * time.Minute

// newOutlook compares how fast a log grows with how fast it was read while it was read: a scan that ends early for want
// of time reads at this rate only as long as it runs.
func newOutlook(s *store.LogStatus, p store.Pace) outlook {
	o := outlook{grows: rate(p.Grown, p.GrownIn), reads: rate(p.Read, p.ReadIn), in: -1}
	switch gain := o.reads - max(o.grows, 0); {
	case s.Lag() < 256 || float64(s.Lag()) <= o.grows*keepingUp.Seconds():
		o.in = 0
	case o.reads < 0:
	case gain <= 0:
		o.never = true
	default:
		// A duration holds 292 years; what takes longer is no prediction.
		o.in = time.Duration(min(float64(s.Lag())/gain, 1e9) * float64(time.Second))
	}
	return o
}

func rate(n uint64, in time.Duration) float64 {
	if in < minPace {
		return -1
	}
	return float64(n) / in.Seconds()
}

// cells are the outlook in a table.
func (o outlook) cells() (grows, reads, in string) {
	perSecond := func(r float64) string {
		switch {
		case r < 0:
			return "-"
		case r < 10:
			return fmt.Sprintf("%.1f/s", r)
		}
		return fmt.Sprintf("%.0f/s", r)
	}
	switch {
	case o.never:
		in = "not so"
	case o.in <= 0:
		in = "-"
	case o.in < 48*time.Hour:
		in = o.in.Round(time.Minute).String()
	default:
		in = fmt.Sprintf("%d days", int(o.in/(24*time.Hour)))
	}
	return perSecond(o.grows), perSecond(o.reads), in
}

// paceJSON is an outlook as other tools read it. null is not known.
type paceJSON struct {
	Grows   *float64 `json:"grows_per_second"`
	Reads   *float64 `json:"reads_per_second"`
	InTime  *float64 `json:"caught_up_in"` // seconds
	Falling bool     `json:"falling_behind"`
}

func (o outlook) json() paceJSON {
	known := func(v float64) *float64 {
		if v < 0 {
			return nil
		}
		return &v
	}
	return paceJSON{Grows: known(o.grows), Reads: known(o.reads), InTime: known(o.in.Seconds()), Falling: o.never}
}
