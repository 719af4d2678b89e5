package pinfile

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"

	"pinwatch/matcher"
)

// overlap says what holds where two entries are about one name.
type overlap uint8

const (
	mostSpecific overlap = iota // the longest host alone
	anyOf                       // the pins of both: any of them will do
)

// maxPins bounds the pins that the entries of a file take on from others.
const maxPins = 1 << 18

// resolve works out overlaps. Entries without a dimension stand for hosts without pins, and are gone afterwards.
//
// Where an entry rules out another one for its host, that host becomes an Exclude of the other. Exclude takes
// everything below with it; where the source does not, a remark says so.
func (r *reader) resolve(rule overlap) error {
	o := overlaps{r: r, byHost: map[string][]int{}, policies: map[*matcher.Pin][sha256.Size]byte{}}
	for i, e := range r.set.Entries {
		o.byHost[e.Host] = append(o.byHost[e.Host], i)
	}
	if rule == anyOf {
		if err := o.union(); err != nil {
			return err
		}
	}
	for i := range r.set.Entries {
		o.exclude(i)
	}
	for i := range r.set.Entries {
		r.set.Entries[i].Exclude = outermost(r.set.Entries[i].Exclude)
	}
	r.set.Entries = slices.DeleteFunc(r.set.Entries, func(e Entry) bool { return e.Dimension == "" })
	return nil
}

type overlaps struct {
	r        *reader
	byHost   map[string][]int // indexes of entries
	policies map[*matcher.Pin][sha256.Size]byte
}

// above calls f for every entry whose scope reaches host from a name above it.
func (o *overlaps) above(host string, f func(int)) {
	depth := 0
	for rest := host; ; {
		var found bool
		if _, rest, found = strings.Cut(rest, "."); !found {
			return
		}
		depth++
		for _, i := range o.byHost[rest] {
			if s := o.r.set.Entries[i].Scope; s == matcher.Subtree || s == matcher.OneLabel && depth == 1 {
				f(i)
			}
		}
	}
}

// union gives every entry the pins of those that reach its host too.
func (o *overlaps) union() error {
	own := make([][]matcher.Pin, len(o.r.set.Entries))
	total := 0
	for i, e := range o.r.set.Entries {
		own[i] = e.Pins
	}
	for i := range own {
		e := &o.r.set.Entries[i]
		take := func(j int) {
			if total += len(own[j]); total <= maxPins && len(own[j]) > 0 {
				e.Pins = mergePins(e.Pins, own[j])
			}
		}
		o.above(e.Host, func(j int) {
			if o.r.set.Entries[j].Scope == matcher.Subtree || e.Scope == matcher.Exact {
				take(j)
			} else if e.Scope == matcher.Subtree {
				o.r.remark(Inexact, e.Line, "", "the pins of %s hold for %s too, whose own pins are held against it all the same",
					formatPattern(o.r.set.Entries[j].Host, matcher.OneLabel), e.Host)
			}
		})
		for _, j := range o.byHost[e.Host] {
			if e.Scope != matcher.Subtree && o.r.set.Entries[j].Scope == matcher.Subtree {
				take(j)
				o.r.remark(Inexact, e.Line, "", "the pins of %s hold for part of %s, whose own pins are held against that part "+
					"all the same", formatPattern(e.Host, e.Scope), formatPattern(e.Host, matcher.Subtree))
			}
		}
		if total > maxPins {
			return o.r.fail(Unreadable, e.Line, "", "the patterns overlap so much that they take on more than %d pins from each other", maxPins)
		}
	}
	return nil
}

