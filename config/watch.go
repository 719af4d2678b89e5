package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"pinwatch/matcher"
)

// place is where a watch stands in the file.
type place struct{ line, index int }

func (p place) where() string { return fmt.Sprintf("watch[%d]", p.index) }

// watches reads the watch list. It may hold a million names, so nothing in here is done per pair of watches.
func (p *parser) watches(n *yaml.Node, where string, c *Config) {
	list := p.resolve(n)
	if list.Kind == yaml.SequenceNode && len(list.Content) == 0 || list.Kind == yaml.ScalarNode && list.ShortTag() == "!!null" {
		p.complain(n, where, watchSomething, "nothing is watched")
		return
	}
	c.Watch = slices.Grow(c.Watch, len(list.Content))
	c.places = slices.Grow(c.places, len(list.Content))
	index := 0
	p.sequence(n, where, func(n *yaml.Node, where string) {
		before := len(p.problems)
		at := place{n.Line, index}
		index++
		if w, alone := p.nameAlone(n, where); alone {
			c.add(w, at, len(p.problems) == before)
			return
		}
		var r Rule
		var from Names
		w := p.watch(n, where, &r, &from)
		switch sound := len(p.problems) == before; {
		case sound && from.Path != "":
			from.Keys, from.Issuers, from.Chain, from.Emails, from.URIs = w.Keys, w.Issuers, w.Chain, w.Emails, w.URIs
			from.Labels, from.at = r.Labels, at
			c.Names = append(c.Names, from)
		case sound && !r.empty():
			r.Watch = len(c.Watch)
			c.Rules = append(c.Rules, r)
			fallthrough
		default:
			c.add(w, at, sound)
		}
	})
}

// add adds a watch of the file.
func (c *Config) add(w matcher.Watch, at place, sound bool) {
	if sound {
		c.Watch = append(c.Watch, w)
		c.places = append(c.places, at)
	}
}

// nameAlone reads a watch that is a name and nothing else, which nearly all are where there are many.
func (p *parser) nameAlone(n *yaml.Node, where string) (w matcher.Watch, alone bool) {
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 || n.Content[0].Kind != yaml.ScalarNode || n.Content[0].Value != "name" {
		return w, false
	}
	p.word = n.Content[0]
	w.Name, _ = p.text(n.Content[1], join(where, "name"))
	return w, true
}

// watch reads a watch or, where from gets a path, what the watches of a file of names have in common.
func (p *parser) watch(n *yaml.Node, where string, r *Rule, from *Names) matcher.Watch {
	var w matcher.Watch
	if v := p.resolve(n); v.Kind == yaml.ScalarNode && v.ShortTag() == "!!str" {
		p.complain(n, where, "write "+quote("name: "+v.Value), "%s is not a watch", quote(v.Value))
		return w
	}
	scoped := false
	p.mapping(n, where, append([]field{
		{"name", func(n *yaml.Node, where string) { w.Name, _ = p.text(n, where) }},
		{"ip", func(n *yaml.Node, where string) { w.Prefix = p.prefix(n, where) }},
		{"names_from", func(n *yaml.Node, where string) { *from = p.namesFrom(n, where) }},
		{"scope", func(n *yaml.Node, where string) { w.Scope, scoped = p.scope(n, where), true }},
		{"exclude", func(n *yaml.Node, where string) { w.Exclude = p.texts(n, where) }},
		{"keys", func(n *yaml.Node, where string) { w.Keys = p.pins(n, where) }},
		{"issuers", func(n *yaml.Node, where string) { w.Issuers = p.pins(n, where) }},
		{"chain", func(n *yaml.Node, where string) { w.Chain = p.pins(n, where) }},
		{"emails", func(n *yaml.Node, where string) { w.Emails = p.boolean(n, where) }},
		{"uris", func(n *yaml.Node, where string) { w.URIs = p.boolean(n, where) }},
	}, p.ruleFields(r)...))
	if r.Pending > 0 && len(r.PinsFrom) == 0 {
		p.complain(n, where, "name the files that will declare the key, or leave the word out",
			"\"pending\" needs \"pins_from\": nothing else declares a key")
	}
	if from.Path != "" {
		p.alike(n, where, &w, r, scoped)
	}
	if w.Prefix.IsValid() && (w.Emails || w.URIs) {
		p.complain(n, where, "leave them out", "\"emails\" and \"uris\" mean nothing for an address")
	}
	return w
}

