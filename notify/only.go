package notify

import (
	"slices"
	"strings"
)

// Only says which messages a receiver wants. What is given must all be fulfilled; the zero value wants everything but
// heartbeats.
type Only struct {
	// Watches are patterns of the watches whose findings are wanted, in which * stands for any characters; Labels are
	// labels of such watches, of which one must fit, and Verdicts what is said of the findings.
	Watches, Labels, Verdicts []string
	// Severity is the mildest that is wanted; empty: any.
	Severity string
	// Kinds are those that are wanted. Without, these are findings alone where Watches, Labels or Verdicts are given, and
	// otherwise all but heartbeats.
	Kinds []Kind
}

// Wants says whether a message is wanted for what it is, whatever was told before.
func (o *Only) Wants(m *Unrouted) bool {
	if !o.kind(m.Kind) || SeverityRank(m.Severity) < SeverityRank(o.Severity) {
		return false
	}
	if m.Kind != Finding {
		return true
	}
	return (o.Watches == nil || slices.ContainsFunc(o.Watches, func(p string) bool { return glob(strings.ToLower(p), strings.ToLower(m.Watch)) })) &&
		(o.Labels == nil || slices.ContainsFunc(o.Labels, func(l string) bool { return slices.Contains(m.Labels, l) })) &&
		(o.Verdicts == nil || slices.Contains(o.Verdicts, m.Verdict))
}

func (o *Only) kind(k Kind) bool {
	switch {
	case o.Kinds != nil:
		return slices.Contains(o.Kinds, k)
	case o.Watches != nil || o.Labels != nil || o.Verdicts != nil:
		return k == Finding
	}
	return k != Heartbeat
}

// glob says whether s fits a pattern in which * stands for any characters. It takes time in proportion to both.
func glob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(s, part)
		if !found {
			return false
		}
		s = after
	}
	return true
}
