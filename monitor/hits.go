package monitor

import (
	"cmp"
	"slices"

	"pinwatch/matcher"
	"pinwatch/store"
)

// nameHit is one name of a certificate that concerns one watch.
type nameHit struct {
	matcher.Hit
	kind string // where the name stands, in the words of RFC 5280; "bytes" where it was only searched for
	name string
}

const (
	// maxMatches bounds how many names of a certificate are kept as the reason for one finding. The certificate has
	// them all.
	maxMatches = 100
	// thinAt is the number of hits of one certificate above which those beyond maxMatches are dropped while reading. An
	// attacker can make every name of ten thousand hit every one of ten thousand watches.
	thinAt = 1 << 14
)

// thin keeps the first maxMatches hits of each watch, certain ones first, in the order of the watches.
func thin(hits []nameHit) []nameHit {
	slices.SortStableFunc(hits, func(a, b nameHit) int {
		if c := cmp.Compare(a.Watch, b.Watch); c != 0 || a.Certain == b.Certain {
			return c
		}
		if a.Certain {
			return -1
		}
		return 1
	})
	kept, of, n := hits[:0], -1, 0
	for _, h := range hits {
		if h.Watch != of {
			of, n = h.Watch, 0
		}
		if n++; n <= maxMatches {
			kept = append(kept, h)
		}
	}
	return kept
}

// byWatch yields the hits of each watch, certain ones first, in the order of the watches. It sorts hits.
func byWatch(hits []nameHit, yield func(watch int, hits []nameHit)) {
	for rest := thin(hits); len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Watch == rest[0].Watch {
			n++
		}
		yield(rest[0].Watch, rest[:n])
		rest = rest[n:]
	}
}

// matches are the reasons of a finding: its names, each once.
func matches(hits []nameHit) []store.Match {
	var out []store.Match
	for _, h := range hits {
		m := store.Match{Name: h.name, Kind: h.kind, Rule: string(h.Rule)}
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}
