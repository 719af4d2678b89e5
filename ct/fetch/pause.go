package fetch

import (
	"errors"
	"math/rand/v2"
	"time"
)

const (
	// firstPause follows a first failure; it doubles with each failure in a row up to maxPause.
	firstPause = time.Second
	maxPause   = time.Minute
	// freeMisses is how many 404s in a row are a log's normal life: a partial tile that has vanished, and the full
	// tile that is not there yet.
	freeMisses = 2
)

// pause is the time in which an operator, or one log, is left alone after failures.
type pause struct {
	failures int    // rounds in a row that failed
	before   int    // failures before the last success
	misses   int    // 404s in a row
	round    uint64 // the last ticket that was out when a failure was counted
	until    time.Time
	cause    error
}

// failure is one request's failure.
type failure struct {
	seq, last uint64 // its ticket, and the last ticket that is out
	at        time.Time
	cause     error
}

// fail lengthens the pause: it begins now and lasts as long as the failures in a row ask for, at least atLeast.
// Requests that were under way together fail together, which is one failure; fail says whether this was a new one.
func (p *pause) fail(f failure, atLeast time.Duration) bool {
	fresh := f.seq > p.round
	if fresh {
		p.failures++
		p.round = f.last
		p.cause = f.cause
	}
	// Jitter only ever lengthens: nobody is asked before the time they named.
	if until := f.at.Add(jitter(max(backoff(p.failures), atLeast))); until.After(p.until) {
		p.until = until
	}
	return fresh
}

// miss counts a 404.
func (p *pause) miss(f failure) {
	if p.misses++; p.misses > freeMisses {
		// Only the words are kept: whoever meets the pause must not take it for their own request's 404.
		f.cause = errors.New(f.cause.Error())
		p.fail(f, 0)
	}
}

// probe is called when a request begins: after failures, the next one may follow only when this one has had its time.
func (p *pause) probe(now time.Time) {
	if p.failures > 0 {
		p.until = now.Add(backoff(p.failures + 1))
	}
}

// reject takes the last success back: what was fetched was no good.
func (p *pause) reject(f failure) {
	if f.seq > p.round {
		p.failures = p.before
	}
	p.fail(f, 0)
}

// succeed ends the pause, if the request began after what caused it; it says whether there was one to end.
func (p *pause) succeed(seq uint64) bool {
	if seq <= p.round {
		return false
	}
	ended := p.failures > 0
	p.before = p.failures
	p.failures, p.misses, p.until, p.cause = 0, 0, time.Time{}, nil
	return ended
}

// backoff is the pause after so many failures in a row, without jitter.
func backoff(failures int) time.Duration {
	return min(firstPause<<min(max(failures, 1)-1, 10), maxPause)
}

// jitter lengthens d by up to a quarter.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration(rand.Float64()*float64(d)/4)
}
