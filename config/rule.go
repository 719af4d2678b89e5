package config

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Rule is what is said of a watch besides its names and pins.
type Rule struct {
	Watch    int // index into Config.Watch
	PinsFrom []PinsFrom
	// Learn takes the keys of the certificates that are valid when the watch begins for expected.
	Learn bool
	// Pending is how long a certificate with an unknown key may wait for a file of PinsFrom to declare the key; 0 is not
	// at all.
	Pending time.Duration
	// Labels are words by which receivers choose.
	Labels []string
}

// PinsFrom names files that pins are read from.
type PinsFrom struct {
	Pattern     string // a file, a directory, or a pattern as in filepath.Match
	PasswordEnv string // the environment variable with the password of PKCS#12 files; may be empty
	Line        int    // where it stands in the configuration
}

// maxPending bounds how long a finding may be held back. Whoever needs more pins a key too late.
const maxPending = 24 * time.Hour

// Problem says that err is about files that a rule names.
func (c *Config) Problem(r *Rule, f *PinsFrom, err error) Problem {
	out := c.WatchProblem(r.Watch, err)
	out.Line, out.Where = f.Line, join(out.Where, "pins_from")
	return out
}

// ruleFields are the words of a watch that make a rule.
func (p *parser) ruleFields(r *Rule) []field {
	return []field{
		{"pins_from", func(n *yaml.Node, where string) { r.PinsFrom = p.pinsFrom(n, where) }},
		{"mode", func(n *yaml.Node, where string) { r.Learn = p.mode(n, where) }},
		{"labels", func(n *yaml.Node, where string) { r.Labels = p.some(n, where) }},
		{"pending", func(n *yaml.Node, where string) { r.Pending = p.pending(n, where) }},
	}
}

// empty says whether the rule says nothing.
func (r *Rule) empty() bool {
	return len(r.PinsFrom) == 0 && !r.Learn && r.Pending == 0 && len(r.Labels) == 0
}

func (p *parser) pinsFrom(n *yaml.Node, where string) []PinsFrom {
	var out []PinsFrom
	lines := map[string]int{}
	before := len(p.problems)
	p.sequence(n, where, func(n *yaml.Node, where string) {
		f, ok := p.pinFile(n, where)
		if ok && !p.duplicate(n, where, f.Pattern, lines) {
			out = append(out, f)
		}
	})
	if len(out) == 0 && len(p.problems) == before {
		p.complain(n, where, "name files that hold pins, or leave the word out", "no file")
	}
	return out
}

// pinFile reads the name of a file, or a mapping with it.
func (p *parser) pinFile(n *yaml.Node, where string) (PinsFrom, bool) {
	n = p.resolve(n)
	f := PinsFrom{Line: n.Line}
	before := len(p.problems)
	if n.Kind != yaml.MappingNode {
		f.Pattern = p.pattern(n, where)
		return f, len(p.problems) == before
	}
	p.mapping(n, where, []field{
		{"file", func(n *yaml.Node, where string) { f.Pattern = p.pattern(n, where) }},
		{"password_env", func(n *yaml.Node, where string) { f.PasswordEnv = p.variable(n, where) }},
	})
	if f.Pattern == "" && len(p.problems) == before {
		p.complain(n, where, "name the file", "\"file\" is missing")
	}
	return f, len(p.problems) == before
}

// pattern reads the name of a file, a directory or a pattern.
func (p *parser) pattern(n *yaml.Node, where string) string {
	s, ok := p.text(n, where)
	switch {
	case !ok:
		return ""
	case s == "" || strings.ContainsRune(s, 0):
		p.complain(n, where, "", "%s names no file", quote(s))
		return ""
	case strings.Contains(s, "://"):
		p.complain(n, where, "fetch it to a file first", "%s is not a file: pins are read from files alone", quote(s))
		return ""
	}
	return under(p.dir, s)
}

// variable reads the name of an environment variable.
func (p *parser) variable(n *yaml.Node, where string) string {
	s, ok := p.text(n, where)
	if ok && (s == "" || strings.ContainsAny(s, "= \t\x00$")) {
		p.complain(n, where, "write its name alone, without $", "%s cannot be the name of an environment variable", quote(s))
	}
	return s
}

// mode reads how a watch takes certificates that no pin fits.
func (p *parser) mode(n *yaml.Node, where string) (learn bool) {
	s, _ := p.choice(n, where, []string{"pins", "learn"})
	return s == "learn"
}

func (p *parser) pending(n *yaml.Node, where string) time.Duration {
	d, ok := p.duration(n, where, "15m")
	if ok && (d <= 0 || d > maxPending) {
		p.complain(n, where, "leave the word out to tell of an unknown key at once", "%s is not between 0 and %s", d, maxPending)
	}
	return d
}
