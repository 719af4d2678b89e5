package matcher

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Watchlist is a set of watches, made ready for matching. It does not change and may be used by many goroutines.
type Watchlist struct {
	watches []Watch
	tree    tree
	ips     ipIndex
	idn     idn
	emails  bool // some watch asks for emails
	uris    bool // some watch asks for URIs
}

// Warning is something odd about a watch that does not keep it from being watched.
type Warning struct {
	Watch int // index into the watches given to New
	Text  string
}

// maxMistakes bounds how many mistakes New lists at once.
const maxMistakes = 20

// New checks the watches and makes them ready. The error joins a *WatchError for each watch with a mistake, up to 20
// of them; each wraps a *Mistake. Two watches with one ID are a mistake, one name with two scopes is not.
//
// The slice is copied, the pins in it are not: they must not be changed afterwards.
func New(watches []Watch) (*Watchlist, []Warning, error) {
	l := &Watchlist{
		watches: make([]Watch, len(watches)),
		tree:    newTree(len(watches)),
		ips:     newIPIndex(),
		idn:     newIDN(),
	}
	copy(l.watches, watches)
	var warnings []Warning
	var mistakes []error
	for i := range l.watches {
		doubts, err := l.add(i)
		if err != nil {
			if mistakes = append(mistakes, &WatchError{Watch: i, Err: err}); len(mistakes) == maxMistakes {
				break
			}
		}
		for _, text := range doubts {
			warnings = append(warnings, Warning{Watch: i, Text: text})
		}
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, nil, err
	}
	return l, warnings, nil
}

// Len is the number of watches.
func (l *Watchlist) Len() int { return len(l.watches) }

// Watch is the watch that a Hit with this index is about, in its normal form. It must not be changed.
func (l *Watchlist) Watch(i int) *Watch { return &l.watches[i] }

// add checks watch i, puts it into its normal form and files it.
func (l *Watchlist) add(i int) (doubts []string, err error) {
	w := &l.watches[i]
	if err := checkPins(w); err != nil {
		return nil, err
	}
	l.emails = l.emails || w.Emails
	l.uris = l.uris || w.URIs
	switch {
	case w.Name != "" && w.Prefix.IsValid():
		return nil, mistake("make two watches of it", "the watch has a name and an IP range")
	case w.Prefix.IsValid():
		return l.addIP(i)
	case w.Name == "":
		return nil, mistake("give it name: or ip:", "the watch has neither a name nor an IP range")
	}
	return l.addName(i)
}

func (l *Watchlist) addName(i int) (doubts []string, err error) {
	w := &l.watches[i]
	written := strings.TrimSpace(w.Name)
	if w.Scope >= scopes {
		return nil, mistake("write subtree, one-label or exact", "unknown scope %d", w.Scope)
	}
	if w.Name, err = l.idn.canonical(w.Name); err != nil {
		return nil, err
	}
	if w.Exclude, err = l.excludes(w); err != nil {
		return nil, err
	}
	if first := l.tree.insert(w.Name, w.Scope, i); first != i {
		return nil, mistake("put the pins of both into one watch", "%s is watched twice", w.ID())
	}
	return l.idn.doubts(written, w.Name, w.Scope), nil
}

// excludes puts the excluded names of a watch into their normal form and holds them to be parts of it.
func (l *Watchlist) excludes(w *Watch) ([]string, error) {
	if len(w.Exclude) == 0 {
		return nil, nil
	}
	if w.Scope == Exact {
		return nil, mistake("leave out exclude:, or take scope: subtree", "%s is an exact name, nothing of it can be excluded", w.Name)
	}
	out := make([]string, 0, len(w.Exclude))
	for _, written := range w.Exclude {
		name, err := l.idn.canonical(written)
		if err != nil {
			return nil, fmt.Errorf("exclude: %w", err)
		}
		below, found := strings.CutSuffix(name, "."+w.Name)
		if !found {
			return nil, mistake(fmt.Sprintf("exclude names below %s, written in full", w.Name),
				"the excluded name %s is not below %s", quote(written), w.Name)
		}
		if w.Scope == OneLabel && strings.Contains(below, ".") {
			return nil, mistake("leave it out: the scope one-label does not reach it",
				"the excluded name %s is two or more labels below %s", quote(written), w.Name)
		}
		out = append(out, name)
	}
	return out, nil
}

func (l *Watchlist) addIP(i int) (doubts []string, err error) {
	w := &l.watches[i]
	if len(w.Exclude) > 0 || w.Scope != Subtree {
		return nil, mistake("leave out scope: and exclude:", "an IP range has no scope and no excluded names")
	}
	if w.Prefix, err = canonicalPrefix(w.Prefix); err != nil {
		return nil, err
	}
	if first := l.ips.insert(w.Prefix, i); first != i {
		return nil, mistake("put the pins of both into one watch", "%s is watched twice", w.ID())
	}
	return prefixDoubts(w.Prefix), nil
}

// canonicalPrefix refuses a range with bits behind its length and turns an IPv4-mapped range into the IPv4 one.
func canonicalPrefix(p netip.Prefix) (netip.Prefix, error) {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if p != p.Masked() {
		return p, mistake(fmt.Sprintf("write %s, or %s for the one address", p.Masked(), p.Addr()),
			"the range %s has bits set behind its length", p)
	}
	return p, nil
}

// prefixDoubts lists what is odd about a range, though it can be watched.
func prefixDoubts(p netip.Prefix) []string {
	switch a := p.Addr(); {
	case p.Bits() == 0:
		return []string{fmt.Sprintf("%s is every address", p)}
	case a.IsPrivate(), a.IsLoopback(), a.IsLinkLocalUnicast():
		return []string{fmt.Sprintf("%s is not a public address: no public CA issues certificates for it", p)}
	}
	return nil
}
