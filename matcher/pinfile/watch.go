package pinfile

import "pinwatch/matcher"

// Watches makes watches of the entries that name a host. Entries for one host and scope become one watch: pins of one
// dimension are added up, those of another must be met too. An entry whose pins were all bad adds none; so a watch may
// come out without pins, and will judge every certificate as unpinned.
func Watches(entries []Entry) []matcher.Watch {
	var out []matcher.Watch
	at := map[string]int{}
	for _, e := range entries {
		if e.Host == "" {
			continue
		}
		w := matcher.Watch{Name: e.Host, Scope: e.Scope}
		if prefix, ok := addresses(e.Host); ok {
			w = matcher.Watch{Prefix: prefix}
		}
		id := w.ID()
		i, found := at[id]
		if !found {
			i = len(out)
			at[id] = i
			out = append(out, w)
		}
		out[i].Exclude = append(out[i].Exclude, e.Exclude...)
		switch w := &out[i]; e.Dimension {
		case Keys:
			w.Keys = append(w.Keys, e.Pins...)
		case Issuers:
			w.Issuers = append(w.Issuers, e.Pins...)
		case Chain:
			w.Chain = append(w.Chain, e.Pins...)
		}
	}
	for i := range out { // once for each watch: a file may have one host a hundred thousand times
		w := &out[i]
		w.Exclude = outermost(w.Exclude)
		for _, pins := range []*[]matcher.Pin{&w.Keys, &w.Issuers, &w.Chain} {
			if len(*pins) > 0 {
				*pins = mergePins(*pins, nil)
			}
		}
	}
	return out
}

// FromWatches makes entries of watches, one for each dimension in which a watch has pins.
func FromWatches(watches []matcher.Watch) []Entry {
	var out []Entry
	for _, w := range watches {
		host := w.Name
		if w.Prefix.IsValid() {
			host = w.ID()
		}
		for _, d := range []struct {
			dimension Dimension
			pins      []matcher.Pin
		}{{Keys, w.Keys}, {Issuers, w.Issuers}, {Chain, w.Chain}} {
			if len(d.pins) > 0 {
				out = append(out, Entry{Host: host, Scope: w.Scope, Exclude: w.Exclude, Dimension: d.dimension, Pins: d.pins})
			}
		}
	}
	return out
}
