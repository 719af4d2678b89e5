package report

import (
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
	cov := &c.r.Coverage
	judgement := coverage.Judge(coverage.Of(listed, spans), coverage.Span{From: c.period.Since, To: c.period.Until}, coverage.Spread)
	cov.Detection = newDetection(judgement)
	hiding := map[[32]byte]bool{}
	for i := range judgement.Logs {
		l := &judgement.Logs[i]
		for j := range l.Gaps {
			g := c.gap(l, &l.Gaps[j])
			cov.Gaps = append(cov.Gaps, g)
			hiding[l.Log.ID] = hiding[l.Log.ID] || !g.Guaranteed
		}
	}
	for i := range listed {
		row := &listed[i]
		if l := at[row.LogID]; l != nil {
			l.State = row.State
		} else {
			c.uncovered(row, !hiding[row.LogID])
		}
	}
	return nil
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
		Guaranteed: g.Guaranteed, Fresh: !g.From.Before(c.r.settled()),
	}
	if n := len(l.Log.Operators); n > 0 {
		out.Operator = l.Log.Operators[n-1]
	}
	return out
}

// uncovered adds a log that was not looked at.
func (c *collector) uncovered(row *store.PastListedLog, guaranteed bool) {
	u := Uncovered{
		Log: row.Description, Operator: row.Operator, State: row.State, Why: row.Why, Detail: row.Detail, Guaranteed: guaranteed,
	}
	if row.LogID != [32]byte{} {
		u.LogID = ct.LogID(row.LogID).String()
	}
	known := c.r.Coverage.NotCovered
	if n := len(known); n > 0 && u.LogID != "" && known[n-1].LogID == u.LogID {
		known[n-1] = u
		return
	}
	c.r.Coverage.NotCovered = append(known, u)
}
