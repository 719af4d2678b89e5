package matcher

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"strings"
)

// List is a list of watches that are alike but for their names, for where there are very many.
type List struct {
	Name string // what its pins are recorded under; it has a space in it, so that it is the ID of no watch
	// Text has a watch in each line, by its ID: "example.com", "*.example.com", "=example.com", an address or a range.
	// Names may be written as in a Watch. What follows a # in the beginning of a line or behind a space is a comment.
	Text []byte

	Keys, Issuers, Chain []Pin // of each watch
	Emails, URIs         bool  // of those that are names

	pinned  bool
	watches int // how many there are, but for those that are given one by one
}

// watch is a watch of the list, without a name.
func (l *List) watch() Watch {
	return Watch{Keys: l.Keys, Issuers: l.Issuers, Chain: l.Chain, Emails: l.Emails, URIs: l.URIs}
}

// ListError is a Mistake in a list.
type ListError struct {
	List int // index into the lists given to New
	Line int // from 1 on; 0 for the list as a whole
	Err  error
}

// Error is the text of the mistake; who reports it knows what file the list is.
func (e *ListError) Error() string { return e.Err.Error() }

// Unwrap gives the mistake.
func (e *ListError) Unwrap() error { return e.Err }

// line is a line of a list with something in it.
type line struct {
	at    uint32 // where it begins in the text; for a plain name, where that does
	hash  uint32 // of a plain name, in the tree
	size  uint8  // of a plain name
	scope Scope
	kind  lineKind
}

type lineKind uint8

const (
	plainLine lineKind = iota // a name in its normal form
	oddLine                   // one that may be odd
	otherLine                 // anything else; what it is takes a closer look
)

// portion is how much of a list is taken apart at a time, in bytes.
const portion = 256 << 10

// portionEnds finds ends of lines that are about a portion apart; the first is 0, the last the length.
func portionEnds(text []byte) []int {
	ends := []int{0}
	for at := portion; at < len(text); at += portion {
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 {
			break
		}
		at += end + 1
		ends = append(ends, at)
	}
	return append(ends, len(text))
}

// lineReader takes lines apart.
type lineReader struct {
	hash     func(name []byte) uint32
	suffixes suffixes
}

// read gives the lines of text[from:to].
func (r *lineReader) read(text []byte, from, to int) []line {
	out := make([]line, 0, (to-from)/16)
	for from < to {
		end := bytes.IndexByte(text[from:to], '\n')
		if end < 0 {
			end = to - from
		}
		if l, something := r.line(text[from:][:end]); something {
			l.at += uint32(from)
			out = append(out, l)
		}
		from += end + 1
	}
	return out
}

// line looks at what stands in a line. A name gets its normal form in place, if its letters are all that it lacks.
func (r *lineReader) line(text []byte) (out line, something bool) {
	begin, content := content(text)
	if len(content) == 0 {
		return line{}, false
	}
	name, scope := cutScope(content)
	begin += len(content) - len(name)
	name = bytes.TrimSuffix(name, []byte("."))
	is, lower := isPlain(name)
	if !is {
		return line{kind: otherLine}, true
	}
	if !lower {
		fold(name[:0], name)
	}
	out = line{at: uint32(begin), hash: r.hash(name), size: uint8(len(name)), scope: scope}
	if r.suffixes.odd(name, scope) {
		out.kind = oddLine
	}
	return out, true
}

// content is a line without comment and space around it, and where it begins.
func content(line []byte) (begin int, content []byte) {
	for begin < len(line) && isSpace(line[begin]) {
		begin++
	}
	end := len(line)
	for at := begin; at < end; at++ {
		if line[at] == '#' && (at == begin || isSpace(line[at-1])) {
			end = at
		}
	}
	for end > begin && isSpace(line[end-1]) {
		end--
	}
	return begin, line[begin:end]
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }

// cutScope takes the sign of a scope off an ID.
func cutScope(id []byte) (name []byte, scope Scope) {
	if rest, found := bytes.CutPrefix(id, []byte("*.")); found {
		return rest, OneLabel
	}
	if rest, found := bytes.CutPrefix(id, []byte("=")); found {
		return rest, Exact
	}
	return id, Subtree
}

// rangeOf reads an ID that is an address or a range; invalid if it is none.
func rangeOf(id string) netip.Prefix {
	if n := len(id); n == 0 || n > longestAddr+len("/128") || !isDigit(id[n-1]) && strings.IndexByte(id, ':') < 0 {
		return netip.Prefix{}
	}
	if a, err := netip.ParseAddr(id); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen())
	}
	p, _ := netip.ParsePrefix(id)
	return p
}

// other makes a watch of a line that is no plain name.
func (l *List) other(line []byte) (Watch, error) {
	_, id := content(line)
	name, scope := cutScope(id)
	w := l.watch()
	w.Scope = scope
	if p := rangeOf(string(name)); p.IsValid() && scope == Subtree {
		w.Prefix, w.Emails, w.URIs = p, false, false
		return w, nil
	}
	w.Name = cmp.Or(string(name), " ") // an empty one is none at all
	return w, signed(id)
}

// signed refuses a name or an address with a sign that means nothing here, with what to write in a line.
func signed(id []byte) error {
	bare := string(bytes.Trim(id, "*.=[]"))
	if p := rangeOf(bare); p.IsValid() {
		return mistake("write "+bare, "%s has a sign that an address does not have", quote(string(id)))
	}
	if name, _ := cutScope(id); bare == string(bytes.TrimSuffix(name, []byte("."))) {
		return nil
	}
	if is, _ := isPlain(bare); !is {
		return nil
	}
	return mistake(fmt.Sprintf("write %s, *.%s for the names one label below it, or =%s for the name alone", bare, bare, bare),
		"%s has a sign that means nothing here", quote(string(id)))
}
