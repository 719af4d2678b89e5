package matcher

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// reference matches a name in the obvious way: every reading of it against every watch, label by label. It says for
// each watch that is hit whether the hit is certain.
func reference(watches []Watch, name string) map[string]bool {
	out := make(map[string]bool)
	readings := []string{name}
	if before, _, found := strings.Cut(name, "\x00"); found {
		readings = append(readings, before)
	}
	for _, reading := range readings {
		host := refHost(reading)
		spellings := refLabels(host)
		for _, w := range watches {
			if w.Prefix.IsValid() {
				if refIP(w.Prefix, host) {
					out[w.ID()] = true
				}
				continue
			}
			for _, labels := range spellings {
				if hit, certain := refMatch(&w, labels); hit {
					out[w.ID()] = out[w.ID()] || certain
				}
			}
		}
	}
	return out
}

var (
	refURL   = regexp.MustCompile(`(?s)^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*).*$`)
	refPath  = regexp.MustCompile(`(?s)^([^/]*)/.*$`)
	refUser  = regexp.MustCompile(`(?s)^.*@`)
	refPort  = regexp.MustCompile(`(?s)^([^:]*):[0-9]*$`)
	refBrack = regexp.MustCompile(`(?s)^\[([^]]*)\].*$`)
)

const refSpace = " \t\r\n\v\f"

func refHost(s string) string {
	s = strings.Trim(s, refSpace)
	if m := refURL.FindStringSubmatch(s); m != nil {
		s = refUser.ReplaceAllString(m[1], "")
	} else {
		s = refPath.ReplaceAllString(s, "$1")
	}
	s = strings.TrimRight(s, refSpace+".")
	if refBrack.MatchString(s) {
		s = refBrack.ReplaceAllString(s, "$1")
	} else {
		s = refPort.ReplaceAllString(s, "$1")
	}
	return strings.TrimLeft(strings.TrimRight(s, refSpace+"."), refSpace)
}

func refIP(p netip.Prefix, host string) bool {
	if len(host) > 64 {
		return false
	}
	a, err := netip.ParseAddr(host)
	return err == nil && (p.Contains(a.WithZone("")) || p.Contains(a.WithZone("").Unmap()))
}

// refAny is the label that cannot be read.
const refAny = "\xff"

// refLabels gives the labels of a host under every encoding and edition of IDNA.
func refLabels(host string) [][]string {
	if host == "" {
		return nil
	}
	var out [][]string
	for _, transitional := range []bool{false, true} {
		profile := idna.New(idna.MapForLookup(), idna.StrictDomainName(false), idna.CheckHyphens(false),
			idna.CheckJoiners(false), idna.Transitional(transitional))
		for _, latin1First := range []bool{false, true} {
			var labels []string
			parts := strings.Split(host, ".")
			for i, part := range parts {
				labels = append(labels, strings.Split(refASCII(profile, part, latin1First, i == len(parts)-1), ".")...)
			}
			if !slices.ContainsFunc(out, func(o []string) bool { return slices.Equal(o, labels) }) {
				out = append(out, labels)
			}
		}
	}
	return out
}

// refASCII is a label in ASCII, or refAny. It may hold dots.
func refASCII(profile *idna.Profile, part string, latin1First, last bool) string {
	clean := func(s string) string {
		labels := strings.Split(strings.ToLower(s), ".")
		for i, label := range labels {
			if strings.ContainsFunc(label, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
				labels[i] = refAny
			}
		}
		return strings.Join(labels, ".")
	}
	if !strings.ContainsFunc(part, func(r rune) bool { return r >= 0x80 }) {
		return clean(part)
	}
	if len(part) > maxULabel {
		return refAny
	}
	runes := make([]rune, 0, len(part))
	for _, c := range []byte(part) {
		runes = append(runes, rune(c))
	}
	spellings := []string{part, string(runes)}
	if latin1First {
		slices.Reverse(spellings)
	}
	for _, s := range spellings {
		a, err := profile.ToASCII(s)
		switch {
		case err != nil, !utf8.ValidString(s), len(s) > maxULabel:
		case strings.HasPrefix(a, "xn--") && strings.ContainsAny(a, "*?"):
		case strings.ContainsFunc(a, func(r rune) bool { return r >= 0x80 }):
		case last:
			return clean(strings.TrimRight(a, "."))
		default:
			return clean(a)
		}
	}
	return refAny
}

// refMatch says whether the labels can be for a name that the watch is about. A "?" in front is as many labels as it
// takes: up to eight, which is more than the watches of these tests have.
func refMatch(w *Watch, labels []string) (hit, certain bool) {
	if labels[0] != "?" {
		return refMatchOne(w, labels)
	}
	certain = true
	for range 8 {
		h, c := refMatchOne(w, labels)
		hit, certain = hit || h, certain && c
		labels = append([]string{"?"}, labels...)
	}
	return hit, hit && certain
}

func refMatchOne(w *Watch, labels []string) (hit, certain bool) {
	want := strings.Split(w.Name, ".")
	extra := len(labels) - len(want)
	switch {
	case extra < 0, w.Scope == Exact && extra != 0, w.Scope == OneLabel && extra != 1:
		return false, false
	}
	hit, certain = refSame(labels[extra:], want)
	if !hit {
		return false, false
	}
	for _, e := range w.Exclude {
		front := strings.Split(strings.TrimSuffix(e, "."+w.Name), ".")
		if len(front) > extra {
			continue
		}
		have := labels[extra-len(front) : extra]
		if slices.ContainsFunc(have, func(l string) bool { return strings.Contains(l, "*") && !strings.Contains(l, "?") }) {
			continue
		}
		same, sure := refSame(have, front)
		if same && sure {
			return false, false
		}
		certain = certain && !same
	}
	return true, certain
}

// refSame says whether labels can stand for others, and whether that is certain.
func refSame(labels, want []string) (same, certain bool) {
	certain = true
	for i, l := range labels {
		switch {
		case l == refAny, l == "", strings.Contains(l, "?"):
			certain = false
		case strings.Contains(l, "*"):
			expr := strings.ReplaceAll(regexp.QuoteMeta(l), `\*`, ".*")
			if !regexp.MustCompile("^(?s:" + expr + ")$").MatchString(want[i]) {
				return false, false
			}
		case l != want[i]:
			return false, false
		}
	}
	return true, certain
}
