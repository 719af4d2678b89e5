package matcher

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
)

// The bounds of RFC 1035 section 2.3.4, in the text form without trailing dot.
const (
	maxName  = 253
	maxLabel = 63
)

// maxWritten bounds a name as it is written, in bytes: U-labels have more than the A-labels that they stand for. To find
// out what they stand for takes time quadratic in their length.
const maxWritten = 8 * maxName

// canonical puts a configured name into the form in which names are compared: lower case, A-labels, no trailing dot.
func (c *idn) canonical(name string) (string, error) {
	s := strings.TrimSuffix(strings.TrimSpace(name), ".")
	if is, lower := isPlain(s); is && lower {
		return s, nil
	}
	if len(s) > maxWritten {
		return "", tooLong(name, s)
	}
	if err := notAName(name, s); err != nil {
		return "", err
	}
	if !isASCII(s) {
		ascii, err := c.current.ToASCII(s)
		if err != nil || !utf8.ValidString(s) {
			return "", mistake("write the name as it is registered, or its A-label form (xn--...)",
				"name %s is no internationalized domain name", quote(name))
		}
		s = strings.TrimSuffix(ascii, ".")
	}
	s = strings.ToLower(s)
	if len(s) > maxName {
		return "", tooLong(name, s)
	}
	var last string
	for label := range strings.SplitSeq(s, ".") {
		if err := checkLabel(name, label); err != nil {
			return "", err
		}
		last = label
	}
	if strings.Trim(last, "0123456789") == "" {
		return "", mistake("write an address as ip: 192.0.2.1, a range as ip: 192.0.2.0/24",
			"name %s ends in a number, which no host name does", quote(name))
	}
	return s, nil
}

func tooLong(name, s string) error {
	return mistake("a DNS name has at most 253 characters", "name %s has %d characters", quote(name), utf8.RuneCountInString(s))
}

// isPlain says whether s is a name that is in its normal form, but perhaps for upper case letters.
func isPlain[T string | []byte](s T) (is, lower bool) {
	if len(s) > maxName {
		return false, false
	}
	kinds, digits, size := all, true, 0
	for i := range len(s) {
		c := s[i]
		kinds &= kindOf[c]
		if c == '.' {
			if size == 0 || size > maxLabel {
				return false, false
			}
			digits, size = true, 0
			continue
		}
		digits = digits && isDigit(c)
		size++
	}
	return kinds&upper != 0 && size > 0 && size <= maxLabel && !digits, kinds&plain == plain
}

// notAName recognises what people write in place of a name.
func notAName(name, s string) error {
	const bare = "write the host name alone, such as www.example.com"
	if rest, found := strings.CutPrefix(s, "**."); found {
		return mistake(fmt.Sprintf("write name: %s; subtree is the default scope", rest),
			"name %s has a wildcard", quote(name))
	}
	if rest, found := strings.CutPrefix(s, "*."); found {
		return mistake(fmt.Sprintf("write name: %s with scope: one-label, or with scope: subtree for every depth", rest),
			"name %s has a wildcard", quote(name))
	}
	if rest, found := strings.CutPrefix(s, "="); found {
		return mistake(fmt.Sprintf("write name: %s with scope: exact", rest), "name %s has a sign in front", quote(name))
	}
	if rest, found := strings.CutPrefix(s, "."); found {
		return mistake(fmt.Sprintf("write name: %s; subtree is the default scope", rest),
			"name %s begins with a dot", quote(name))
	}
	_, addrErr := netip.ParseAddr(strings.Trim(s, "[]"))
	_, prefixErr := netip.ParsePrefix(s)
	switch {
	case s == "":
		return mistake(bare, "name is empty")
	case addrErr == nil || prefixErr == nil:
		return mistake("write ip: "+strings.Trim(s, "[]"), "name %s is an IP address", quote(name))
	case strings.Contains(s, "*"):
		return mistake("watch the part without the wildcard; wildcards of certificates are matched without asking",
			"name %s has a wildcard", quote(name))
	case strings.ContainsAny(s, "/:@?#"):
		return mistake(bare, "name %s is not a host name alone", quote(name))
	}
	return nil
}

// checkLabel holds a label to what can be in DNS as a name; the underscore is not in a host name but in names such as
// _dmarc.example.com.
func checkLabel(name, label string) error {
	if label == "" {
		return mistake("remove one of the dots", "name %s has an empty label", quote(name))
	}
	if len(label) > maxLabel {
		return mistake("a label of a DNS name has at most 63 characters", "name %s has a label of %d characters",
			quote(name), len(label))
	}
	for i := range len(label) {
		if kindOf[label[i]] != plain {
			return mistake("a name is made of letters, digits, hyphens and underscores",
				"name %s has the character %q", quote(name), label[i])
		}
	}
	return nil
}

// suffixes remembers which top-level domains the public suffix list knows.
type suffixes map[string]bool

// known says whether there is a top-level domain.
func (s suffixes) known(tld []byte) bool {
	known, found := s[string(tld)]
	if !found {
		suffix, icann := publicsuffix.PublicSuffix("name." + string(tld))
		known = icann || suffix != string(tld)
		s[string(tld)] = known
	}
	return known
}

// public says whether a name is a public suffix.
func public(name string) bool {
	suffix, _ := publicsuffix.PublicSuffix(name)
	return suffix == name
}

// odd says whether there may be doubts about a name in its normal form.
func (s suffixes) odd(name []byte, scope Scope) bool {
	return !s.known(name[bytes.LastIndexByte(name, '.')+1:]) || scope != Exact && public(string(name)) ||
		bytes.Contains(name, []byte("xn--"))
}

// doubts lists what is odd about a canonical name, though it can be watched. written is the name as configured.
func (b *builder) doubts(written, name string, scope Scope) []string {
	var out []string
	switch {
	case !b.suffixes.known([]byte(name[strings.LastIndexByte(name, '.')+1:])):
		out = append(out, fmt.Sprintf("%s is under no top-level domain of the public DNS: no public CA issues "+
			"certificates for it", name))
	case scope != Exact && public(name):
		out = append(out, fmt.Sprintf("%s is a public suffix: the names below it belong to many owners", name))
	}
	if strings.HasPrefix(name, "xn--") || strings.Contains(name, ".xn--") {
		if _, err := b.idn.current.ToUnicode(name); err != nil {
			out = append(out, fmt.Sprintf("%s has a label that begins with xn-- but is no A-label", name))
		}
	}
	if !isASCII(written) {
		if older, err := b.idn.older.ToASCII(written); err == nil && strings.TrimSuffix(older, ".") != name {
			out = append(out, fmt.Sprintf("older clients read %s as %s: watch that name too", written, older))
		}
	}
	return out
}
