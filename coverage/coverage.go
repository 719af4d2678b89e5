package coverage

import (
	"slices"
	"time"
)

// Span is a time: From <= t < To. A zero From or To is no bound.
type Span struct{ From, To time.Time }

// Log is a log and what was not looked at of it.
type Log struct {
	ID   [32]byte
	Name string
	// Operators ran it, one or after the other. Two logs count as those of two operators where they may be.
	Operators []string
	// Expiry is when the certificates expire that it takes.
	Expiry Span
	// Counts is the time of SCTs that browsers count. It is empty (To before From) for a log that no browser knows.
	Counts Span
	// Until is the timestamp of the latest head that was read up to and verified; zero: none.
	Until time.Time
	// Gaps are the times of SCTs whose entries were not looked at, in order, not overlapping.
	Gaps []Gap
}

// Gap is a time of SCTs whose entries in a log were not looked at.
type Gap struct {
	Span
	Why    Why
	Detail string // for people
}

// Why says why entries were not looked at.
type Why string

// The reasons for a gap.
const (
	NotFollowed Why = "not_followed" // the log is left out, by its state or by the owner's will
	NeverRead   Why = "never_read"   // it is to be followed, and nothing could be read yet
	BeforeStart Why = "before_start" // it was begun later
	Behind      Why = "behind"       // it is not read that far
	Merging     Why = "merging"      // the log may still add what it has promised: its merge delay is not over
)

// Judgement says what could have stayed unseen in a period.
type Judgement struct {
	Period Span
	// Guaranteed says that no certificate that a browser accepts, and whose last SCT is of the period, can have stayed
	// unseen. GuaranteedLong says so for those valid for more than 180 days, which need an embedded SCT more.
	Guaranteed, GuaranteedLong bool
	// Until is up to which time of the last SCT it is guaranteed without an exception, from the beginning of the period on.
	Until time.Time
	// Unlisted says that logs of fewer than two operators are known that browsers count in the period: there must be others,
	// and nothing is guaranteed.
	Unlisted bool
	Logs     []JudgedLog // as they were given
	Holes    []Hole      // in order of time
}

// Detection is the judgement in the words of a report.
func (j *Judgement) Detection() string { return detection(j.Guaranteed) }

func detection(guaranteed bool) string {
	if guaranteed {
		return "guaranteed"
	}
	return "not guaranteed"
}

// JudgedLog is a log with its gaps of the period.
type JudgedLog struct {
	Log  *Log
	Gaps []JudgedGap
}

// JudgedGap is the part of a gap that lies in the period and counts for a browser.
type JudgedGap struct {
	Gap
	// Guaranteed says that whatever this gap hides was to be seen elsewhere.
	Guaranteed bool
	Holes      []int // that it is part of, as places in Judgement.Holes
}

// Detection is the judgement in the words of a report.
func (g *JudgedGap) Detection() string { return detection(g.Guaranteed) }

// Hole is where a certificate could have stayed unseen: with SCTs of these logs and no others.
type Hole struct {
	Logs   []int // places in Judgement.Logs
	Time   Span  // of the last SCT
	Expiry Span  // of the certificate
	// Long says that it could be a certificate valid for more than 180 days, too.
	Long bool
}

// Spread is how far apart the SCTs of one certificate are taken to be at most. CAs ask the logs one after the other
// within seconds.
const Spread = 24 * time.Hour

// The SCTs that a certificate needs (Chrome and Apple, CT policy): from so many logs, of two operators.
const (
	shortSCTs = 2
	longSCTs  = 3 // where it is valid for more than 180 days
	operators = 2
)

// Judge says what could have stayed unseen in a period, given all logs that there are. spread is how far apart the SCTs
// of one certificate may be. The period must have both bounds.
func Judge(logs []Log, period Span, spread time.Duration) *Judgement {
	j := &Judgement{Period: period, Guaranteed: true, GuaranteedLong: true, Until: period.To}
	s := sweep{period: period.ticks(), spread: spread.Milliseconds()}
	for i := range logs {
		log := &logs[i]
		j.Logs = append(j.Logs, JudgedLog{Log: log})
		for _, g := range log.Gaps {
			counted := g.ticks().cut(log.Counts.ticks())
			part := item{log: i, gap: -1, operators: log.Operators, time: counted.cut(s.wide()), expiry: log.Expiry.ticks()}
			if shown := counted.cut(s.period); !shown.empty() {
				part.gap = len(j.Logs[i].Gaps)
				j.Logs[i].Gaps = append(j.Logs[i].Gaps, JudgedGap{Gap: Gap{shown.span(), g.Why, g.Detail}, Guaranteed: true})
			}
			s.add(part)
		}
	}
	for _, h := range s.holes() {
		j.add(s.items, h)
	}
	if j.Unlisted = counted(logs, period) < operators; j.Unlisted {
		j.Guaranteed, j.GuaranteedLong, j.Until = false, false, period.From
	}
	return j
}

// counted is how many operators have logs that browsers count in the period.
func counted(logs []Log, period Span) int {
	names := map[string]bool{}
	for i := range logs {
		if logs[i].Counts.ticks().cut(period.ticks()).empty() {
			continue
		}
		for _, name := range logs[i].Operators {
			names[name] = true
		}
	}
	return len(names)
}

// add adds a hole, and notes it at the gaps that make it.
func (j *Judgement) add(items []item, h hole) {
	out := Hole{Time: h.time.span(), Expiry: h.expiry.span(), Long: h.long}
	for _, i := range h.items {
		it := &items[i]
		if !slices.Contains(out.Logs, it.log) {
			out.Logs = append(out.Logs, it.log)
		}
		if it.gap >= 0 {
			g := &j.Logs[it.log].Gaps[it.gap]
			g.Guaranteed = false
			g.Holes = append(g.Holes, len(j.Holes))
		}
	}
	j.Holes = append(j.Holes, out)
	j.Guaranteed = false
	j.GuaranteedLong = j.GuaranteedLong && !h.long
	if out.Time.From.Before(j.Until) {
		j.Until = out.Time.From
	}
}
