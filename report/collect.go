package report

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"pinwatch/ct"
	"pinwatch/policy"
	"pinwatch/show"
	"pinwatch/store"
)

// Options are what a report is made with besides the record.
type Options struct {
	Period      Period
	GeneratedAt time.Time
	Generator   string         // the program and its version
	PinCheck    *policy.Report // nil: there was no configuration to check
	// Configuration is nil where there was none.
	Configuration *Configuration
}

// maxUnread bounds how many entries that could not be read a report lists. Their number is told in full.
const maxUnread = 1000

// Collect makes the report of a period from the record as it is in a snapshot. The report can be written as long as the
// snapshot lasts, and ctx with it. The error is the store's.
func Collect(ctx context.Context, s *store.Snapshot, o Options) (*Report, error) {
	r := &Report{
		Format: Format, Version: Version, Generator: o.Generator, GeneratedAt: o.GeneratedAt.UTC(),
		Period:   Period{Since: o.Period.Since.UTC(), Until: o.Period.Until.UTC()},
		PinCheck: o.PinCheck, Configuration: o.Configuration,
	}
	c := &collector{ctx: ctx, s: s, period: store.Period(r.Period), r: r}
	for _, part := range []func() error{
		c.logNames, c.verdicts, c.issuers, c.coverage, c.alarms, c.promises, c.unread, c.prunings, c.policies,
		c.authorisations, c.summary,
	} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	r.Findings, r.CarriedOver, r.Issuances = c.findings, c.carriedOver, c.issuances
	return r, nil
}

// collector fills a report.
type collector struct {
	ctx    context.Context //nolint:containedctx // it lasts as long as the snapshot
	s      *store.Snapshot
	period store.Period
	r      *Report
	logs   map[[32]byte]*store.LogStatus
}

func (c *collector) logNames() error {
	rows, err := c.s.Logs(c.ctx)
	c.logs = make(map[[32]byte]*store.LogStatus, len(rows))
	for i := range rows {
		c.logs[rows[i].ID] = &rows[i]
	}
	return err
}

// logName is what a log is called; empty where it is not known.
func (c *collector) logName(id [32]byte) string {
	if l := c.logs[id]; l != nil {
		return l.Description
	}
	return ""
}

func (c *collector) verdicts() error {
	c.r.Days = []Day{}
	counts, err := c.s.VerdictCounts(c.ctx, c.period)
	for _, n := range counts {
		last := len(c.r.Days) - 1
		if last < 0 || !c.r.Days[last].Day.Equal(n.Day) {
			c.r.Days = append(c.r.Days, Day{Day: n.Day})
			last++
		}
		if at := c.r.Days[last].at(n.Verdict); at != nil {
			*at += n.Count
		}
	}
	return err
}

func (c *collector) issuers() error {
	c.r.Issuers = []Issuer{}
	counts, err := c.s.IssuerCounts(c.ctx, c.period, "expected")
	for _, n := range counts {
		c.r.Issuers = append(c.r.Issuers, Issuer{
			Watch: n.Watch, Issuer: n.Issuer, IssuerSPKISHA256: show.Base64(n.IssuerKeyHash), Count: n.Count,
		})
	}
	return err
}

func (c *collector) alarms() error {
	c.r.Alarms = []Alarm{}
	for a, err := range c.s.Alarms(c.ctx, c.period) {
		if err != nil {
			return err
		}
		c.r.Alarms = append(c.r.Alarms, Alarm{
			LogID: ct.LogID(a.LogID).String(), Log: c.logName(a.LogID), Kind: a.Kind, Detail: a.Detail,
			FirstSeen: a.FirstSeen, LastSeen: a.LastSeen, Count: a.Count, Head: a.Head, Other: a.Other,
		})
	}
	return nil
}

func (c *collector) unread() error {
	c.r.Undetermined = Undetermined{Counts: []UndeterminedCount{}, Entries: []UndeterminedEntry{}}
	counts, err := c.s.UndeterminedCounts(c.ctx, c.period)
	if err != nil {
		return err
	}
	for _, n := range counts {
		c.r.Undetermined.Counts = append(c.r.Undetermined.Counts, UndeterminedCount{
			LogID: ct.LogID(n.LogID).String(), Log: c.logName(n.LogID), Reason: n.Reason,
			Count: n.Count, Matched: n.Matched, Resolved: n.Resolved,
		})
	}
	for u, err := range c.s.Undetermined(c.ctx, c.period, maxUnread) {
		if err != nil {
			return err
		}
		hash := sha256.Sum256(u.Leaf)
		c.r.Undetermined.Entries = append(c.r.Undetermined.Entries, UndeterminedEntry{
			LogID: ct.LogID(u.LogID).String(), Log: c.logName(u.LogID), Index: u.Index, Reason: u.Reason, Matched: u.Matched,
			FirstSeen: u.FirstSeen, Resolved: u.Resolved, Bytes: len(u.Leaf), SHA256: hex.EncodeToString(hash[:]),
		})
	}
	return nil
}

