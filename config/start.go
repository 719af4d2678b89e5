package config

import (
	"fmt"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// ParseStart reads now, beginning, a date as in 2026-01-31 or an index.
func ParseStart(s string) (Start, error) {
	switch s {
	case "now":
		return Start{Kind: StartNow}, nil
	case "beginning":
		return Start{Kind: StartBeginning}, nil
	}
	// Logs have at most 2^63 entries by any protocol; static-ct-api ends at 2^40.
	if index, err := strconv.ParseUint(s, 10, 63); err == nil {
		return Start{Kind: StartIndex, Index: index}, nil
	}
	if date, err := time.Parse(time.DateOnly, s); err == nil {
		return Start{Kind: StartDate, Date: date}, nil
	}
	known := []string{"now", "beginning"}
	if best := Nearest(s, known); best != "" {
		return Start{}, hinted(fmt.Sprintf("did you mean %q?", best), "%s is no start", quote(s))
	}
	return Start{}, hinted("write now, beginning, a date such as 2026-01-31, or an index", "%s is no start", quote(s))
}

func (p *parser) start(n *yaml.Node, where string) Start {
	s, ok := p.text(n, where)
	if !ok {
		return Start{}
	}
	start, err := ParseStart(s)
	p.fail(n, where, err)
	return start
}

// date reads a date or an RFC 3339 time. A date alone is its first second, or with endOfDay its last.
func (p *parser) date(n *yaml.Node, where string, endOfDay bool) time.Time {
	s, ok := p.text(n, where)
	if !ok {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC()
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		p.complain(n, where, "write 2026-01-31 or 2026-01-31T12:00:00Z", "%s is not a date", quote(s))
		return time.Time{}
	}
	if endOfDay {
		t = t.Add(24*time.Hour - time.Second)
	}
	return t
}
