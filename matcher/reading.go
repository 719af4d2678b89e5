package matcher

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// odd appends the hits of a name that is not plain. Every way in which a client might read it is a name of its own.
func (l *Watchlist) odd(dst []Hit, name []byte) []Hit {
	before := len(dst)
	dst = l.read(dst, name, "")
	// Telling: to some clients a name ends at a NUL. The others see the whole name.
	if front, _, found := bytes.Cut(name, []byte{0}); found {
		dst = l.read(dst, front, RuleNULPrefix)
	}
	return dst[:before+len(settle(dst[before:]))]
}

// read appends the hits of a name without what people put around host names. rule is what is odd about it so far.
func (l *Watchlist) read(dst []Hit, name []byte, rule Rule) []Hit {
	host, stripped := bareHost(name)
	if rule == "" && stripped {
		rule = RuleStripped
	}
	if addr, ok := textAddr(host); ok {
		dst = l.ips.hits(dst, addr, RuleIPText, true)
	}
	if isASCII(string(host)) {
		labels, _ := split(host, encoding{})
		return l.match(dst, labels, rule)
	}
	// Telling: nothing says which encoding a client takes, nor which edition of IDNA.
	for _, e := range []encoding{
		{profile: l.idn.current},
		{profile: l.idn.older},
		{profile: l.idn.current, latin1: true},
		{profile: l.idn.older, latin1: true},
	} {
		labels, encoded := split(host, e)
		if rule != "" {
			encoded = rule
		}
		dst = l.match(dst, labels, encoded)
	}
	return dst
}

// label is one label of a name in a certificate.
type label struct {
	kind labelKind
	text string // lower case; of a glob, without doubled stars
}

type labelKind uint8

const (
	literal    labelKind = iota // stands for itself; it may hold characters that no watched name has
	glob                        // has a star, which stands for any number of characters
	unreadable                  // may stand for any label
	redacted                    // has a question mark: stands for any label
)

// maxLabels is more labels than a watched name has (127 in 253 characters), by enough to see whether there are two
// more in front of them.
const maxLabels = 130

// encoding is a way to read bytes that are not ASCII.
type encoding struct {
	profile *idna.Profile
	latin1  bool // Latin-1 is tried before UTF-8, not after it
}

// split takes a host name apart, the first label first. Of a name with more than maxLabels labels it takes the last
// ones. rule says whether a label was read as Latin-1, or any as UTF-8.
func split(host []byte, e encoding) (labels []label, rule Rule) {
	rest := string(host)
	for more := rest != ""; more && len(labels) < maxLabels; {
		dot := strings.LastIndexByte(rest, '.')
		text := rest[dot+1:]
		if more = dot >= 0; more {
			rest = rest[:dot]
		}
		var used Rule
		labels, used = e.append(labels, text)
		if used == RuleLatin1 || rule == "" {
			rule = used
		}
	}
	slices.Reverse(labels)
	return labels, rule
}

// append appends the label with this text to labels, the last label first. Text that is not ASCII may turn out to be
// several labels.
func (e encoding) append(labels []label, text string) ([]label, Rule) {
	switch {
	case isASCII(text):
		return append(labels, newLabel(text)), ""
	case len(text) > maxULabel:
		return append(labels, label{kind: unreadable}), ""
	}
	type reading struct {
		text string
		rule Rule
	}
	readings := []reading{{text, RuleULabel}, {latin1(text), RuleLatin1}}
	if e.latin1 {
		readings[0], readings[1] = readings[1], readings[0]
	}
	for _, r := range readings {
		ascii, ok := aLabels(e.profile, r.text)
		if !ok {
			continue
		}
		if len(labels) == 0 {
			ascii = strings.TrimRight(ascii, ".") // dots behind the name, in another script
		}
		for _, part := range slices.Backward(strings.Split(ascii, ".")) {
			labels = append(labels, newLabel(part))
		}
		return labels, r.rule
	}
	// Telling: what it says is unknown, so it may say what is watched.
	return append(labels, label{kind: unreadable}), ""
}

// newLabel sorts a label of ASCII characters.
func newLabel(text string) label {
	stars, question := false, false
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c == 0x7f:
			return label{kind: unreadable}
		case c == '?':
			question = true
		case c == '*':
			stars = true
		}
	}
	switch {
	case text == "":
		return label{kind: unreadable} // two dots in a row: something was here
	case question:
		return label{kind: redacted, text: text}
	case stars:
		return label{kind: glob, text: globText(text)}
	}
	return label{text: strings.ToLower(text)}
}

// globText is a label with stars in lower case and without doubled stars. More characters than a label can have are
// kept to one too many, which matches no label.
func globText(text string) string {
	out := make([]byte, 0, min(len(text), 2*maxLabel+3))
	literals := 0
	for i := 0; i < len(text) && literals <= maxLabel; i++ {
		switch {
		case text[i] != '*':
			literals++
		case len(out) > 0 && out[len(out)-1] == '*':
			continue
		}
		out = append(out, text[i])
	}
	return string(fold(out[:0], out))
}

// bareHost strips from a name what people put around a host name: surrounding space, a scheme, what follows the host
// in a URL, a port, dots behind. stripped says whether there was any of that but dots.
func bareHost(name []byte) (host []byte, stripped bool) {
	host = bytes.Trim(name, space)
	if at := bytes.Index(host, []byte("//")); at == 0 || at > 1 && host[at-1] == ':' && isScheme(host[:at-1]) {
		host = authority(host[at+2:])
	} else if slash := bytes.IndexByte(host, '/'); slash >= 0 {
		host = host[:slash]
	}
	host = dropPort(bytes.TrimRight(host, space+"."))
	host = bytes.TrimLeft(bytes.TrimRight(host, space+"."), space)
	return host, len(host) != len(bytes.TrimRight(name, "."))
}

const space = " \t\r\n\v\f"

// isScheme says whether s is the scheme of a URL (RFC 3986 section 3.1).
func isScheme(s []byte) bool {
	for i, c := range s {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || !isDigit(c) && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return len(s) > 0
}

// authority is the host and port in what follows "//" of a URL (RFC 3986 section 3.2).
func authority(rest []byte) []byte {
	if end := bytes.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return rest[bytes.LastIndexByte(rest, '@')+1:]
}

// dropPort strips brackets and a port. An IPv6 address without brackets has no port.
func dropPort(host []byte) []byte {
	if len(host) > 0 && host[0] == '[' {
		if end := bytes.IndexByte(host, ']'); end > 0 {
			return host[1:end]
		}
	}
	colon := bytes.LastIndexByte(host, ':')
	if colon < 0 || bytes.IndexByte(host[:colon], ':') >= 0 {
		return host
	}
	for _, c := range host[colon+1:] {
		if !isDigit(c) {
			return host
		}
	}
	return host[:colon]
}
