package pinfile

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"pinwatch/matcher"
)

// group is all that is asked of the certificates of a host, in one scope.
type group struct {
	host       string
	scope      matcher.Scope
	exclude    []string
	reportOnly bool
	expires    time.Time

	keys, issuers, cas, chain []matcher.Pin
}

// all are the pins of a group.
func (g *group) all() []matcher.Pin { return slices.Concat(g.keys, g.issuers, g.cas, g.chain) }

// groups puts entries together by host, into what the target can express.
func (w *writer) groups(entries []Entry) []*group {
	var out []*group
	at := map[string]*group{}
	for i := range entries {
		e := &entries[i]
		scope, ok := w.scope(e)
		if !ok {
			continue
		}
		id := formatPattern(e.Host, scope)
		if e.Host == "" {
			id = fmt.Sprint(i) // what they are for may differ
		}
		g := at[id]
		if g == nil {
			g = &group{host: e.Host, scope: scope, reportOnly: true}
			at[id] = g
			out = append(out, g)
		}
		w.add(g, e)
	}
	if w.target.oneSet {
		out = w.widest(out)
	}
	w.overlaps(out)
	for _, g := range out {
		w.expiry(g)
		for _, pins := range []*[]matcher.Pin{&g.keys, &g.issuers, &g.cas, &g.chain} {
			*pins = distinct(*pins)
		}
		if !w.target.dimensions {
			w.anyKey(g)
		}
		if len(g.all()) == 1 && w.target.two != "" {
			w.remark(FewPins, g.host, "%s", w.target.two)
		}
	}
	return out
}

// add adds an entry to its group.
func (w *writer) add(g *group, e *Entry) {
	list := &g.chain
	switch {
	case e.Dimension == Keys:
		list = &g.keys
	case e.Dimension == Issuers:
		list = &g.issuers
	case e.CA:
		list = &g.cas
	}
	*list = mergePins(*list, e.Pins)
	g.reportOnly = g.reportOnly && e.ReportOnly
	if e.ReportOnly && !w.target.reportOnly {
		w.remark(Inexact, e.Host, "%s knows no pins that are only reported: these will be enforced", w.target.name)
	}
	if g.scope != matcher.Exact {
		g.exclude = outermost(append(g.exclude, e.Exclude...))
	}
	if len(e.Forbidden) > 0 {
		w.remark(Inexact, e.Host, "%s cannot forbid keys", w.target.name)
	}
}

// distinct leaves one pin for each key: that of its windows is said elsewhere, or not at all.
func distinct(pins []matcher.Pin) []matcher.Pin {
	seen := map[[sha256.Size]byte]bool{}
	return slices.DeleteFunc(pins, func(p matcher.Pin) bool {
		was := seen[p.SPKI]
		seen[p.SPKI] = true
		return was
	})
}

// widest leaves one group for each host: the one with the widest scope.
func (w *writer) widest(groups []*group) []*group {
	wide := map[string]*group{}
	for _, g := range groups {
		if old := wide[g.host]; old == nil || g.scope < old.scope {
			wide[g.host] = g
		}
	}
	return slices.DeleteFunc(groups, func(g *group) bool {
		if g.host == "" || wide[g.host] == g {
			return false
		}
		w.remark(Refused, g.host, "left out: %s has one set of pins for a name, and that for the names below it is taken", w.target.name)
		return true
	})
}

// overlaps tells where a group is below another one, and what of its excluded names the target cannot take out.
func (w *writer) overlaps(groups []*group) {
	byHost := map[string]*group{}
	for _, g := range groups {
		if old := byHost[g.host]; old == nil || g.scope < old.scope {
			byHost[g.host] = g
		}
	}
	for _, g := range groups {
		var left []string
		for _, name := range g.exclude {
			if byHost[name] == nil && !w.target.excludes {
				left = append(left, name)
			}
		}
		if len(left) > 0 {
			w.remark(Inexact, g.host, "%s cannot take names out: its pins will hold for %s too", w.target.name, strings.Join(left, ", "))
		}
		if above := ruler(g.host, byHost); above != nil && w.target.overlap != "" && byHost[g.host] == g && !equal(above, g) {
			w.remark(Inexact, g.host, w.target.overlap, above.host)
		}
	}
}

// ruler is the nearest group above a host that reaches it, and does not exclude it.
func ruler(host string, byHost map[string]*group) *group {
	for rest := host; ; {
		var found bool
		if _, rest, found = strings.Cut(rest, "."); !found {
			return nil
		}
		if g := byHost[rest]; g != nil && g.scope == matcher.Subtree {
			if slices.ContainsFunc(g.exclude, func(x string) bool { return x == host || strings.HasSuffix(host, "."+x) }) {
				return nil
			}
			return g
		}
	}
}

// equal says whether two groups ask for the same.
func equal(a, b *group) bool {
	same := func(x, y []matcher.Pin) bool { return hashPins(x) == hashPins(y) }
	return same(a.keys, b.keys) && same(a.issuers, b.issuers) && same(a.cas, b.cas) && same(a.chain, b.chain)
}

// expiry finds the one end that the target can give a set, and tells of windows that it cannot.
func (w *writer) expiry(g *group) {
	pins := g.all()
	end, same, ends := pins[0].NotAfter, true, false
	for _, p := range pins {
		same = same && p.NotAfter.Equal(end)
		ends = ends || !p.NotAfter.IsZero()
		if !p.NotBefore.IsZero() {
			w.remark(Inexact, g.host, "pin %s will count at once, not from %s", p, p.NotBefore.Format(time.DateOnly))
		}
	}
	switch {
	case !ends:
	case !same || !w.target.expires:
		w.remark(Inexact, g.host, "the ends of its pins cannot be written for %s: they will not expire", w.target.name)
	default:
		g.expires = end.UTC().Truncate(24 * time.Hour)
		if !g.expires.Equal(end) {
			g.expires = g.expires.AddDate(0, 0, 1)
			w.remark(Inexact, g.host, "%s ends pins at the beginning of a day: %s is taken", w.target.name, g.expires.Format(time.DateOnly))
		}
	}
}

// anyKey puts the pins of a group into chain, for a target that looks for a pin anywhere in the chain. Of several
// dimensions only one can be written: the first of them, which accepts the least.
func (w *writer) anyKey(g *group) {
	var taken []matcher.Pin
	left := 0
	for _, pins := range [][]matcher.Pin{g.keys, g.issuers, mergePins(g.cas, g.chain)} {
		if len(taken) == 0 {
			taken = pins
		} else {
			left += len(pins)
		}
	}
	if left > 0 {
		w.remark(Inexact, g.host, "%s has one set of pins for a host: that of the narrowest kind is written, without the other %d",
			w.target.name, left)
	}
	if len(g.keys)+len(g.issuers) > 0 {
		w.remark(Inexact, g.host, "%s will accept these keys anywhere in the chain", w.target.name)
	}
	g.keys, g.issuers, g.cas, g.chain = nil, nil, nil, taken
}
