package report

import (
	"encoding/base64"
	"encoding/hex"
	"time"

	"pinwatch/ct"
	"pinwatch/store"
)

func (c *collector) coverage() error {
	cov := &c.r.Coverage
	*cov = Coverage{Gaps: []Gap{}, Logs: []CoveredLog{}, NotCovered: []Uncovered{}, Lists: []LogList{}}
	at := map[[32]byte]*CoveredLog{}
	for _, part := range []func(map[[32]byte]*CoveredLog) error{c.stretches, c.passes, c.judge, c.lookbacks} {
		if err := part(at); err != nil {
			return err
		}
	}
	if err := c.coveredLogs(at); err != nil {
		return err
	}
	if err := c.logLists(); err != nil {
		return err
	}
	return c.runs()
}

// coveredLog finds the row of a log, or begins it.
func (c *collector) coveredLog(at map[[32]byte]*CoveredLog, id [32]byte) *CoveredLog {
	l := at[id]
	if l == nil {
		l = &CoveredLog{LogID: ct.LogID(id).String(), Log: c.logName(id), Stretches: []Stretch{}, Lookbacks: []Lookback{}}
		if s := c.logs[id]; s != nil {
			l.Operator = s.Operator
		}
		at[id] = l
	}
	return l
}

// stretches joins rows of coverage that differ only in run and day.
func (c *collector) stretches(at map[[32]byte]*CoveredLog) error {
	for row, err := range c.s.Coverage(c.ctx, c.period) {
		if err != nil {
			return err
		}
		l := c.coveredLog(at, row.LogID)
		l.Entries += row.To - row.From
		l.Precerts += row.Precerts
		l.Matched += row.Matched
		l.Unread += row.Undetermined
		policy := hex.EncodeToString(row.Policy[:])
		if n := len(l.Stretches); n > 0 && l.Stretches[n-1].To == row.From && l.Stretches[n-1].Policy == policy {
			last := &l.Stretches[n-1]
			last.To, last.Head, last.Last = row.To, newHead(&row.Head), row.Last
			continue
		}
		l.Stretches = append(l.Stretches, Stretch{
			From: row.From, To: row.To, Head: newHead(&row.Head), Policy: policy, First: row.First, Last: row.Last,
		})
	}
	return nil
}

// passes sums up how the runs of the period fared with each log.
func (c *collector) passes(at map[[32]byte]*CoveredLog) error {
	latest := map[[32]byte]time.Time{}
	for row, err := range c.s.LogRuns(c.ctx, c.period) {
		if err != nil {
			return err
		}
		l := c.coveredLog(at, row.LogID)
		l.Passes += row.Passes
		l.Errors += row.Errors
		if row.LastErrorAt != nil && (l.LastErrorAt == nil || row.LastErrorAt.After(*l.LastErrorAt)) {
			l.LastError, l.LastErrorAt = row.LastError, row.LastErrorAt
		}
		if !row.Last.Before(latest[row.LogID]) {
			latest[row.LogID] = row.Last
			lag, behind := row.Lag()
			l.Lag, l.Behind = lag, int64(behind/time.Second)
		}
	}
	return nil
}

// coveredLogs orders the covered logs as `pinwatch status` does, and adds their heads.
func (c *collector) coveredLogs(at map[[32]byte]*CoveredLog) error {
	rows, err := c.s.Logs(c.ctx)
	if err != nil {
		return err
	}
	for i := range rows {
		l := at[rows[i].ID]
		if l == nil {
			continue
		}
		heads, err := c.s.Heads(c.ctx, rows[i].ID, c.period)
		if err != nil {
			return err
		}
		l.HeadBefore, l.HeadFirst, l.HeadLast = seenHead(heads.Before), seenHead(heads.First), seenHead(heads.Last)
		l.Heads = heads.Count
		c.r.Coverage.Logs = append(c.r.Coverage.Logs, *l)
	}
	return nil
}

func seenHead(h *store.SeenHead) *Head {
	if h == nil {
		return nil
	}
	return new(newHead(&h.Head))
}

func newHead(h *store.Head) Head {
	return Head{
		Size: h.Size, Root: base64.StdEncoding.EncodeToString(h.Root[:]), Timestamp: h.Timestamp,
		Signature: base64.StdEncoding.EncodeToString(h.Signature),
	}
}

func (c *collector) logLists() error {
	rows, err := c.s.LogLists(c.ctx, c.period)
	for i := range rows {
		l := &rows[i]
		out := LogList{
			Source: l.Source, Version: l.Version, SHA256: hex.EncodeToString(l.SHA256[:]), Signed: l.Signed,
			Since: l.Since, Until: l.Until,
		}
		if !l.Published.IsZero() {
			out.Published = &l.Published
		}
		c.r.Coverage.Lists = append(c.r.Coverage.Lists, out)
	}
	return err
}

// runs sums up the runs, which cron may start a thousand times in a period.
func (c *collector) runs() error {
	out := &c.r.Coverage.Runs
	out.Outcomes = []Outcome{}
	rows, err := c.s.Runs(c.ctx, c.period)
	if err != nil {
		return err
	}
	out.Count = len(rows)
	var over time.Time // when the last one had ended
	for i := range rows {
		r := &rows[i]
		out.count(r.Kind, r.Outcome)
		if r.Kind == "lookback" {
			continue // it goes on beside the others
		}
		if out.First == nil {
			out.First = &r.Started
		} else {
			out.LongestPause = max(out.LongestPause, int64(r.Started.Sub(over)/time.Second))
		}
		out.Last, over = &r.Started, r.Started
		if r.Ended != nil {
			over = *r.Ended
		}
	}
	return nil
}

func (r *Runs) count(kind, outcome string) {
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Kind == kind && o.Outcome == outcome {
			o.Count++
			return
		}
	}
	r.Outcomes = append(r.Outcomes, Outcome{Kind: kind, Outcome: outcome, Count: 1})
}
