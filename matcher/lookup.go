package matcher

import "bytes"

// kind sorts the bytes of a name by how much work they make. The kinds of all bytes of a name are joined by AND.
type kind uint8

const (
	upper kind = 1 << 0       // a letter that must be folded
	plain      = upper | 1<<1 // in a lower case name as it is
	dot        = plain | 1<<2 // the dot is plain too
	all   kind = dot          // joins with every kind to that kind; a byte without any kind needs the slow path
)

// kindOf gives the kind of each byte that a usual name has.
var kindOf = [256]kind{
	'a': plain, 'b': plain, 'c': plain, 'd': plain, 'e': plain, 'f': plain, 'g': plain, 'h': plain, 'i': plain,
	'j': plain, 'k': plain, 'l': plain, 'm': plain, 'n': plain, 'o': plain, 'p': plain, 'q': plain, 'r': plain,
	's': plain, 't': plain, 'u': plain, 'v': plain, 'w': plain, 'x': plain, 'y': plain, 'z': plain,
	'A': upper, 'B': upper, 'C': upper, 'D': upper, 'E': upper, 'F': upper, 'G': upper, 'H': upper, 'I': upper,
	'J': upper, 'K': upper, 'L': upper, 'M': upper, 'N': upper, 'O': upper, 'P': upper, 'Q': upper, 'R': upper,
	'S': upper, 'T': upper, 'U': upper, 'V': upper, 'W': upper, 'X': upper, 'Y': upper, 'Z': upper,
	'0': plain, '1': plain, '2': plain, '3': plain, '4': plain, '5': plain, '6': plain, '7': plain, '8': plain,
	'9': plain, '-': plain, '_': plain, '.': dot,
}

// Host appends to dst the hits of a dNSName or CN, given as the raw bytes of the certificate, and returns dst. No watch
// is hit twice by one call.
//
// A name of letters, digits, hyphens and underscores, with or without "*." in front and a dot behind, in any case, is
// looked up without allocating. Every other name is taken apart in all the ways in which a client might read it.
//
// The time is linear in the length of the name, whatever it holds, plus, for a name with a wildcard or a label that
// cannot be read, the watched names below the labels that it spells out, each at most eight times: a million exact
// watches directly below com make "a*b.com" cost some 20 ms, and "*.com" has a million hits. A caller bounds what it
// keeps of the hits of one certificate, whose names may all be such.
func (l *Watchlist) Host(dst []Hit, name []byte) []Hit {
	rest := name
	wild := len(rest) > 2 && rest[0] == '*' && rest[1] == '.'
	if wild {
		rest = rest[2:]
	}
	if n := len(rest); n > 0 && rest[n-1] == '.' {
		rest = rest[:n-1]
	}
	kinds := all
	for _, c := range rest {
		kinds &= kindOf[c]
	}
	if kinds&plain != plain {
		var folded [maxName]byte
		if kinds&upper == 0 || len(rest) > len(folded) {
			return l.odd(dst, name)
		}
		rest = fold(folded[:0], rest)
	}
	if len(rest) == 0 || l.ips.watched() && isDigit(rest[len(rest)-1]) {
		return l.odd(dst, name)
	}
	hits, ok := l.walk(dst, rest, wild)
	if !ok {
		return l.odd(dst, name)
	}
	return hits
}

// walk looks a plain name up, label by label from the right. wild says that "*." stood in front of it. ok is false if
// a label is empty, as far as that bears on the hits.
func (l *Watchlist) walk(dst []Hit, name []byte, wild bool) (hits []Hit, ok bool) {
	for end := len(name); ; {
		start := end
		for start > 0 && name[start-1] != '.' {
			start--
		}
		if start == end {
			return dst, false
		}
		id, found := l.tree.find(name[start:])
		if !found {
			return dst, true
		}
		n := &l.tree.nodes[id]
		if n.watches != [scopes]int32{none, none, none} {
			if start > 0 && (name[0] == '.' || bytes.Contains(name[:start], []byte(".."))) {
				return dst, false // whatever stands for the empty label may be excluded
			}
			dst = l.plainHits(dst, n, name, start, wild)
		}
		if start == 0 {
			if wild {
				dst = l.children(dst, n)
			}
			return dst, true
		}
		end = start - 1
	}
}

// plainHits appends the hits of the watches at node n, whose name is name[start:].
func (l *Watchlist) plainHits(dst []Hit, n *node, name []byte, start int, wild bool) []Hit {
	if i := n.watches[Subtree]; i != none && !l.excluded(int(i), name) {
		rule := RuleSubtree
		if start == 0 && !wild {
			rule = RuleExact
		}
		dst = append(dst, Hit{Watch: int(i), Rule: rule, Certain: true})
	}
	if i := n.watches[OneLabel]; i != none && oneLabel(name[:start], wild) && !l.excluded(int(i), name) {
		dst = append(dst, Hit{Watch: int(i), Rule: RuleOneLabel, Certain: true})
	}
	if i := n.watches[Exact]; i != none && start == 0 && !wild {
		dst = append(dst, Hit{Watch: int(i), Rule: RuleExact, Certain: true})
	}
	return dst
}

// oneLabel says whether the front of a name, up to and including a dot, is one label, given that "*." stands before it
// or not.
func oneLabel(front []byte, wild bool) bool {
	if wild {
		return len(front) == 0
	}
	return len(front) > 1 && bytes.IndexByte(front[:len(front)-1], '.') < 0
}

// children appends the hits of "*." before the name of n: every watched name that is one label longer.
func (l *Watchlist) children(dst []Hit, n *node) []Hit {
	for id := n.first; id != none; id = l.tree.nodes[id].next {
		child := &l.tree.nodes[id]
		for _, scope := range [...]Scope{Subtree, Exact} {
			if i := child.watches[scope]; i != none {
				dst = append(dst, Hit{Watch: int(i), Rule: RuleWildcard, Certain: true})
			}
		}
	}
	return dst
}

// excluded says whether a plain name is in an excluded part of watch i. A name behind "*." is there only with all that
// the wildcard covers: "*.example.com" also covers names that are not excluded, and is told.
func (l *Watchlist) excluded(i int, name []byte) bool {
	if i >= len(l.watches) {
		return false // lists exclude nothing
	}
	for _, e := range l.watches[i].Exclude {
		at := len(name) - len(e)
		if at >= 0 && string(name[at:]) == e && (at == 0 || name[at-1] == '.') {
			return true
		}
	}
	return false
}

// fold appends name to dst in lower case.
func fold(dst, name []byte) []byte {
	for _, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
