package matcher

import (
	"slices"
	"strings"
)

// How a label of a certificate came to stand for a label of a watched name, from the plainest way to the oddest.
type way uint8

const (
	asItIs way = iota
	asWildcard
	asPartialWildcard
	asInnerWildcard
	asUnreadable
	asRedacted
)

// rule is the rule of a hit for which this was the oddest way, empty for none.
func (w way) rule() Rule {
	return [...]Rule{"", RuleWildcard, RulePartialWildcard, RuleInnerWildcard, RuleUnreadable, RuleRedacted}[w]
}

// pattern is one matching of the labels of a name against the tree of watched names.
type pattern struct {
	list   *Watchlist
	labels []label
	odd    Rule // what was odd about reading the name, if anything
	dst    []Hit
	key    []byte
}

// match appends the hits of a name given as labels. A watched name is one of those that the labels can stand for, each
// label for just one label. A watch may be hit more than once.
//
// Each node of the tree is visited at most once, so the time is bounded by the number of watched names and their
// parents, and in practice by those that share the labels at the end of the name.
func (l *Watchlist) match(dst []Hit, labels []label, odd Rule) []Hit {
	if len(labels) == 0 {
		return dst
	}
	p := pattern{list: l, labels: labels, odd: odd, dst: dst}
	p.from(0, len(labels), asItIs)
	return p.dst
}

// from goes on where labels[left:] stand for the name of a node, in a certain way.
func (p *pattern) from(id int32, left int, used way) {
	n := &p.list.tree.nodes[id]
	p.hits(n, left, used)
	if left == 0 || n.first == none {
		return
	}
	next := p.labels[left-1]
	if next.kind == literal {
		if len(next.text) > maxLabel {
			return // before a long label is copied for every node that a wildcard behind it led to
		}
		p.key = append(append(append(p.key[:0], next.text...), '.'), p.list.tree.name(n)...)
		if id == 0 {
			p.key = p.key[:len(next.text)]
		}
		if child, found := p.list.tree.find(p.key); found {
			p.from(child, left-1, used)
		}
		return
	}
	way := max(used, p.way(left-1))
	for child := n.first; child != none; child = p.list.tree.nodes[child].next {
		if next.kind != glob || globMatch(next.text, p.list.tree.label(&p.list.tree.nodes[child])) {
			p.from(child, left-1, way)
		}
		if p.manyLabels(left - 1) {
			p.below(child)
		}
	}
}

// way says how label i, which is not literal, stands for another label.
func (p *pattern) way(i int) way {
	switch l := p.labels[i]; {
	case l.kind == redacted:
		return asRedacted
	case l.kind == unreadable:
		return asUnreadable
	case i > 0:
		return asInnerWildcard
	case l.text != "*":
		return asPartialWildcard
	}
	return asWildcard
}

// manyLabels says whether label i may stand for several labels.
//
// Telling: the drafts for redaction put a "?" for each label, but CAs that redacted offered to show nothing but the
// registered domain, and how many labels their "?" in front stands for cannot be known.
func (p *pattern) manyLabels(i int) bool { return i == 0 && p.labels[0].text == "?" }

// below appends, as doubtful, the hits of all that a "?" in front may be when it stands for the first label of a node
// and for more labels in front of that.
func (p *pattern) below(id int32) {
	n := &p.list.tree.nodes[id]
	p.perhaps(n.watches[OneLabel])
	for child := n.first; child != none; child = p.list.tree.nodes[child].next {
		p.perhaps(p.list.tree.nodes[child].watches[Subtree])
		p.perhaps(p.list.tree.nodes[child].watches[Exact])
		p.below(child)
	}
}

// perhaps appends a doubtful hit of a watch, if there is one.
func (p *pattern) perhaps(i int32) {
	if i != none {
		p.dst = append(p.dst, Hit{Watch: int(i), Rule: RuleRedacted})
	}
}

// hits appends the hits of the watches at a node that labels[left:] stand for.
func (p *pattern) hits(n *node, left int, used way) {
	if i := n.watches[Subtree]; i != none {
		rule := RuleSubtree
		if left == 0 {
			rule = RuleExact
		}
		p.hit(i, rule, left, used)
	}
	if i := n.watches[OneLabel]; i != none && left == 1 {
		if p.manyLabels(0) {
			used = asRedacted
		}
		p.hit(i, RuleOneLabel, left, used)
	}
	if i := n.watches[Exact]; i != none && left == 0 {
		p.hit(i, RuleExact, left, used)
	}
}

func (p *pattern) hit(i int32, rule Rule, left int, used way) {
	switch p.excluded(int(i), left) {
	case yes:
		return
	case perhaps:
		used = max(used, p.doubt(left)) // Telling: it may be one of the names that are not excluded.
	}
	switch {
	case used >= asUnreadable:
		rule = used.rule()
	case p.odd != "":
		rule = p.odd
	case used > asItIs:
		rule = used.rule()
	}
	p.dst = append(p.dst, Hit{Watch: int(i), Rule: rule, Certain: used < asUnreadable})
}

// doubt is the oddest way in which one of labels[:left], of which one is in doubt, may stand for another label.
func (p *pattern) doubt(left int) way {
	if slices.ContainsFunc(p.labels[:left], func(l label) bool { return l.kind == redacted }) {
		return asRedacted
	}
	return asUnreadable
}

// answer is one that may have to be left open.
type answer uint8

const (
	no answer = iota
	perhaps
	yes
)

// excluded says whether all names that labels[:left] can stand for, in front of the watched name, are in excluded
// parts of watch i. A wildcard stands for more names than any list excludes.
func (p *pattern) excluded(i, left int) answer {
	if i >= len(p.list.watches) {
		return no // lists exclude nothing
	}
	w := &p.list.watches[i]
	out := no
	for _, e := range w.Exclude {
		out = max(out, p.inFront(strings.TrimSuffix(e, "."+w.Name), left))
	}
	return out
}

// inFront says whether labels[:left] end in front, which is a name.
func (p *pattern) inFront(front string, left int) answer {
	out := yes
	for more := true; more; left-- {
		if left == 0 {
			if p.manyLabels(0) {
				return perhaps
			}
			return no
		}
		dot := strings.LastIndexByte(front, '.')
		want := front[dot+1:]
		if more = dot >= 0; more {
			front = front[:dot]
		}
		switch have := p.labels[left-1]; {
		case have.kind == unreadable || have.kind == redacted:
			out = perhaps
		case have.kind == glob || have.text != want:
			return no
		}
	}
	return out
}

// globMatch says whether a label is one that a glob stands for. Its time is bounded by the product of their lengths,
// which are at most 129 and 63.
func globMatch(glob string, label []byte) bool {
	star, retry := -1, 0
	g, i := 0, 0
	for i < len(label) {
		switch {
		case g < len(glob) && glob[g] == '*':
			star, retry = g, i
			g++
		case g < len(glob) && glob[g] == label[i]:
			g++
			i++
		case star >= 0:
			retry++
			g, i = star+1, retry
		default:
			return false
		}
	}
	for g < len(glob) && glob[g] == '*' {
		g++
	}
	return g == len(glob)
}
