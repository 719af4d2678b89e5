package show

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// maxShown bounds a text that is shown, in bytes.
const maxShown = 2000

// maxName bounds a name whose other form is looked for, in bytes: what is longer is no name (RFC 1035 section 2.3.4 allows
// 255 octets, which stand for no more than four times as many in UTF-8), and Punycode takes time by the square of it.
const maxName = 1024

// rightToLeft are scripts whose letters turn the order of what stands next to them.
var rightToLeft = []*unicode.RangeTable{
	unicode.Adlam, unicode.Arabic, unicode.Hebrew, unicode.Mandaic, unicode.Nko, unicode.Samaritan, unicode.Syriac,
	unicode.Thaana,
}

// Escape makes s safe to show on a terminal: control characters (and with them every escape sequence), format
// characters (bidirectional overrides, zero-width ones), letters of right-to-left scripts, private and unassigned
// characters are written as \u{...}, bytes that are no UTF-8 as \x.., and what is too long is cut.
func Escape(s string) string {
	cut := ""
	if len(s) > maxShown {
		cut = fmt.Sprintf("... (%d bytes)", len(s))
		s = s[:maxShown]
	}
	if !strings.ContainsFunc(s, suspicious) {
		return s + cut
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case suspicious(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String() + cut
}

// suspicious says whether a character may do anything but show itself in its place.
func suspicious(r rune) bool {
	if r >= ' ' && r <= '~' { // nearly all there is
		return false
	}
	return r == utf8.RuneError || !unicode.IsPrint(r) || unicode.In(r, rightToLeft...)
}

// Name shows a name of a certificate. One with other letters than ASCII is shown as its A-label, which cannot be
// mistaken for a name that looks like it, with the letters behind it; an A-label with the letters it stands for.
func Name(name string) string {
	if len(name) > maxName && !isASCII(name) {
		return fmt.Sprintf("%s... (%d bytes)", escapeAll(name[:maxName]), len(name))
	}
	if len(name) > maxName {
		return Escape(name)
	}
	if isASCII(name) {
		u, err := idna.Punycode.ToUnicode(name)
		if err != nil || u == name {
			return Escape(name)
		}
		return fmt.Sprintf("%s (%s)", Escape(name), Escape(u))
	}
	a, err := idna.Punycode.ToASCII(name)
	if err != nil || !isASCII(a) || !utf8.ValidString(name) {
		return escapeAll(name)
	}
	return fmt.Sprintf("%s (%s)", Escape(a), Escape(name))
}

// escapeAll is Escape with every character that is not ASCII written as its number.
func escapeAll(s string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(s, "") {
		r, _ := utf8.DecodeRuneInString(part)
		if r < utf8.RuneSelf || r == utf8.RuneError {
			b.WriteString(Escape(part))
		} else {
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	return b.String()
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
