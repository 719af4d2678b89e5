package pinfile

import (
	"regexp"
	"strings"

	"pinwatch/matcher"
)

var (
	// pinText is what a person writes who means a pin: a hash with its algorithm in front, or base64 or hex of the
	// length of a SHA-256 or nearly.
	pinText = regexp.MustCompile(`^(?i:sha\d+/.*|sha256:.*|[0-9a-f]{64}|[0-9a-f]{2}(:[0-9a-f]{2}){31})$|^[A-Za-z0-9+/_-]{43}=*$|^[A-Za-z0-9+/_-]{42}==$`)
	// patternText is a host pattern, if a pin follows; with a dot it is one by itself, since base64 has none.
	patternText = regexp.MustCompile(`^[^\s"'(),;=/]+$`)
)

// fields splits a line at space; curl writes pins with a semicolon between.
func fields(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" \t;", c) })
}

// hasPin says whether a line has a pin at its beginning, or behind a host.
func hasPin(text string) bool {
	f := fields(text)
	return len(f) > 0 && pinText.MatchString(f[0]) || len(f) > 1 && isPattern(f) && pinText.MatchString(f[1])
}

// isPattern says whether the first field of a line is a host pattern.
func isPattern(f []string) bool {
	if pinText.MatchString(f[0]) || !patternText.MatchString(f[0]) {
		return false
	}
	return strings.Contains(f[0], ".") || len(f) > 1 && pinText.MatchString(f[1])
}

// lines reads lines with a host pattern of OkHttp and pins, or pins alone. Behind a pin may stand what it is called.
// OkHttp looks for any key of the chain, and takes the pins of all patterns that match a host together.
func (r *reader) lines(lines []line) error {
	r.set.Format = Lines
	at := map[string]int{} // pattern to index of its entry
	for _, l := range lines {
		f := fields(l.text)
		if len(f) == 0 {
			continue
		}
		e := Entry{Dimension: Keys, Line: l.number}
		if isPattern(f) {
			r.set.Format = OkHttp
			e.Dimension = Chain
			var ok bool
			if e.Host, e.Scope, ok = r.pattern(l.number, f[0]); !ok {
				continue
			}
			if f = f[1:]; len(f) == 0 {
				r.remark(BadPin, l.number, "write a pin behind it", "%s has no pin", quote(l.text))
			}
		}
		pattern := formatPattern(e.Host, e.Scope)
		i, found := at[pattern]
		if !found {
			i = len(r.set.Entries)
			at[pattern] = i
			r.add(e)
		}
		r.set.Entries[i].Pins = append(r.set.Entries[i].Pins, r.pinsOf(l.number, f)...)
	}
	for i := range r.set.Entries {
		r.set.Entries[i].Pins = mergePins(r.set.Entries[i].Pins, nil)
	}
	return r.resolve(anyOf)
}

// pinsOf reads the pins of a line, and what the last one is called.
func (r *reader) pinsOf(line int, f []string) []matcher.Pin {
	var pins []matcher.Pin
	for i, text := range f {
		if i > 0 && !pinText.MatchString(text) {
			if len(pins) > 0 {
				pins[len(pins)-1].Label = label(strings.TrimLeft(strings.Join(f[i:], " "), "# "))
			}
			break
		}
		if p, ok := r.pin(line, text); ok {
			pins = append(pins, p)
		}
	}
	return pins
}
