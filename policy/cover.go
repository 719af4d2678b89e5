package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"pinwatch/matcher"
	"pinwatch/matcher/pinfile"
	"pinwatch/store"
)

// take gives the pins of a file that are for a watch: those without a host, and those for hosts that the watch covers or
// that cover the watch. Pins for other hosts are left aside; see unwatched.
//
// A watch has one set of pins, so those of all its hosts in the file become one. That is refused where the hosts are
// pinned in different dimensions: joined, they would ask more of each host than the file does.
//
// Of several files, such as those of certbot's live directory, those are left aside whose certificates are for other
// names. A file that is named by itself is for the watch that names it, whatever it says.
func take(w *matcher.Watch, f *pinfile.File, several bool) ([]store.FilePin, error) {
	if f.Err != nil {
		return nil, f.Err
	}
	var out []store.FilePin
	only, err := matcher.New([]matcher.Watch{*w})
	if err != nil {
		return nil, err
	}
	asked := map[string]string{} // the dimensions asked for each host
	var hosts []string
	empty := false
	for i := range f.Pins.Entries {
		e := &f.Pins.Entries[i]
		if e.Host != "" && !touches(only, e) || several && foreign(only, e.Names) {
			continue
		}
		if len(e.Pins) == 0 {
			empty = true
			continue
		}
		host := e.Scope.String() + " " + e.Host
		if asked[host] == "" {
			hosts = append(hosts, host)
		}
		if !strings.Contains(asked[host], string(e.Dimension)) {
			asked[host] += " " + string(e.Dimension)
		}
		for _, p := range e.Pins {
			out = append(out, store.FilePin{
				Dimension: string(e.Dimension), SPKI: p.SPKI, Label: p.Label, Source: p.Source, NotBefore: p.NotBefore,
				NotAfter: p.NotAfter, Backup: p.Backup,
			})
		}
	}
	if len(out) == 0 && empty {
		return nil, f.Pins.Err()
	}
	return out, oneWay(f.Path, hosts, asked)
}

// oneWay refuses hosts that are pinned in different dimensions.
func oneWay(path string, hosts []string, asked map[string]string) error {
	for _, h := range hosts {
		if asked[h] != asked[hosts[0]] {
			return &pinfile.Remark{
				Kind: pinfile.Refused, File: path,
				Text: fmt.Sprintf("%s is pinned by%s and %s by%s, which one watch cannot both ask for", hosts[0], asked[hosts[0]], h, asked[h]),
				Todo: "make a watch for each host: pinwatch pins import " + path + " prints them",
			}
		}
	}
	return nil
}

// touches says whether the one watch of a list covers the host of an entry, or the entry all that is watched.
func touches(only *matcher.Watchlist, e *pinfile.Entry) bool {
	w := only.Watch(0)
	prefix, address := addresses(e.Host)
	switch {
	case address != w.Prefix.IsValid():
		return false
	case address:
		return within(prefix, w.Prefix) || within(w.Prefix, prefix)
	case covers(only, sample(e.Host, e.Scope)):
		return true
	case w.Name != e.Host && !strings.HasSuffix(w.Name, "."+e.Host):
		return false
	}
	above, err := matcher.New([]matcher.Watch{{Name: e.Host, Scope: e.Scope, Exclude: e.Exclude}})
	return err == nil && covers(above, sample(w.Name, w.Scope))
}

// foreign says whether names are all of others than the one watch of a list.
func foreign(only *matcher.Watchlist, names []string) bool {
	return len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool {
		if a, err := netip.ParseAddr(name); err == nil {
			return len(only.IP(nil, a.AsSlice())) > 0
		}
		return len(only.Host(nil, []byte(name))) > 0
	})
}

// covers says whether a watch of the list is about a name.
func covers(l *matcher.Watchlist, name string) bool {
	return slices.ContainsFunc(l.Host(nil, []byte(name)), func(h matcher.Hit) bool { return h.Certain })
}

// sample is a name that stands for all in a scope.
func sample(name string, scope matcher.Scope) string {
	if scope == matcher.OneLabel {
		return "any." + name
	}
	return name
}

// addresses reads an address, which is a range of one, or a range.
func addresses(host string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(host); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(host)
	return p, err == nil
}

func within(inner, outer netip.Prefix) bool {
	return inner.Bits() >= outer.Bits() && outer.Contains(inner.Addr())
}

// shownHosts is how many hosts a warning names.
const shownHosts = 5

// unwatched warns of hosts in files that no watch covers: somebody pins them, and nobody would hear of a certificate.
func (l *loader) unwatched() {
	done := map[string]bool{}
	for i := range l.cfg.Rules {
		for k := range l.cfg.Rules[i].PinsFrom {
			for _, f := range l.open(&l.cfg.Rules[i].PinsFrom[k]).files {
				if f.Pins == nil || done[f.Path] {
					continue
				}
				done[f.Path] = true
				l.unwatchedIn(&f)
			}
		}
	}
}

func (l *loader) unwatchedIn(f *pinfile.File) {
	var hosts []string
	told := map[string]bool{}
	for i := range f.Pins.Entries {
		e := &f.Pins.Entries[i]
		if e.Host != "" && len(e.Pins) > 0 && !l.watched(e) && !told[e.Host] {
			told[e.Host] = true
			hosts = append(hosts, e.Host)
		}
	}
	if len(hosts) == 0 {
		return
	}
	l.warn(Health{
		Kind: Unwatched, File: f.Path, Text: fmt.Sprintf("%s pins %s, which no watch covers", f.Path, some(hosts)),
		Hint: "watch them too: pinwatch pins import " + f.Path + " prints the watches",
	})
}

// watched says whether any watch is about the host of an entry.
func (l *loader) watched(e *pinfile.Entry) bool {
	if prefix, ok := addresses(e.Host); ok {
		return len(l.base.IP(nil, prefix.Addr().AsSlice())) > 0
	}
	return covers(l.base, sample(e.Host, e.Scope))
}
