package policy

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pinwatch/matcher"
	"pinwatch/store"
)

// Check looks for what is wrong with the pins of a policy, as far as the configuration, the files and the record show, and
// says what a client that enforces them would have refused. It writes nothing: the same policy, record, limits and time
// give the same report. record may be nil where there is none. The error is the store's.
func (p *Policy) Check(ctx context.Context, record *store.Reader, limits Limits, now time.Time) (*Report, error) {
	s, err := examine(ctx, p.Watchlist, record, now)
	if err != nil {
		return nil, err
	}
	c := &checker{policy: p, survey: s, limits: limits, now: now, since: map[pinOf]time.Time{}, found: []Health{}, shadows: []Shadow{}}
	if record != nil {
		pins, err := record.Pins(ctx)
		if err != nil {
			return nil, err
		}
		for _, pin := range pins {
			c.since[pinOf{pin.Watch, pin.SPKI}] = pin.Since
		}
	}
	c.odd()
	for _, h := range p.Watchlist.Holders() {
		c.holder(&h)
	}
	c.learned()
	for i := range c.found {
		c.found[i].Severity = c.found[i].Kind.severity().String()
	}
	return &Report{Certificates: s.examined, Health: c.found, Shadow: c.shadows}, nil
}

// checker collects what is wrong.
type checker struct {
	policy *Policy
	survey *survey
	limits Limits
	now    time.Time
	since  map[pinOf]time.Time // since when a pin is in force

	found   []Health
	shadows []Shadow
}

func (c *checker) add(kind Kind, h *matcher.Holder, pin *Pin, hint, format string, args ...any) {
	c.found = append(c.found, Health{Kind: kind, Watch: h.ID, Pin: pin, Hint: hint, Text: fmt.Sprintf(format, args...)})
}

// odd passes on what is odd about watches and files.
func (c *checker) odd() {
	_, doubts, _ := c.policy.cfg.Watchlist() // it was sound when the policy was made
	for _, d := range doubts {
		c.found = append(c.found, Health{Kind: OddWatch, Text: d.Error(), Hint: cmp.Or(d.Hint, "see whether that is what was meant")})
	}
	c.found = append(c.found, c.policy.Warnings...)
}

// holder checks the pins of a watch, or of a list of them.
func (c *checker) holder(h *matcher.Holder) {
	for _, d := range []struct {
		name string
		pins []matcher.Pin
	}{{"keys", h.Keys}, {"issuers", h.Issuers}, {"chain", h.Chain}} {
		if len(d.pins) > 0 {
			c.dimension(h, d.name, d.pins)
		}
	}
	c.shadow(h)
}

// shadow says what a client that enforces the pins would have refused.
func (c *checker) shadow(h *matcher.Holder) {
	seen := c.survey.shadow(h.ID)
	byStart(seen.Refused)
	s := Shadow{
		Watch: h.ID, Certificates: seen.Certificates, Undecided: seen.Undecided, Refused: seen.Refused, Outages: outages(seen.Refused, c.now),
	}
	c.shadows = append(c.shadows, s)
	if len(s.Refused) == 0 {
		return
	}
	text := fmt.Sprintf("a client that enforces these pins would have refused %d of the %s seen in CT",
		len(s.Refused), count(s.Certificates, "certificate"))
	spans := make([]string, len(s.Outages))
	for i, o := range s.Outages {
		spans[i] = "from " + day(o.From) + " to " + day(o.Until)
	}
	if len(spans) > 0 {
		text += ", valid " + some(spans)
	}
	c.found = append(c.found, Health{
		Kind: WouldRefuse, Watch: h.ID, Refused: s.Refused, Text: text, Hint: "if they are yours, pin their keys before such a client meets them",
	})
}

// dimension checks the pins of a dimension that has some.
func (c *checker) dimension(h *matcher.Holder, name string, pins []matcher.Pin) {
	inForce := map[[32]byte]bool{}
	for i := range pins {
		p := &pins[i]
		if !p.NotAfter.IsZero() && c.now.After(p.NotAfter) {
			continue
		}
		inForce[p.SPKI] = true
	}
	for i := range pins {
		c.pin(h, name, &pins[i], inForce[pins[i].SPKI])
	}
	switch {
	case len(inForce) == 0:
		c.add(AllOver, h, nil, "pin what is in use now", "every pin under %s has ended: every certificate is unexpected", name)
	case len(inForce) == 1:
		c.add(FewPins, h, nil, "pin a second key that is kept apart, for when the first is lost",
			"there is one pin under %s, and no backup", name)
	case name == "keys" && c.allSeen(h, inForce):
		c.add(NoBackup, h, nil, "pin one more, of a key that is kept apart",
			"each of the %d pinned keys has been in a certificate: none is kept back for when they are lost", len(inForce))
	}
}

