package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"pinwatch/show"
)

// WriteMarkdown writes a report for a ticket: what was found, and what was looked at. Tables of what was in order are
// left to the other forms.
func WriteMarkdown(w io.Writer, r *Report) error {
	p, err := newPage(r)
	if err != nil {
		return err
	}
	m := &mdWriter{w: bufio.NewWriter(w)}
	m.head(p)
	m.findings(p)
	m.carriedOver(p)
	m.expected(r)
	m.coverage(&r.Coverage, r.Summary.Detection)
	m.alarms(r)
	m.undetermined(&r.Undetermined)
	m.pins(r)
	m.policies(r)
	return m.w.Flush()
}

// mdWriter writes lines. Its errors show when it is flushed.
type mdWriter struct{ w *bufio.Writer }

func (m *mdWriter) line(format string, args ...any) {
	fmt.Fprintln(m.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// rows writes a table. Its cells must be escaped.
func (m *mdWriter) rows(head []string, rows [][]string, more int) {
	if len(rows) == 0 {
		return
	}
	m.line("")
	m.line("| %s |", strings.Join(head, " | "))
	m.line("|%s", strings.Repeat("---|", len(head)))
	for _, row := range rows {
		m.line("| %s |", strings.Join(row, " | "))
	}
	m.more(more, "the JSON")
}

func (m *mdWriter) more(n int, where string) {
	if n > 0 {
		m.line("")
		m.line("And %s more; all are in %s.", count(n), where)
	}
}

func (m *mdWriter) section(title string) {
	m.line("")
	m.line("## %s", title)
}

func (m *mdWriter) head(p *page) {
	m.line("# Certificates in public logs, %s to %s", day(p.Period.Since), day(p.Period.Until))
	m.line("")
	m.line("%s", mdText(p.Summary.Line)+".")
	m.line("")
	m.line("Made %s by %s. Times are UTC.", instant(p.GeneratedAt), mdCode(p.Generator))
	var rows [][]string
	for i := range p.Charts {
		c := &p.Charts[i]
		rows = append(rows, []string{c.Verdict, count(c.Total), fmt.Sprintf("%s in a %s", count(c.Most), p.Each)})
	}
	m.rows([]string{"verdict", "certificates", "at most"}, rows, 0)
}

func (m *mdWriter) findings(p *page) {
	m.section("Findings")
	if len(p.Findings.Items) == 0 {
		m.line("")
		m.line("None: every certificate of the period was expected.")
	}
	for _, f := range p.Findings.Items {
		m.finding(f)
	}
	m.more(p.Findings.More, "the CSV and the JSON")
}

func (m *mdWriter) finding(f *Finding) {
	m.line("")
	title := fmt.Sprintf("### %s: %s %s", mdText(f.Severity), mdName(f.Watch), mdText(f.Verdict))
	if len(f.Reasons) > 0 {
		title += " (" + mdText(strings.Join(f.Reasons, ", ")) + ")"
	}
	m.line("%s", title)
	for _, sentence := range f.Explanation {
		m.line("")
		m.line("%s", mdText(sentence))
	}
	m.line("")
	var matched []string
	for _, name := range cut(f.Matched, shownNames).Items {
		matched = append(matched, mdName(name)+" ("+mdText(f.places(name))+")")
	}
	m.item("matched", matched, len(f.Matched)-len(matched))
	others := f.OtherNames()
	shown := cut(others, shownNames)
	m.item("other names", each(shown.Items, mdName), shown.More)
	m.line("- subject: %s", mdCode(f.Subject))
	m.line("- key: %s %s", mdCode(keyPin(f.SPKISHA256)), pinned(f.KeyPinned))
	for _, k := range f.KeySeen {
		m.line("- key also of: %s, finding %s", strings.Join(each(cut(k.Names, shownNames).Items, mdName), ", "), mdCode(shortHash(k.Finding)))
	}
	m.line("- issuer: %s, %s %s", mdCode(f.Issuer), mdCode(keyPin(f.IssuerSPKISHA256)), pinned(f.IssuerPinned))
	m.line("- serial: %s", mdCode(f.Serial))
	m.line("- valid: %s to %s", when(f.NotBefore, "an unreadable time"), when(f.NotAfter, "an unreadable time"))
	m.line("- first seen: %s; %s", instant(f.FirstSeen), mdText(f.State))
	m.item("seen in", each(cut(f.Sightings, shownSightings).Items, mdSighting), len(f.Sightings)-shownSightings)
	for i := range f.SCTs {
		s := &f.SCTs[i]
		m.line("- SCT of %s, %s: %s", mdCode(orElse(s.Log, s.LogID)), instant(s.Timestamp),
			mdText(strings.TrimSpace(promiseText(s.Signature, s.Promise)+" "+s.Detail)))
	}
	history := cut(f.History, shownHistory)
	for _, e := range history.Items {
		m.line("- %s: %s by %s %s", instant(e.At), mdText(e.What), mdCode(e.Who), mdCode(e.Why))
	}
	if history.More > 0 {
		m.line("- and %d changes more", history.More)
	}
	for _, url := range f.Lookup.URLs {
		m.line("- look up: %s", mdCode(url))
	}
	m.line("- show: %s", mdCode(f.Lookup.Show))
}

func mdSighting(s show.Sighting) string {
	return fmt.Sprintf("%s entry %d (%s of %s)", mdCode(s.Log), s.Index, mdText(s.Type), instant(s.Timestamp))
}

// item writes a list in one line.
func (m *mdWriter) item(label string, shown []string, more int) {
	if more > 0 {
		shown = append(shown, fmt.Sprintf("and %s more", count(more)))
	}
	if len(shown) > 0 {
		m.line("- %s: %s", label, strings.Join(shown, ", "))
	}
}

func (m *mdWriter) carriedOver(p *page) {
	if len(p.CarriedOver.Items) == 0 {
		return
	}
	m.section("Open from before")
	var rows [][]string
	for _, f := range p.CarriedOver.Items {
		rows = append(rows, []string{
			mdCode(shortHash(f.ID)), mdText(f.Severity), mdName(f.Watch), mdText(f.Verdict + " " + strings.Join(f.Reasons, " ")),
			mdCode(f.Issuer), instant(f.FirstSeen),
		})
	}
	m.rows([]string{"finding", "severity", "watch", "verdict", "issuer", "first seen"}, rows, p.CarriedOver.More)
}

func (m *mdWriter) expected(r *Report) {
	m.section("Expected certificates")
	shown := cut(r.Issuers, shownRows)
	var rows [][]string
	for _, i := range shown.Items {
		rows = append(rows, []string{mdName(i.Watch), mdCode(i.Issuer), mdCode(keyPin(i.IssuerSPKISHA256)), count(i.Count)})
	}
	m.rows([]string{"watch", "issuer", "key of the issuer", "certificates"}, rows, shown.More)
	m.none(len(rows))
}

func (m *mdWriter) none(rows int) {
	if rows == 0 {
		m.line("")
		m.line("None.")
	}
}

// each applies a function to each of the items.
func each[T any](items []T, f func(T) string) []string {
	out := make([]string, len(items))
	for i := range items {
		out[i] = f(items[i])
	}
	return out
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
