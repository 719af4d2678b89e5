package loglist

import (
	"fmt"
	"slices"
	"time"
)

// Policy says which logs of a list to follow. The zero value follows what a certificate of today may be in.
type Policy struct {
	// States are the states to follow; empty means usable, qualified and readonly.
	States []string
	// ExpiredFor, where positive, skips shards whose interval ended at least so long ago: all they hold has expired.
	ExpiredFor time.Duration
	// Test also follows logs of type test.
	Test bool
}

// Selection is what a Policy makes of a list. The logs point into the list.
type Selection struct {
	Follow  []*Log
	Skipped []Skipped
}

// Skipped is a log that is on the list and not followed.
type Skipped struct {
	Log    *Log
	Reason SkipReason
	Detail string // for people, such as "retired since 2025-05-24"
}

// SkipReason is the part of the policy that skips a log.
type SkipReason string

// The reasons to skip a log.
const (
	SkipTest    SkipReason = "test"    // its type is test
	SkipState   SkipReason = "state"   // its state is not followed
	SkipExpired SkipReason = "expired" // its interval is over
)

// Select applies the policy at the time now. Retired and rejected logs are skipped unless States names them.
//
// What a list leaves open is followed: an entry without a state (a list that does not judge, such as crt.sh's, or logs
// that never applied to a browser), and a state that the schema did not have when this was written. To skip is to be
// blind; to follow a dead log costs a line in the status.
func (l *List) Select(p Policy, now time.Time) Selection {
	if len(p.States) == 0 {
		p.States = []string{usable, qualified, readonly}
	}
	var s Selection
	for i := range l.Logs {
		log := &l.Logs[i]
		if reason, detail := p.skips(log, now); reason != "" {
			s.Skipped = append(s.Skipped, Skipped{log, reason, detail})
			continue
		}
		s.Follow = append(s.Follow, log)
	}
	return s
}

// skips says why the policy skips the log, if it does.
func (p *Policy) skips(log *Log, now time.Time) (SkipReason, string) {
	if log.Type == typeTest && !p.Test {
		return SkipTest, "a test log"
	}
	if known(log.State) && !slices.Contains(p.States, log.State) {
		if log.Since.IsZero() {
			return SkipState, log.State
		}
		return SkipState, fmt.Sprintf("%s since %s", log.State, log.Since.Format(time.DateOnly))
	}
	limit := log.NotAfterLimit
	if p.ExpiredFor > 0 && !limit.IsZero() && now.Sub(limit) >= p.ExpiredFor {
		return SkipExpired, "its certificates expired before " + limit.Format(time.DateOnly)
	}
	return "", ""
}
