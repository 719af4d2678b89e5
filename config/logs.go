package config

import (
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// states are what a list says of a log, from GoogleChrome/CertificateTransparency's log_states.md.
func states() []string {
	return []string{"pending", "qualified", "usable", "readonly", "retired", "rejected"}
}

func (p *parser) logs(n *yaml.Node, where string, logs *Logs) {
	p.mapping(n, where, []field{
		{"list", func(n *yaml.Node, where string) { logs.Lists = p.lists(n, where) }},
		{"states", func(n *yaml.Node, where string) { logs.States = p.states(n, where) }},
		{"extra", func(n *yaml.Node, where string) { logs.Extra = p.extras(n, where) }},
		{"start", func(n *yaml.Node, where string) { logs.Start = p.start(n, where) }},
		{"expired", func(n *yaml.Node, where string) {
			word, _ := p.choice(n, where, []string{"skip", "follow"})
			logs.SkipExpired = word == "skip"
		}},
		{"poll", func(n *yaml.Node, where string) { logs.Poll = p.poll(n, where) }},
		{"partial", func(n *yaml.Node, where string) { logs.Partial = p.partial(n, where) }},
		{"limits", func(n *yaml.Node, where string) { p.limits(n, where, logs) }},
	})
}

// lists reads one place of a log list or several. An empty one means none.
func (p *parser) lists(n *yaml.Node, where string) []string {
	var out []string
	lines := map[string]int{}
	alone := p.resolve(n).Kind != yaml.SequenceNode
	p.sequence(n, where, func(n *yaml.Node, where string) {
		s, ok := p.text(n, where)
		if !ok || s == "" && alone {
			return
		}
		place, err := ParseList(s, p.dir)
		if err != nil {
			p.fail(n, where, err)
			return
		}
		if p.duplicate(n, where, place, lines) {
			return
		}
		out = append(out, place)
	})
	return out
}

func (p *parser) states(n *yaml.Node, where string) []string {
	var out []string
	lines := map[string]int{}
	p.sequence(n, where, func(n *yaml.Node, where string) {
		if s, ok := p.choice(n, where, states()); ok && !p.duplicate(n, where, s, lines) {
			out = append(out, s)
		}
	})
	if len(out) == 0 && len(lines) == 0 {
		p.complain(n, where, "leave the word out for usable, qualified and readonly", "no state")
	}
	return out
}

// duplicate says whether the value was met before, and complains if so.
func (p *parser) duplicate(n *yaml.Node, where, value string, lines map[string]int) bool {
	if line, found := lines[value]; found {
		p.complain(n, where, "", "%s is already given in line %d", quote(value), line)
		return true
	}
	lines[value] = n.Line
	return false
}

func (p *parser) limits(n *yaml.Node, where string, logs *Logs) {
	p.mapping(n, where, []field{
		{"bytes_per_second", func(n *yaml.Node, where string) { logs.BytesPerSecond = int(p.positive(n, where, 1<<40)) }},
		{"operators", func(n *yaml.Node, where string) { logs.Limits = p.operators(n, where) }},
	})
}

// Bounds of the poll interval. Below a second a poll is a burden to the log and brings nothing; a day is the longest
// MMD that is usual.
const (
	minPoll = time.Second
	maxPoll = 24 * time.Hour
)

func (p *parser) poll(n *yaml.Node, where string) time.Duration {
	d, ok := p.duration(n, where, "60s or 5m")
	switch {
	case !ok:
		return DefaultPoll
	case d < minPoll || d > maxPoll:
		p.complain(n, where, "", "%s is not between a second and a day", d)
	}
	return d
}

// maxPartial bounds how long the last entries of a static log may wait.
const maxPartial = 24 * time.Hour

func (p *parser) partial(n *yaml.Node, where string) time.Duration {
	d, ok := p.duration(n, where, "5m or 30s")
	switch {
	case !ok:
		return DefaultPartial
	case d < 0 || d > maxPartial:
		p.complain(n, where, "", "%s is not between 0s, which is at once, and a day", d)
	}
	return d
}

// duration reads n as a time span. It is false, and said so, for anything else.
func (p *parser) duration(n *yaml.Node, where, examples string) (time.Duration, bool) {
	s, ok := p.text(n, where)
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		p.complain(n, where, "write a number and a unit, such as "+examples, "%s is no duration", quote(s))
	}
	return d, err == nil
}

// operators reads a mapping whose words are the operators' names, or prefixes of URLs.
func (p *parser) operators(n *yaml.Node, where string) map[string]Limit {
	n = p.resolve(n)
	if n.Kind != yaml.MappingNode {
		p.complain(n, where, "", "%s, where a mapping of operators is expected", kind(n))
		return nil
	}
	out := map[string]Limit{}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, ok := p.text(n.Content[i], where)
		if !ok || p.duplicate(n.Content[i], where, name, lines) {
			continue
		}
		if strings.Contains(name, "://") {
			p.fail(n.Content[i], where, checkURL(name))
		}
		var l Limit
		p.mapping(n.Content[i+1], join(where, name), []field{
			{"requests_per_second", func(n *yaml.Node, where string) { l.RequestsPerSecond = p.positive(n, where, 10_000) }},
			{"parallel", func(n *yaml.Node, where string) { l.Parallel = int(p.positive(n, where, 1000)) }},
		})
		out[name] = l
	}
	return out
}

// positive reads a number above 0, at most limit. Limits of less than 1 a second are real.
func (p *parser) positive(n *yaml.Node, where string, limit float64) float64 {
	s, ok := p.text(n, where)
	if !ok {
		return 0
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v > 0 && v <= limit) {
		p.complain(n, where, "", "%s is not a number above 0 and up to %.0f", quote(s), limit)
		return 0
	}
	return v
}
