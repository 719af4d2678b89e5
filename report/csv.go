package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pinwatch/show"
)

// Tables are the tables that WriteCSV writes.
func Tables() []string { return []string{"findings", "issuances", "coverage"} }

// WriteCSV writes a table of a report as RFC 4180 has it: findings (those of the period, then those carried over),
// issuances (the expected ones) or coverage (stretches of entries, then gaps, then logs that were not covered).
//
// No cell can be taken for a formula, and all are in quotes. Lists are separated by spaces.
func WriteCSV(w io.Writer, r *Report, table string) error {
	c := &csvWriter{w: bufio.NewWriter(w)}
	switch table {
	case "findings":
		c.findings(r)
	case "issuances":
		c.issuances(r)
	case "coverage":
		c.coverage(&r.Coverage)
	default:
		return fmt.Errorf("there is no table %q", table)
	}
	if c.err != nil {
		return c.err
	}
	return c.w.Flush()
}

// csvWriter writes until something fails.
type csvWriter struct {
	w   *bufio.Writer
	err error
}

func (c *csvWriter) row(cells ...string) {
	for i, cell := range cells {
		if c.err != nil {
			return
		}
		if i > 0 {
			cell = `,"` + csvCell(cell) + `"`
		} else {
			cell = `"` + csvCell(cell) + `"`
		}
		_, c.err = c.w.WriteString(cell)
	}
	if c.err == nil {
		_, c.err = c.w.WriteString("\r\n")
	}
}

// csvCell is text that shows itself in a spreadsheet. What begins with a sign by which formulas begin gets an
// apostrophe before it; control characters are gone already, and with them tabs and line breaks (show.Escape).
func csvCell(s string) string {
	s = show.Escape(s)
	if strings.ContainsAny(firstLetter(s), "=+-@|%＝＋－＠") {
		s = "'" + s
	}
	return strings.ReplaceAll(s, `"`, `""`)
}

// firstLetter is the first character that is no space.
func firstLetter(s string) string {
	for _, r := range strings.TrimLeft(s, " ") {
		return string(r)
	}
	return ""
}

func (c *csvWriter) findings(r *Report) {
	c.row("id", "period", "watch", "verdict", "severity", "reasons", "state", "first_seen", "matched", "names", "names_count", "issuer",
		"subject", "serial", "not_before", "not_after", "spki_sha256", "issuer_spki_sha256", "tbs_sha256", "cert_sha256", "logs",
		"sightings", "history")
	for _, part := range []struct {
		period   string
		findings Stream[Finding]
	}{{"this", r.Findings}, {"before", r.CarriedOver}} {
		for f, err := range part.findings {
			if err != nil && c.err == nil {
				c.err = err
			}
			if c.err != nil {
				return
			}
			c.finding(part.period, f)
		}
	}
}

func (c *csvWriter) finding(period string, f *Finding) {
	var logs, history []string
	for _, s := range f.Sightings {
		if text := fmt.Sprintf("%s:%d", show.Escape(s.Log), s.Index); len(logs) < shownSightings {
			logs = append(logs, text)
		}
	}
	for _, e := range f.History {
		history = append(history, strings.TrimSuffix(fmt.Sprintf("%s %s by %s: %s", utc(e.At), e.What, e.Who, e.Why), ": "))
	}
	c.row(f.ID, period, show.Name(f.Watch), f.Verdict, f.Severity, strings.Join(f.Reasons, " "), f.State, utc(f.FirstSeen),
		names(f.Matched), names(f.Names), fmt.Sprint(len(f.Names)), f.Issuer, f.Subject, csvSerial(f.Serial), perhaps(f.NotBefore),
		perhaps(f.NotAfter), textOf(f.SPKISHA256), textOf(f.IssuerSPKISHA256), f.TBSSHA256, strings.Join(f.CertSHA256, " "),
		strings.Join(logs, "; "), fmt.Sprint(len(f.Sightings)), strings.Join(history, "; "))
}

func (c *csvWriter) issuances(r *Report) {
	c.row("finding", "watch", "first_seen", "names", "names_count", "issuer", "subject", "serial", "not_before", "not_after",
		"spki_sha256", "issuer_spki_sha256", "tbs_sha256", "sightings")
	for i, err := range r.Issuances {
		if err != nil && c.err == nil {
			c.err = err
		}
		if c.err != nil {
			return
		}
		c.row(i.Finding, show.Name(i.Watch), utc(i.FirstSeen), names(i.Names), fmt.Sprint(len(i.Names)), i.Issuer, i.Subject,
			csvSerial(i.Serial), perhaps(i.NotBefore), perhaps(i.NotAfter), textOf(i.SPKISHA256), textOf(i.IssuerSPKISHA256),
			i.TBSSHA256, fmt.Sprint(i.Sightings))
	}
}

// coverage is one table of several kinds of rows, so that a gap cannot be left behind.
func (c *csvWriter) coverage(cov *Coverage) {
	c.row("kind", "log_id", "log", "operator", "from", "to", "head_size", "head_root", "head_timestamp", "policy", "first", "last", "why")
	for i := range cov.Logs {
		l := &cov.Logs[i]
		for _, s := range l.Stretches {
			c.row("covered", l.LogID, l.Log, l.Operator, fmt.Sprint(s.From), fmt.Sprint(s.To), fmt.Sprint(s.Head.Size), s.Head.Root,
				utc(s.Head.Timestamp), s.Policy, utc(s.First), utc(s.Last), "")
		}
		for _, b := range l.Lookbacks {
			c.row("looked back", l.LogID, l.Log, l.Operator, fmt.Sprint(b.From), fmt.Sprint(b.To), fmt.Sprint(b.Head.Size), b.Head.Root,
				utc(b.Head.Timestamp), b.Policy, utc(b.First), utc(b.Last), fmt.Sprintf("run %d, for %s", b.Run, b.names()))
		}
		if len(l.Stretches) == 0 {
			c.row("asked", l.LogID, l.Log, l.Operator, "", "", "", "", "", "", "", "", l.LastError)
		}
	}
	for _, g := range cov.Gaps {
		c.row("gap", g.LogID, g.Log, g.Operator, "", "", "", "", "", "", utc(g.Since), utc(g.Until), g.Why+": "+g.Detail)
	}
	for _, u := range cov.NotCovered {
		c.row("not covered", u.LogID, u.Log, u.Operator, "", "", "", "", "", "", "", "", orElse(u.Detail, "it was to be followed, and nothing of it was read"))
	}
}

// csvSerial is a serial number that no spreadsheet takes for a number, and rounds.
func csvSerial(hex string) string {
	if hex == "" {
		return ""
	}
	return "0x" + hex
}

// maxCell bounds the names in a cell, in bytes: spreadsheets cut cells at 32,767 characters.
const maxCell = 1500

// names shows names as one text, as many as fit.
func names(all []string) string {
	shown := slices.Clone(all[:min(len(all), maxCell)])
	length := 0
	for i := range shown {
		shown[i] = show.Name(shown[i])
		if length += len(shown[i]) + 1; length > maxCell {
			return strings.Join(append(shown[:i], fmt.Sprintf("and %d more", len(all)-i)), " ")
		}
	}
	return strings.Join(shown, " ")
}

// utc is a time to the second, by RFC 3339.
func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// perhaps is a time that may be unreadable.
func perhaps(t *time.Time) string {
	if t == nil {
		return ""
	}
	return utc(*t)
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
