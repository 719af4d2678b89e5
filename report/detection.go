package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pinwatch/coverage"
	"pinwatch/ct"
	"pinwatch/store"
)

// settling is how long it takes until all can be known of a time: a log has a day to show what it promised (RFC 6962
// section 3, the MMD of nearly all), and a daily scan needs another one to look.
const settling = 2 * aDay

// maxBecause bounds the sentences that say why detection is not guaranteed.
const maxBecause = 12

// settled is up to when everything could be known when the report was made.
func (r *Report) settled() time.Time {
	if at := r.GeneratedAt.Add(-settling); at.Before(r.Period.Until) {
		return at
	}
	return r.Period.Until
}

// demanded is of which time all is to be known when the report is made: of the period as far as it is settled, or of the
// last day that is, so that a report of yesterday does not miss a log that fell behind last month.
func (r *Report) demanded() coverage.Span {
	out := coverage.Span{From: r.Period.Since, To: r.settled()}
	if last := out.To.Add(-aDay); last.Before(out.From) {
		out.From = last
	}
	return out
}

// judge says what could have stayed unseen, and what the lists say of the logs that were covered and of others. Of what
// was said one thing after the other of a log, the last is told.
func (c *collector) judge(at map[[32]byte]*CoveredLog) error {
	listed, err := c.s.ListedLogs(c.ctx, c.period)
	if err != nil {
		return err
	}
	spans, err := c.s.LogSpans(c.ctx)
	if err != nil {
		return err
	}
	// A log that was listed only later counts for what it promised before, too.
	known, err := c.s.ListedLogs(c.ctx, store.Period{Since: c.period.Since.Add(-coverage.Spread)})
	if err != nil {
		return err
	}
	logs, cov := coverage.Of(known, spans), &c.r.Coverage
	judgement := coverage.Judge(logs, coverage.Span{From: c.period.Since, To: c.period.Until}, coverage.Spread)
	cov.Detection = newDetection(judgement)
	if err := c.changedNames(); err != nil {
		return err
	}
	c.r.Summary.Complete = coverage.Judge(logs, c.r.demanded(), coverage.Spread).Guaranteed
	hiding := map[[32]byte]bool{}
	for i := range judgement.Logs {
		l := &judgement.Logs[i]
		for j := range l.Gaps {
			g := c.gap(l, &l.Gaps[j])
			cov.Gaps = append(cov.Gaps, g)
			hiding[l.Log.ID] = hiding[l.Log.ID] || !g.Guaranteed
		}
	}
	slices.SortStableFunc(cov.Gaps, func(a, b Gap) int {
		return cmp.Or(order(a.Guaranteed, b.Guaranteed), strings.Compare(a.Log, b.Log))
	})
	looked := map[[32]byte]bool{}
	for i := range spans {
		looked[spans[i].LogID] = spans[i].Until != nil
	}
	for i := range listed {
		id := listed[i].LogID
		if i+1 < len(listed) && id == listed[i+1].LogID && id != [32]byte{} {
			continue // the last thing that was said of it
		}
		c.place(at, &listed[i], looked[id], !hiding[id])
	}
	return nil
}

// order puts what does not hold before what does.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// place puts a log that a list describes among those that are followed, or those that are not. One that is to be followed,
// and of which nothing was ever read, is not covered, however often it was asked. What was read after a period was looked
// at, too.
func (c *collector) place(at map[[32]byte]*CoveredLog, row *store.PastListedLog, looked, guaranteed bool) {
	l := at[row.LogID]
	switch {
	case row.Why == "" && looked:
		c.coveredLog(at, row.LogID).State = row.State
		return
	case l != nil && len(l.Stretches) > 0:
		l.State = row.State
		return
	case l != nil && l.Errors > 0 && row.Why == "":
		row.Detail = fmt.Sprintf("it was asked in vain in %s, the last time: %s", plural(l.Errors, "attempt"), l.LastError)
	}
	delete(at, row.LogID)
	c.uncovered(row, guaranteed)
}

func newDetection(j *coverage.Judgement) Detection {
	d := Detection{
		Guaranteed: j.Guaranteed, GuaranteedLong: j.GuaranteedLong, Until: j.Until, Because: j.Because(maxBecause),
		Assuming: coverage.Assumptions(coverage.Spread),
	}
	counted := false
	for i := range j.Logs {
		counts := j.Logs[i].Log.Counts
		counted = counted || counts.To.IsZero() || counts.To.After(j.Period.From)
	}
	if !counted {
		d.Guaranteed, d.GuaranteedLong, d.Until = false, false, j.Period.From
		d.Because = []string{"no log list was used that has logs which browsers count: which logs there were to look at is not known"}
	}
	if d.Because == nil {
		d.Because = []string{}
	}
	return d
}

func (c *collector) gap(l *coverage.JudgedLog, g *coverage.JudgedGap) Gap {
	out := Gap{
		LogID: ct.LogID(l.Log.ID).String(), Log: l.Log.Name, Since: g.From, Until: g.To, Why: string(g.Why), Detail: g.Detail,
		Guaranteed: g.Guaranteed, Fresh: !began(l.Log, g).Before(c.r.settled()),
	}
	if n := len(l.Log.Operators); n > 0 {
		out.Operator = l.Log.Operators[n-1]
	}
	return out
}

// began is when the gap began of which a part lies in the period.
func began(l *coverage.Log, part *coverage.JudgedGap) time.Time {
	for i := range l.Gaps {
		if g := &l.Gaps[i]; g.Why == part.Why && !g.From.After(part.From) && (g.To.IsZero() || g.To.After(part.From)) {
			return g.From
		}
	}
	return part.From
}

// uncovered adds a log that was not looked at.
func (c *collector) uncovered(row *store.PastListedLog, guaranteed bool) {
	u := Uncovered{
		Log: row.Description, Operator: row.Operator, State: row.State, Why: row.Why, Detail: row.Detail, Guaranteed: guaranteed,
	}
	if row.LogID != [32]byte{} {
		u.LogID = ct.LogID(row.LogID).String()
	}
	c.r.Coverage.NotCovered = append(c.r.Coverage.NotCovered, u)
}