// exclude takes the host of entry i out of the entries that would reach it from above but do not rule it.
func (o *overlaps) exclude(i int) {
	e := &o.r.set.Entries[i]
	if e.Host == "" || o.byHost[e.Host][0] != i {
		return
	}
	self, all := false, false // the host, and everything below it, is ruled by its own entries
	for _, j := range o.byHost[e.Host] {
		s := o.r.set.Entries[j].Scope
		self, all = self || s != matcher.OneLabel, all || s == matcher.Subtree
	}
	o.above(e.Host, func(j int) {
		parent := &o.r.set.Entries[j]
		switch reach := parent.Scope == matcher.Subtree; {
		case parent.Dimension == "" || o.same(e.Host, j):
			return
		case self:
			parent.Exclude = append(parent.Exclude, e.Host)
			if reach && !all {
				o.r.remark(Inexact, e.Line, "", "the pins of %s hold below %s too, but cannot be held against the names "+
					"there: %s is excluded with everything below it", parent.Host, e.Host, e.Host)
			}
		case reach:
			o.r.remark(Inexact, e.Line, "", "names below %s may have other pins than %s, which is held against them all the "+
				"same", e.Host, parent.Host)
		}
	})
}

// same says whether the entries of a host ask for the same as entry j and its fellows, those with its host and scope.
func (o *overlaps) same(host string, j int) bool {
	parent := &o.r.set.Entries[j]
	ofParent := map[[sha256.Size]byte]bool{}
	for _, k := range o.byHost[parent.Host] {
		if o.r.set.Entries[k].Scope == parent.Scope {
			ofParent[o.policy(k)] = true
		}
	}
	ofHost := map[[sha256.Size]byte]bool{}
	for _, k := range o.byHost[host] {
		if !ofParent[o.policy(k)] {
			return false
		}
		ofHost[o.policy(k)] = true
	}
	return len(ofHost) == len(ofParent)
}

// policy is a hash of what an entry asks for. Entries share their pins by the thousand: each set is hashed once.
func (o *overlaps) policy(i int) [sha256.Size]byte {
	e := &o.r.set.Entries[i]
	var pins [sha256.Size]byte
	if len(e.Pins) > 0 {
		found := false
		if pins, found = o.policies[&e.Pins[0]]; !found {
			pins = hashPins(e.Pins)
			o.policies[&e.Pins[0]] = pins
		}
	}
	ca := "any"
	if e.CA {
		ca = "ca"
	}
	return sha256.Sum256(append(pins[:], string(e.Dimension)+ca+e.Expires.String()...))
}

func hashPins(pins []matcher.Pin) [sha256.Size]byte {
	sorted := slices.Clone(pins)
	slices.SortFunc(sorted, func(a, b matcher.Pin) int { return bytes.Compare(a.SPKI[:], b.SPKI[:]) })
	h := sha256.New()
	for i, p := range sorted {
		if i == 0 || p.SPKI != sorted[i-1].SPKI {
			h.Write(p.SPKI[:])
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// outermost leaves out the names that lie below others, and those that are there twice.
func outermost(names []string) []string {
	in := make(map[string]bool, len(names))
	for _, n := range names {
		in[n] = true
	}
	var out []string
	for _, n := range names {
		if in[n] && !below(n, in) {
			out = append(out, n)
			in[n] = false
		}
	}
	slices.Sort(out)
	return out
}

// below says whether a name above n is a key of in.
func below(n string, in map[string]bool) bool {
	for rest := n; ; {
		var found bool
		if _, rest, found = strings.Cut(rest, "."); !found {
			return false
		}
		if _, ok := in[rest]; ok {
			return true
		}
	}
}

// mergePins gives the pins of both without any twice. Pins with other windows are others.
func mergePins(a, b []matcher.Pin) []matcher.Pin {
	type window struct {
		spki       [sha256.Size]byte
		begin, end int64
	}
	of := func(p matcher.Pin) window { return window{p.SPKI, p.NotBefore.Unix(), p.NotAfter.Unix()} }
	seen := make(map[window]bool, len(a)+len(b))
	out := make([]matcher.Pin, 0, len(a)+len(b))
	for _, p := range slices.Concat(a, b) {
		if !seen[of(p)] {
			seen[of(p)] = true
			out = append(out, p)
		}
	}
	return out
}
