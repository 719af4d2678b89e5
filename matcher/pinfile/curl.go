package pinfile

import (
	"net/url"
	"regexp"
	"strings"

	"pinwatch/matcher"
)

var (
	curlLine = regexp.MustCompile(`(?i)(^|\s)(--)?pinnedpubkey\b`)
	curlPins = regexp.MustCompile(`(?i)pinnedpubkey(?:\s*[=:]\s*|\s+)["']?([^\s"']+)`)
	curlURL  = regexp.MustCompile(`https://[^\s"'<>]+`)
)

// curl reads --pinnedpubkey with its hashes, as on a command line or in a .curlrc. curl compares the certificate's own
// key. The host is that of the URL on the same line, if there is one.
func (r *reader) curl(lines []line) error {
	r.set.Format = Curl
	for _, l := range lines {
		m := curlPins.FindStringSubmatch(l.text)
		if m == nil {
			continue // another option of curl
		}
		e := Entry{Dimension: Keys, Line: l.number}
		if u, err := url.Parse(curlURL.FindString(l.text)); err == nil && u.Hostname() != "" {
			if e.Host, _ = r.host(l.number, u.Hostname()); e.Host == "" {
				continue
			}
			e.Scope = matcher.Exact
		}
		for pin := range strings.SplitSeq(m[1], ";") {
			if !strings.HasPrefix(pin, "sha256//") {
				r.remark(Refused, l.number, "name that file under pins_from", "%s is the file of a key, not its hash", quote(pin))
			} else if p, ok := r.pin(l.number, pin); ok {
				e.Pins = append(e.Pins, p)
			}
		}
		r.add(e)
	}
	return nil
}
