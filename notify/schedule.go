package notify

import (
	"math/rand/v2"
	"time"
)

// Digest says that messages are gathered and told together. The zero value is not at all.
type Digest struct {
	// Every is the period, counted from the beginning of the Unix epoch, in UTC: 24h ends at midnight.
	Every time.Duration
	// Daily says that they are told once a day, this long after midnight in Zone.
	Daily bool
	At    time.Duration
	Zone  *time.Location
}

// on says whether there is a digest at all.
func (d *Digest) on() bool { return d.Daily || d.Every > 0 }

// Next is when what happens now is told: now itself where nothing is gathered.
func (d *Digest) Next(now time.Time) time.Time {
	switch {
	case d.Daily:
		at := now.In(d.Zone)
		for day := at.Day(); ; day++ {
			// Date takes a time that a day does not have, when clocks are put forward, for the one an hour later.
			next := time.Date(at.Year(), at.Month(), day, 0, int(d.At/time.Minute), 0, 0, d.Zone)
			if next.After(now) {
				return next
			}
		}
	case d.Every > 0:
		return time.UnixMilli(now.UnixMilli() - now.UnixMilli()%d.Every.Milliseconds()).Add(d.Every)
	}
	return now
}

// Limit is how many messages a receiver gets in a time. The last of them stands for all that would be too many. The zero
// value is no limit.
type Limit struct {
	N   int
	Per time.Duration
}

// How failures are waited out.
const (
	firstPause   = time.Second
	longestPause = time.Minute // so that a receiver that was down hears within a minute of being up
	// longestWait bounds how rarely a message is tried that alone fails.
	longestWait = 30 * time.Minute
	// A message that is refused as it is waits a minute, then twice as long each time, and is given up after an hour.
	refusedPause  = time.Minute
	refusedFor    = time.Hour
	leastRefusals = 3 // at least, however far apart
	// longestLater bounds what a receiver may ask for.
	longestLater = 24 * time.Hour
)

// backoff is how long to wait after a number of failures: a second, twice as long after each, with a quarter of jitter
// so that receivers of one host do not keep step.
func backoff(failures int, most time.Duration) time.Duration {
	d := min(firstPause<<min(max(failures-1, 0), 20), most)
	return d - d/8 + rand.N(d/4+1)
}
