package cli

import (
	"crypto/sha256"
	"time"

	"pinwatch/config"
	"pinwatch/ct"
	"pinwatch/ct/loglist"
)

// expiredFor is how long ago the last certificate of a shard must have expired for "expired: skip" to leave it out.
const expiredFor = 30 * 24 * time.Hour

// catalogue is every log that the configuration and its lists know, once.
type catalogue struct {
	logs  []catalogued
	union *loglist.List // of all lists
}

// catalogued is a log, and whether it is followed.
type catalogued struct {
	log     *ct.Log
	start   config.Start
	listed  *loglist.Log // what the lists say of it; nil for one that is followed as the configuration has it
	skipped string       // why it is not followed, for people; empty if it is
	reason  loglist.SkipReason
}

func newCatalogue(cfg *config.Config, lists []*loglist.Loaded, now time.Time) *catalogue {
	c := &catalogue{}
	extra := map[ct.LogID]bool{}
	for i := range cfg.Logs.Extra {
		l := extraLog(&cfg.Logs.Extra[i], cfg.Logs.Start)
		extra[l.log.ID] = true
		c.logs = append(c.logs, l)
	}
	policy := loglist.Policy{States: cfg.Logs.States}
	if cfg.Logs.SkipExpired {
		policy.ExpiredFor = expiredFor
	}
	var all []*loglist.List
	for _, l := range lists {
		all = append(all, l.List)
	}
	c.union = loglist.Union(all...)
	selection := c.union.Select(policy, now)
	for _, log := range selection.Follow {
		if !extra[log.ID] {
			c.logs = append(c.logs, catalogued{log: &log.Log, start: cfg.Logs.Start, listed: log})
		}
	}
	for _, s := range selection.Skipped {
		if !extra[s.Log.ID] {
			c.logs = append(c.logs, catalogued{log: &s.Log.Log, listed: s.Log, skipped: s.Detail, reason: s.Reason})
		}
	}
	return c
}

// find returns the log with the ID, nil where there is none.
func (c *catalogue) find(id ct.LogID) *catalogued {
	for i := range c.logs {
		if c.logs[i].log.ID == id {
			return &c.logs[i]
		}
	}
	return nil
}

func extraLog(e *config.Extra, start config.Start) catalogued {
	if e.Start != nil {
		start = *e.Start
	}
	return catalogued{start: start, log: &ct.Log{
		ID: sha256.Sum256(e.Key), Key: e.Key, Description: e.Description, Operator: e.Operator,
		URL: e.URL, SubmissionURL: e.SubmissionURL, MonitoringURL: e.MonitoringURL, HeadURL: e.HeadURL,
	}}
}