// prefix reads an address or a CIDR range.
func (p *parser) prefix(n *yaml.Node, where string) netip.Prefix {
	s, ok := p.text(n, where)
	if !ok {
		return netip.Prefix{}
	}
	prefix, err := ParsePrefix(s)
	p.fail(n, where, err)
	return prefix
}

// ParsePrefix reads an address, which is a range of one, or a range in CIDR notation.
func ParsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, hinted("write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32", "%s is not an address or a range", quote(s))
	}
	return prefix, nil
}

func (p *parser) scope(n *yaml.Node, where string) matcher.Scope {
	s, ok := p.choice(n, where, []string{"subtree", "one-label", "exact"})
	if !ok {
		return matcher.Subtree
	}
	scope, err := matcher.ParseScope(s)
	p.fail(n, where, err)
	return scope
}

func (p *parser) texts(n *yaml.Node, where string) []string {
	var out []string
	lines := map[string]int{}
	p.sequence(n, where, func(n *yaml.Node, where string) {
		if s, ok := p.text(n, where); ok && !p.duplicate(n, where, strings.ToLower(s), lines) {
			out = append(out, s)
		}
	})
	return out
}

// pins reads one dimension of pins. A dimension without a pin would be one that nothing satisfies, or one that
// everything does: it is refused rather than guessed.
func (p *parser) pins(n *yaml.Node, where string) []matcher.Pin {
	var out []matcher.Pin
	lines := map[[32]byte]int{}
	before := len(p.problems)
	p.sequence(n, where, func(n *yaml.Node, where string) {
		pin, ok := p.pin(n, where)
		if !ok {
			return
		}
		if line, found := lines[pin.SPKI]; found {
			p.complain(n, where, "", "the pin of line %d again", line)
			return
		}
		lines[pin.SPKI] = n.Line
		out = append(out, pin)
	})
	if len(out) == 0 && len(p.problems) == before {
		p.complain(n, where, "leave the word out to accept any", "no pin")
	}
	return out
}

// pin reads a pin as a single value or as a mapping.
func (p *parser) pin(n *yaml.Node, where string) (matcher.Pin, bool) {
	n = p.resolve(n)
	pin := matcher.Pin{Source: fmt.Sprintf("%s:%d", p.path, n.Line)}
	before := len(p.problems)
	if n.Kind != yaml.MappingNode {
		pin.SPKI = p.spki(n, where)
		return pin, len(p.problems) == before
	}
	given := false
	p.mapping(n, where, []field{
		{"pin", func(n *yaml.Node, where string) { pin.SPKI, given = p.spki(n, where), true }},
		{"label", func(n *yaml.Node, where string) { pin.Label, _ = p.text(n, where) }},
		{"not_before", func(n *yaml.Node, where string) { pin.NotBefore = p.date(n, where, false) }},
		{"not_after", func(n *yaml.Node, where string) { pin.NotAfter = p.date(n, where, true) }},
		{"backup", func(n *yaml.Node, where string) { pin.Backup = p.boolean(n, where) }},
	})
	switch {
	case len(p.problems) > before:
	case !given:
		p.complain(n, where, "give sha256/ and the base64 of the key's SHA-256", "\"pin\" is missing")
	case !pin.NotAfter.IsZero() && pin.NotAfter.Before(pin.NotBefore):
		p.complain(n, where, "", "not_after (%s) lies before not_before (%s)",
			pin.NotAfter.Format(time.DateOnly), pin.NotBefore.Format(time.DateOnly))
	}
	return pin, len(p.problems) == before
}

func (p *parser) spki(n *yaml.Node, where string) [32]byte {
	s, ok := p.text(n, where)
	if !ok {
		return [32]byte{}
	}
	spki, err := matcher.ParsePin(s)
	p.fail(n, where, err)
	return spki
}
