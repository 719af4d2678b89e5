package matcher

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// builder makes a Watchlist.
type builder struct {
	*Watchlist
	suffixes suffixes
	mistakes []error
}

// maxListed bounds the bytes of all lists together.
const maxListed = 1 << 30

func newBuilder(watches []Watch, lists []List) (*builder, error) {
	bytes := 0
	for i := range lists {
		bytes += len(lists[i].Text)
	}
	if bytes > maxListed || len(lists) > math.MaxUint16 {
		return nil, mistake("watch fewer names", "lists of names with more than %d bytes", maxListed)
	}
	const usualLine = 16
	b := &builder{Watchlist: &Watchlist{
		watches: slices.Clone(watches), listed: make([]listed, 0, bytes/usualLine), lists: slices.Clone(lists),
		tree: newTree(len(watches)+bytes/usualLine, bytes), ips: newIPIndex(), idn: newIDN(),
		alsoIn: map[int]int{},
	}, suffixes: suffixes{}}
	for i := range b.lists {
		l := &b.lists[i]
		w := l.watch()
		if err := checkPins(&w); err != nil {
			b.mistake(&ListError{List: i, Err: err})
		}
		l.Text, l.pinned, l.watches = nil, w.Pinned(), 0
		b.emails, b.uris = b.emails || l.Emails, b.uris || l.URIs
	}
	return b, nil
}

// full says whether no more mistakes are listed.
func (b *builder) full() bool { return len(b.mistakes) >= maxMistakes }

// mistake notes a mistake, if it is among the first.
func (b *builder) mistake(err error) {
	if !b.full() {
		b.mistakes = append(b.mistakes, err)
	}
}

// add checks a watch that is to have index i, puts it into its normal form and files it.
func (b *builder) add(w *Watch, i int) (doubts []string, err error) {
	if err := checkPins(w); err != nil {
		return nil, err
	}
	b.emails = b.emails || w.Emails
	b.uris = b.uris || w.URIs
	switch {
	case w.Name != "" && w.Prefix.IsValid():
		return nil, mistake("make two watches of it", "the watch has a name and an IP range")
	case w.Prefix.IsValid():
		doubts, err = b.addIP(w, i)
	case w.Name == "":
		err = mistake("give it name: or ip:", "the watch has neither a name nor an IP range")
	default:
		doubts, err = b.addName(w, i)
	}
	return doubts, err
}

// twiceError says that there is such a watch already.
type twiceError struct {
	*Mistake
	first int // its index
}

func twice(w *Watch, first int) error {
	return &twiceError{mistake("put the pins of both into one watch", "%s is watched twice", w.ID()), first}
}

// Unwrap gives the mistake.
func (e *twiceError) Unwrap() error { return e.Mistake }

func (b *builder) addName(w *Watch, i int) (doubts []string, err error) {
	written := strings.TrimSpace(w.Name)
	if w.Scope >= scopes {
		return nil, mistake("write subtree, one-label or exact", "unknown scope %d", w.Scope)
	}
	if w.Name, err = b.idn.canonical(w.Name); err != nil {
		return nil, err
	}
	if w.Exclude, err = b.excludes(w); err != nil {
		return nil, err
	}
	name := []byte(w.Name)
	if first, _ := b.tree.insert(name, b.tree.hash(name), w.Scope, i); first != i {
		return nil, twice(w, first)
	}
	return b.doubts(written, w.Name, w.Scope), nil
}

// excludes puts the excluded names of a watch into their normal form and holds them to be parts of it.
func (b *builder) excludes(w *Watch) ([]string, error) {
	if len(w.Exclude) == 0 {
		return nil, nil
	}
	if w.Scope == Exact {
		return nil, mistake("leave out exclude:, or take scope: subtree", "%s is an exact name, nothing of it can be excluded", w.Name)
	}
	out := make([]string, 0, len(w.Exclude))
	for _, written := range w.Exclude {
		name, err := b.idn.canonical(written)
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

func (b *builder) addIP(w *Watch, i int) (doubts []string, err error) {
	if len(w.Exclude) > 0 || w.Scope != Subtree {
		return nil, mistake("leave out scope: and exclude:", "an IP range has no scope and no excluded names")
	}
	if w.Prefix, err = canonicalPrefix(w.Prefix); err != nil {
		return nil, err
	}
	if first := b.ips.insert(w.Prefix, i); first != i {
		return nil, twice(w, first)
	}
	return prefixDoubts(w.Prefix), nil
}