func (c *collector) policies() error {
	c.r.Policies, c.r.Pins = []Policy{}, []Pin{}
	policies, err := c.s.Policies(c.ctx, c.period)
	if err != nil {
		return err
	}
	for _, p := range policies {
		c.r.Policies = append(c.r.Policies, Policy{Policy: hex.EncodeToString(p.Policy[:]), Since: p.Since, Until: p.Until})
	}
	pins, err := c.s.Pins(c.ctx, c.period)
	for _, p := range pins {
		c.r.Pins = append(c.r.Pins, Pin{
			Watch: p.Watch, Dimension: p.Dimension, Pin: pinText(p.SPKI), Label: p.Label, Source: p.Source,
			Since: p.Since, Until: p.Until,
		})
	}
	return err
}

func (c *collector) authorisations() error {
	c.r.Authorisations = []Authorisation{}
	all, err := c.s.Authorisations(c.ctx, c.period)
	for _, a := range all {
		c.r.Authorisations = append(c.r.Authorisations, Authorisation{
			Watch: a.Watch, Dimension: a.Dimension, Pin: pinText(a.SPKI), Label: a.Label, Kind: a.Kind, Finding: a.Finding,
			Added: Act(a.Added), Approved: (*Act)(a.Approved), Ended: (*Act)(a.Ended),
		})
	}
	return err
}

// pinText is a pin as it is written in a configuration.
func pinText(spki [32]byte) string { return "sha256/" + base64.StdEncoding.EncodeToString(spki[:]) }

// remarkable are the verdicts of findings that a report tells one by one.
var remarkable = [...]string{"unexpected", "undetermined", "unpinned"}

// pressing are those that somebody has to look at.
var pressing = [...]string{"unexpected", "undetermined"}

// bySeverity are the severities, the worst first.
var bySeverity = [...]string{"critical", "high", "medium", "low", "info"}

// findings gives those that were born in the period and are not expected, the worst first.
func (c *collector) findings(yield func(*Finding, error) bool) {
	for _, severity := range bySeverity {
		filter := store.Filter{
			All: true, Verdicts: remarkable[:], Severities: []string{severity}, Since: c.period.Since, Until: c.period.Until,
		}
		if !c.choose(filter, yield) {
			return
		}
	}
}

// carriedOver gives those that were born before the period and need somebody still.
func (c *collector) carriedOver(yield func(*Finding, error) bool) { c.choose(c.fromBefore(), yield) }

func (c *collector) fromBefore() store.Filter {
	return store.Filter{
		Verdicts: pressing[:], States: []string{store.StateOpen, store.StatePending}, Until: c.period.Since,
	}
}

func (c *collector) choose(filter store.Filter, yield func(*Finding, error) bool) bool {
	for f, err := range c.s.Findings(c.ctx, filter) {
		if err != nil {
			yield(nil, err)
			return false
		}
		scts, err := c.scts(f)
		if !yield(newFinding(f, scts), err) || err != nil {
			return false
		}
	}
	return true
}

// scts are the promises in the final certificates of a finding.
func (c *collector) scts(f *store.PastFinding) ([]show.SCT, error) {
	out := []show.SCT{}
	seen := map[[32]byte]bool{}
	for i := range f.Sightings {
		cert := f.Sightings[i].CertSHA256
		if f.Sightings[i].Type != "x509" || seen[cert] {
			continue
		}
		seen[cert] = true
		rows, _, err := c.s.CertificateSCTs(c.ctx, cert)
		if err != nil {
			return nil, err
		}
		for _, s := range rows {
			out = append(out, show.NewSCT(s))
		}
	}
	return out, nil
}

func (c *collector) promises() error {
	c.r.Promises = []PromiseCount{}
	rows, err := c.s.SCTCounts(c.ctx, c.period)
	for _, n := range rows {
		c.r.Promises = append(c.r.Promises, PromiseCount{
			LogID: ct.LogID(n.LogID).String(), Log: c.logName(n.LogID), Signature: n.Signature, Promise: n.Promise, Count: n.Count,
		})
	}
	return err
}

// prunings are what retention took away that was seen in the period, or later.
func (c *collector) prunings() error {
	c.r.Prunings = []Pruning{}
	rows, err := c.s.Prunings(c.ctx, store.Period{Since: c.period.Since})
	for i := range rows {
		if p := &rows[i]; p.Before.After(c.period.Since) {
			c.r.Prunings = append(c.r.Prunings, Pruning{
				At: p.At, Before: p.Before, Findings: p.Findings, Issuances: p.Issuances, Sightings: p.Sightings,
				Certificates: p.Certificates,
			})
		}
	}
	return err
}

// issuances gives the expected ones.
func (c *collector) issuances(yield func(*Issuance, error) bool) {
	for i, err := range c.s.Concerns(c.ctx, c.period, "expected") {
		if err != nil {
			yield(nil, err)
			return
		}
		if !yield(newIssuance(i), nil) {
			return
		}
	}
}
