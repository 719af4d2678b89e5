package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain is s as text that only shows itself: valid UTF-8, where each character that shows nothing, steers a terminal or
// turns the order of what stands around it (controls, format characters, separators of lines) has become U+FFFD. Line
// feeds and tabs stay.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || !hidden(r) {
			return r
		}
		return utf8.RuneError
	}, s)
}

// Line is Plain on one line: every run of white space is one space.
func Line(s string) string { return Plain(strings.Join(strings.Fields(s), " ")) }

// hidden says whether r does anything but show itself. Marks that combine with any letter in any number are bounded by
// Clip only: they are letters in many scripts.
func hidden(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f // nearly all there is, and looked up without tables
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Other_Default_Ignorable_Code_Point,
		unicode.Variation_Selector)
}

// Clip is s cut to at most limit bytes, three dots included, at the border of a character. Services count characters in
// several ways (code points, UTF-16 units, bytes): what is short enough in bytes is so in all of them.
func Clip(s string, limit int) string {
	const dots = "..."
	if len(s) <= limit {
		return s
	}
	if limit < len(dots) {
		return dots[:max(limit, 0)]
	}
	end := limit - len(dots)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + dots
}
