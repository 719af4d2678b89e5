package report

import (
	"fmt"
	"strings"
)

func (m *mdWriter) coverage(c *Coverage, detection string) {
	m.section("Coverage")
	m.line("")
	m.line("**Detection %s**, assuming:", detection)
	m.line("")
	for _, s := range c.Detection.Assuming {
		m.line("- %s", mdText(s))
	}
	if len(c.Detection.Because) > 0 {
		m.line("")
		m.line("Why it is not for all of the period:")
		m.line("")
	}
	for _, s := range c.Detection.Because {
		m.line("- %s", mdText(s))
	}
	var rows [][]string
	gaps := cut(oldGaps(c.Gaps), shownRows)
	for _, g := range gaps.Items {
		rows = append(rows, []string{
			mdCode(orElse(g.Log, g.LogID)), instant(g.Since), instant(g.Until), mdText(words(g.Why) + ": " + g.Detail), hides(g.Guaranteed),
		})
	}
	m.rows([]string{"gap in", "from", "until", "why", "what it hides"}, rows, gaps.More)
	if n := freshGaps(c.Gaps); n > 0 {
		m.line("")
		m.line("%s began less than two days before this report was made: a log has a day to show what it promised.", plural(n, "gap"))
	}
	m.logs(c)
	missing := cut(c.NotCovered, shownRows)
	rows = nil
	for _, u := range missing.Items {
		rows = append(rows, []string{
			mdCode(orElse(u.Log, u.LogID)), mdCode(u.Operator), mdText(orElse(u.State, "-")),
			mdText(orElse(u.Detail, "it was to be followed, and nothing of it was read")), hides(u.Guaranteed),
		})
	}
	m.rows([]string{"log that was not followed", "operator", "state", "why", "what it hides"}, rows, missing.More)
	m.line("")
	pause := ""
	if c.Runs.Count > 1 {
		pause = ", the longest pause between two " + span(c.Runs.LongestPause)
	}
	m.line("%s%s.", plural(c.Runs.Count, "run"), pause)
}

func hides(guaranteed bool) string {
	if guaranteed {
		return "nothing"
	}
	return "something could have stayed unseen"
}

func (m *mdWriter) logs(c *Coverage) {
	var rows [][]string
	for i := range c.Logs {
		l := &c.Logs[i]
		var ranges, heads, hashes []string
		shown := cut(l.Stretches, shownStretches)
		for _, s := range shown.Items {
			ranges = append(ranges, fmt.Sprintf("%d to %d", s.From, s.To))
			heads = append(heads, fmt.Sprintf("%d of %s %s", s.Head.Size, instant(s.Head.Timestamp), mdCode(s.Head.Root)))
			hashes = append(hashes, mdCode(shortHash(s.Policy)))
		}
		if shown.More > 0 {
			ranges = append(ranges, fmt.Sprintf("and %d more", shown.More))
		}
		trouble := fmt.Sprintf("%d failed of %d", l.Errors, l.Passes)
		if l.LastError != "" {
			trouble += ", last " + mdText(l.LastError)
		}
		rows = append(rows, []string{
			mdCode(orElse(l.Log, l.LogID)), strings.Join(ranges, ", "), strings.Join(heads, ", "), strings.Join(hashes, ", "),
			count(l.Unread), count(l.Lag), trouble,
		})
	}
	m.rows([]string{"log", "entries", "verified to the head", "policy", "unread", "behind", "passes"}, rows, 0)
	rows = nil
	back := cut(allBack(c.Logs), shownRows)
	for i := range back.Items {
		b := &back.Items[i]
		rows = append(rows, []string{
			mdCode(orElse(b.Log.Log, b.Log.LogID)), fmt.Sprintf("%d to %d", b.From, b.To), mdText(b.names()), mdCode(shortHash(b.Policy)),
			count(b.Run), instant(b.First), instant(b.Last),
		})
	}
	m.rows([]string{"log that was looked back at", "entries", "for", "policy", "run", "from", "until"}, rows, back.More)
}

func (m *mdWriter) alarms(r *Report) {
	m.section("Log alarms")
	shown := cut(r.Alarms, shownRows)
	var rows [][]string
	for i := range shown.Items {
		a := &shown.Items[i]
		rows = append(rows, []string{
			mdCode(orElse(a.Log, a.LogID)), mdText(a.Kind), mdText(a.Detail), instant(a.FirstSeen), instant(a.LastSeen), count(a.Count),
		})
	}
	m.rows([]string{"log", "what", "detail", "first seen", "last seen", "times"}, rows, shown.More)
	m.none(len(rows))
}

func (m *mdWriter) undetermined(u *Undetermined) {
	m.section("Entries that could not be read in full")
	shown := cut(u.Counts, shownRows)
	var rows [][]string
	for _, n := range shown.Items {
		rows = append(rows, []string{
			mdCode(orElse(n.Log, n.LogID)), mdText(n.Reason), count(n.Count), count(n.Matched), count(n.Resolved),
		})
	}
	m.rows([]string{"log", "why", "entries", "may concern a watch", "read since"}, rows, shown.More)
	m.none(len(rows))
}

func (m *mdWriter) pins(r *Report) {
	m.section("Pins")
	m.line("")
	if r.PinCheck == nil {
		m.line("Not checked: there was no configuration.")
	} else {
		m.line("%s to look at, checked against %s of the record.", plural(len(r.PinCheck.Health), "thing"),
			plural(r.PinCheck.Certificates, "certificate"))
		m.health(r)
	}
	shown := cut(r.Pins, shownRows)
	var rows [][]string
	for _, p := range shown.Items {
		rows = append(rows, []string{
			mdName(p.Watch), mdText(p.Dimension), mdCode(p.Pin), mdCode(p.Label), mdCode(p.Source), instant(p.Since), when(p.Until, "in force"),
		})
	}
	m.rows([]string{"watch", "kind", "pin", "label", "from", "since", "until"}, rows, shown.More)
}

func (m *mdWriter) health(r *Report) {
	var rows [][]string
	for i := range r.PinCheck.Health {
		h := &r.PinCheck.Health[i]
		pin := "-"
		if h.Pin != nil {
			pin = mdCode(h.Pin.Pin)
		}
		rows = append(rows, []string{mdName(h.Watch), mdText(string(h.Kind)), mdText(h.Text), pin})
	}
	shown := cut(rows, shownRows)
	m.rows([]string{"watch", "kind", "what", "pin"}, shown.Items, shown.More)
	rows = nil
	for i := range r.PinCheck.Shadow {
		s := &r.PinCheck.Shadow[i]
		rows = append(rows, []string{
			mdName(s.Watch), count(s.Certificates), count(len(s.Refused)), count(s.Undecided), count(len(s.Outages)),
		})
	}
	shown = cut(rows, shownRows)
	m.rows([]string{"shadow pinning of", "certificates", "refused", "undecided", "outages"}, shown.Items, shown.More)
}

func (m *mdWriter) policies(r *Report) {
	m.section("Configuration")
	shown := cut(r.Policies, shownRows)
	var rows [][]string
	for _, p := range shown.Items {
		rows = append(rows, []string{mdCode(p.Policy), instant(p.Since), when(p.Until, "in force")})
	}
	m.rows([]string{"policy", "since", "until"}, rows, shown.More)
	if r.Configuration == nil {
		return
	}
	m.line("")
	m.line("When this report was made: %s watched, file %s.", plural(r.Configuration.Watched, "name"), mdCode(r.Configuration.Path))
}
