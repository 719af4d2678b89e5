package fetch

import (
	"math"
	"math/rand/v2"
	"time"
)

const (
	// publicRate bounds the requests per second to an operator that never complains: 25,600 entries a second in full
	// tiles, ten times what all logs grow by together, and little enough that no mistake of ours can be a flood. A
	// log on loopback has no such bound.
	publicRate = 100
	// slowestRate is as slow as rate signals can make us, in requests per second; pauses come on top.
	slowestRate = 1.0 / 60
	// regrow is the number of seconds in which spacing that has been cut could grow back to what it was before twice
	// over: fast enough to recover, slow enough that a log which allows one request in six seconds refuses few.
	regrow = 300
	// quiet is how long after the last rate signal the rate begins to double every redouble. By then it is above what it
	// was before that cut, and nobody has complained: the trouble is over. A log with a steady limit complains sooner.
	quiet    = regrow * 2 / 3 * time.Second
	redouble = 30 * time.Second
	// timerSlack is by how much a request may catch up on its turn: timers are not exact.
	timerSlack = 10 * time.Millisecond
	// maxGap keeps idle times from counting as a slow pace.
	maxGap = time.Second
)

// pace spaces requests: additive increase, multiplicative decrease of a rate. The zero value knows no limit.
type pace struct {
	bound float64 // requests per second by configuration, 0 for none
	rate  float64 // requests per second learned from rate signals, 0 for none yet
	gain  float64 // growth of rate per second
	next  time.Time
	last  time.Time     // the last turn
	gap   time.Duration // running mean of the time between turns
	cuts  int           // turns handed out before the last one no longer count
	cutAt time.Time     // the last cut
}

// allowed is the requests per second that may be made, 0 for no limit.
func (p *pace) allowed(local bool) float64 {
	r := p.rate
	bound := p.bound
	if bound == 0 && !local {
		bound = publicRate
	}
	if r == 0 || bound > 0 && bound < r {
		return bound
	}
	return r
}

// turn hands out the next point in time at which a request may begin, now at the earliest.
func (p *pace) turn(now time.Time, local bool) time.Time {
	at := now
	if r := p.allowed(local); r > 0 {
		if p.next.After(now) {
			at = p.next
		}
		jitter := 0.9 + 0.2*rand.Float64()
		interval := time.Duration(float64(time.Second) / r * jitter)
		from := p.next
		if slack := now.Add(-timerSlack); from.Before(slack) {
			from = slack
		}
		p.next = from.Add(interval)
	}
	gap := min(max(0, at.Sub(p.last)), maxGap)
	p.gap += (gap - p.gap) / 16
	p.last = at
	return at
}

// cut halves the rate, or sets it to half of what has been asked lately. The next turn keeps the new distance already.
func (p *pace) cut(now time.Time) {
	r := float64(time.Second) / float64(max(p.gap, time.Microsecond))
	if p.rate > 0 {
		r = min(r, p.rate)
	}
	p.gain = r / regrow
	p.rate = max(slowestRate, r/2)
	p.next = now.Add(time.Duration(float64(time.Second) / p.rate))
	p.cuts++
	p.cutAt = now
}

// grow raises the rate after a success that had waited for its turn: by gain a second, that is, by gain/rate a request.
func (p *pace) grow(now time.Time) {
	if p.rate == 0 {
		return
	}
	gain := p.gain
	if now.Sub(p.cutAt) > quiet {
		gain = max(gain, p.rate*math.Ln2/redouble.Seconds())
	}
	p.rate += gain / p.rate
}
