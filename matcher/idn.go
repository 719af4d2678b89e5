package matcher

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// idn turns U-labels into A-labels by UTS #46.
type idn struct {
	current *idna.Profile // as browsers do today: ß stays ß
	older   *idna.Profile // as IDNA 2003 did, and Java's host name check still does: ß is ss
}

// newIDN takes profiles that allow underscores and any hyphens: such names are not registered, but they are in DNS and
// in certificates. idna.Lookup would refuse them.
func newIDN() idn {
	profile := func(transitional bool) *idna.Profile {
		return idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.CheckHyphens(false),
			idna.CheckJoiners(false), idna.Transitional(transitional))
	}
	return idn{current: profile(false), older: profile(true)}
}

// maxULabel bounds the bytes of a label that is converted. An A-label has at most 63 characters, so its U-label has at
// most 59 code points; the rest is room for combining and ignored ones. Conversion takes time quadratic in the label.
const maxULabel = 512

// aLabels converts one non-ASCII label, given in UTF-8. The result may hold dots, since UTS #46 knows other full stops.
// ok is false if the label has no A-label.
func aLabels(p *idna.Profile, label string) (ascii string, ok bool) {
	if len(label) > maxULabel || !utf8.ValidString(label) {
		return "", false
	}
	ascii, err := p.ToASCII(label)
	if err != nil || !isASCII(ascii) {
		return "", false
	}
	// A star or a question mark inside punycode no longer says which part of the label it stands for.
	if strings.HasPrefix(ascii, "xn--") && strings.ContainsAny(ascii, "*?") {
		return "", false
	}
	return ascii, true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// latin1 reads bytes as ISO 8859-1 and writes them in UTF-8.
func latin1(text string) string {
	var out strings.Builder
	for i := range len(text) {
		out.WriteRune(rune(text[i]))
	}
	return out.String()
}
