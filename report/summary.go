package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pinwatch/coverage"
	"pinwatch/store"
)

// Summary is a report in a few numbers.
type Summary struct {
	// Line is all of it in one line, made for a mail from cron.
	Line     string   `json:"line"`
	Verdicts Verdicts `json:"verdicts"` // of the findings that were born in the period
	Severity Severity `json:"severity"` // of those of them that are not expected
	// Open is how many of the unexpected and undetermined ones nobody has acknowledged yet, pending ones included.
	Open        int `json:"open"`
	CarriedOver int `json:"carried_over"` // the same, of those that were born before the period

	LogsCovered    int    `json:"logs_covered"`
	LogsNotCovered int    `json:"logs_not_covered"` // that were to be followed
	Entries        uint64 `json:"entries"`          // read, verified and matched
	Gaps           int    `json:"gaps"`             // of logs that were covered or were to be, without fresh ones
	// Detection is "guaranteed", "guaranteed until ...", "not guaranteed", or "not guaranteed yet" where it was too early.
	Detection    string `json:"detection"`
	Complete     bool   `json:"complete"`     // it is guaranteed as far as could be known when the report was made
	Undetermined int    `json:"undetermined"` // entries that could not be read in full, and cannot still
	Alarms       int    `json:"alarms"`
}

// Severity counts findings by severity.
type Severity struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
	Info     int `json:"info"`
}

func (s *Severity) at(word string) *int {
	switch word {
	case "critical":
		return &s.Critical
	case "high":
		return &s.High
	case "medium":
		return &s.Medium
	case "low":
		return &s.Low
	}
	return &s.Info
}

// Attention is what somebody has to look at.
type Attention struct {
	Misbehaved bool // a log raised an alarm
	Findings   bool // findings are open that are unexpected or undetermined
	Incomplete bool // a certificate could have stayed unseen
}

// Attention says what a report asks for.
func (r *Report) Attention() Attention {
	s := &r.Summary
	return Attention{
		Misbehaved: s.Alarms > 0, Findings: s.Open > 0 || s.CarriedOver > 0,
		Incomplete: !s.Complete || s.LogsNotCovered > 0,
	}
}

// summary is counted when all else is there.
func (c *collector) summary() error {
	out := &c.r.Summary
	counts, err := c.s.FindingCounts(c.ctx, c.period)
	if err != nil {
		return err
	}
	for _, n := range counts {
		if at := out.Verdicts.at(n.Verdict); at != nil {
			*at += n.Count
		}
		if n.Verdict == "expected" {
			continue
		}
		*out.Severity.at(n.Severity) += n.Count
		if needsSomebody(&n) {
			out.Open += n.Count
		}
	}
	if out.CarriedOver, err = c.s.CountFindings(c.ctx, c.fromBefore()); err != nil {
		return err
	}
	c.r.sumUp()
	return nil
}

// needsSomebody says whether somebody has to look at findings. Of names without pins nothing else is to be expected.
func needsSomebody(n *store.FindingCount) bool {
	return slices.Contains(pressing[:], n.Verdict) && (n.State == store.StateOpen || n.State == store.StatePending)
}

// sumUp counts what stands in the report.
func (r *Report) sumUp() {
	out := &r.Summary
	out.LogsCovered = len(r.Coverage.Logs)
	for i := range r.Coverage.Logs {
		out.Entries += r.Coverage.Logs[i].Entries
	}
	for i := range r.Coverage.NotCovered {
		if r.Coverage.NotCovered[i].Why == "" {
			out.LogsNotCovered++
		}
	}
	for _, n := range r.Undetermined.Counts {
		out.Undetermined += n.Count - n.Resolved
	}
	for i := range r.Coverage.Gaps {
		if g := &r.Coverage.Gaps[i]; !g.Fresh && g.Why != string(coverage.NotFollowed) {
			out.Gaps++
		}
	}
	out.Alarms = len(r.Alarms)
	out.Detection = r.detection()
	out.Line = r.line()
}

// detection sums up what is guaranteed.
func (r *Report) detection() string {
	d := &r.Coverage.Detection
	switch {
	case d.Guaranteed:
		return "guaranteed"
	case d.Until.After(r.Period.Since):
		return "guaranteed until " + day(d.Until)
	case r.Summary.Complete:
		return "not guaranteed yet"
	}
	return "not guaranteed"
}

// line sums the report up in one line.
func (r *Report) line() string {
	s := &r.Summary
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	unexpected := fmt.Sprintf("%d unexpected", s.Verdicts.Unexpected)
	if s.Severity.Critical > 0 {
		unexpected += fmt.Sprintf(" (%d critical)", s.Severity.Critical)
	}
	findings := []string{unexpected}
	for _, n := range []struct {
		count int
		what  string
	}{{s.Verdicts.Undetermined, "undetermined"}, {s.Verdicts.Unpinned, "unpinned"}, {s.Verdicts.Expected, "expected"}} {
		if n.count > 0 || n.what == "expected" {
			findings = append(findings, fmt.Sprintf("%d %s", n.count, n.what))
		}
	}
	add("%s", strings.Join(findings, ", "))
	if s.Open+s.CarriedOver > 0 {
		add("%d open", s.Open+s.CarriedOver)
	}
	add("%s", r.coverageLine())
	if s.Alarms > 0 {
		add("%s", plural(s.Alarms, "log alarm"))
	}
	return fmt.Sprintf("%s to %s: %s", day(r.Period.Since), day(r.Period.Until), strings.Join(parts, "; "))
}

func (r *Report) coverageLine() string {
	s := &r.Summary
	out := plural(s.LogsCovered, "log") + " covered"
	if s.LogsNotCovered > 0 {
		out += fmt.Sprintf(", %d not", s.LogsNotCovered)
	}
	if s.Gaps > 0 {
		out += ", " + plural(s.Gaps, "gap")
	}
	return out + ", detection " + s.Detection
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// day is a time as short as it can be told.
func day(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04:05Z")
}
