package pinfile

import (
	"regexp"
	"strconv"
	"strings"

	"pinwatch/matcher"
)

var (
	headerLine = regexp.MustCompile(`(?i)public-key-pins(-report-only)?\b`)
	// directive is a directive of the header. It may be quoted by the configuration of a server around it.
	directive = regexp.MustCompile(`(?i)(pin-[a-z0-9-]+|max-age|report-uri)\s*=\s*(?:"([^"]*)"|([^;\s"']+))|(includeSubDomains)`)
	// hostNote is the comment that Write puts before a header, since a header does not say whose it is.
	hostNote = regexp.MustCompile(`^host: (\S+)$`)
)

// hpkp reads Public-Key-Pins headers (RFC 7469 section 2.1), as a server sends them or as its configuration has them.
// Pins hold for any key of the chain. A header has no host: its pins are for the watch that names the file.
func (r *reader) hpkp(lines []line) error {
	r.set.Format = HPKP
	for _, l := range lines {
		m := headerLine.FindStringSubmatchIndex(l.text)
		if m == nil {
			if strings.Contains(strings.ToLower(l.text), "pin-sha256") {
				r.remark(Refused, l.number, "write the header on one line", "a pin outside of a Public-Key-Pins header")
			}
			continue // another header of the server
		}
		e := Entry{Dimension: Chain, Scope: matcher.Exact, ReportOnly: m[2] >= 0, Line: l.number}
		if host := hostNote.FindStringSubmatch(l.note); host != nil {
			e.Host, _ = r.host(l.number-1, host[1])
		}
		r.header(e, strings.ReplaceAll(l.text[m[1]:], `\"`, `"`))
	}
	return nil
}

// header reads the directives of a header into an entry.
func (r *reader) header(e Entry, text string) {
	age := ""
	for _, m := range directive.FindAllStringSubmatch(text, -1) {
		name, value := strings.ToLower(m[1]), m[2]+m[3]
		switch {
		case m[4] != "":
			e.Scope = matcher.Subtree
		case name == "max-age":
			age = value
		case name == "report-uri":
		case name != "pin-sha256":
			r.remark(BadPin, e.Line, "", "%s: RFC 7469 knows SHA-256 alone", quote(name))
		default:
			if p, ok := r.base64Pin(e.Line, value, "a browser"); ok {
				e.Pins = append(e.Pins, p)
			}
		}
	}
	if seconds, err := strconv.ParseUint(age, 10, 63); err != nil && !e.ReportOnly {
		r.remark(Invalid, e.Line, "", "browsers ignore the header: it has no max-age in seconds")
	} else if err == nil && seconds == 0 {
		r.remark(Ignored, e.Line, "", "max-age=0: the header ends the pinning of its host")
		return
	} else if err == nil {
		r.remark(Noted, e.Line, "", "max-age is %d seconds: for so long browsers hold to these pins after a visit", seconds)
	}
	if len(e.Pins) == 1 && !e.ReportOnly {
		r.remark(FewPins, e.Line, "", "browsers ignore a header without a backup pin (RFC 7469 section 2.5)")
	}
	if e.ReportOnly {
		r.remark(NotEnforced, e.Line, "", "browsers only report other keys (Public-Key-Pins-Report-Only)")
	}
	r.add(e)
}