// allSeen says whether all keys have been in certificates for what they are pinned for.
func (c *checker) allSeen(h *matcher.Holder, keys map[[32]byte]bool) bool {
	for k := range keys {
		if u := c.survey.uses[pinOf{h.ID, k}]; u == nil || u.leaf == 0 {
			return false
		}
	}
	return true
}

// pin checks one pin. inForce says that it, or another for the same key, has not ended.
func (c *checker) pin(h *matcher.Holder, dimension string, p *matcher.Pin, inForce bool) {
	if !p.NotAfter.IsZero() && !inForce {
		if c.now.After(p.NotAfter) && !p.Retired {
			c.add(PinOver, h, newPin(dimension, p), "take it out, or renew it", "it ended at %s", day(p.NotAfter))
		}
		return
	}
	this := newPin(dimension, p)
	if end := p.NotAfter; !end.IsZero() && end.After(c.now) && end.Before(c.now.Add(c.limits.Soon)) {
		c.add(PinEnds, h, this, "renew it, or see to it that nothing uses the key by then", "it ends at %s", day(end))
	}
	u := c.survey.uses[pinOf{h.ID, p.SPKI}]
	if u == nil {
		u = &use{}
	}
	switch {
	case dimension == "keys" && u.ca > 0 && u.leaf == 0:
		c.add(CAAsLeaf, h, this, "put it under issuers or chain", "CAs issue with this key; no certificate has it as its own")
	case dimension == "issuers" && u.leaf > 0 && u.ca == 0:
		c.add(LeafAsCA, h, this, "put it under keys", "certificates have this key as their own; none was issued with it")
	case p.Backup && (u.leaf > 0 || u.ca > 0):
		c.add(BackupSeen, h, this, "find out why, and keep another key back", "it is marked as backup, and has been in use")
	}
	c.unused(h, p, this, u)
	c.successor(h, this, u)
}

// unused tells of a pin that has been of no use for long.
func (c *checker) unused(h *matcher.Holder, p *matcher.Pin, this *Pin, u *use) {
	since, known := c.since[pinOf{h.ID, p.SPKI}]
	border := c.now.Add(-c.limits.Unused)
	if p.Backup || !known || since.After(border) || u.until.After(border) {
		return
	}
	last := "no certificate has ever used it"
	if !u.until.IsZero() {
		last = "no certificate has used it since " + day(u.until)
	}
	c.add(Unused, h, this, "take it out; or, if it is kept for an emergency, write backup: true beside it", "%s", last)
}

// successor tells of a key whose newest certificate expires soon, with nothing behind it for its names.
func (c *checker) successor(h *matcher.Holder, this *Pin, u *use) {
	end := u.newest.NotAfter
	soon := c.now.Add(c.limits.Soon)
	if end == nil || end.Before(c.now) || end.After(soon) {
		return
	}
	lasting := c.survey.lasting[h.ID]
	bare := slices.DeleteFunc(slices.Clone(u.newest.Names), func(name string) bool { return lasting[name].After(soon) })
	if len(bare) == 0 {
		return
	}
	c.add(NoSuccessor, h, this, "renew the certificate, or look why the log of its successor has not been read",
		"its newest certificate expires at %s, and no later one for %s has been seen", day(*end), some(bare))
}

// learned tells of keys that nobody has approved.
func (c *checker) learned() {
	for _, a := range unapproved(c.policy.authorised) {
		pin := newPin(a.Dimension, &matcher.Pin{SPKI: a.SPKI, Label: a.Label, Source: sourceOf(&a)})
		c.found = append(c.found, Health{
			Kind: AwaitingWord, Watch: a.Watch, Pin: pin, Text: "it was learned at " + day(a.Added.At) + ", and nobody has approved it",
			Hint: fmt.Sprintf("pinwatch pins approve %d, or pinwatch pins end %d", a.ID, a.ID),
		})
	}
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// some joins names, the first few of many.
func some(names []string) string {
	out := strings.Join(names[:min(len(names), shownHosts)], ", ")
	if more := len(names) - shownHosts; more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}
