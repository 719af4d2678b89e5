package matcher

import (
	"maps"
	"slices"
)

// Holder is what pins belong to: a watch or, where those of a list have them in common, the list. So there are as many
// as a person wrote pins for, however many names they are for.
type Holder struct {
	ID                   string // of the watch; the name of the list, which is the ID of no watch
	Watches              int    // how many have the pins
	Keys, Issuers, Chain []Pin
}

// Holders are those that have any pins: watches given one by one, lists, and watches of lists that have other pins.
func (l *Watchlist) Holders() []Holder {
	var out []Holder
	add := func(id string, n int, w *Watch) {
		if n > 0 && w.Pinned() {
			out = append(out, Holder{id, n, w.Keys, w.Issuers, w.Chain})
		}
	}
	for i := range l.watches {
		add(l.watches[i].ID(), 1, &l.watches[i])
	}
	own := make([]int, len(l.lists))
	for i := range l.repins {
		list, _ := l.List(i)
		own[list]++
	}
	for i := range l.lists {
		w := l.lists[i].watch()
		add(l.lists[i].Name, l.lists[i].watches-own[i], &w)
	}
	for _, i := range slices.Sorted(maps.Keys(l.repins)) {
		add(l.repins[i].ID(), 1, l.repins[i])
	}
	return out
}

// Holder is the ID of the one that the pins of watch i belong to, if it has any.
func (l *Watchlist) Holder(i int) string {
	if list, found := l.List(i); found && l.repins[i] == nil {
		return l.lists[list].Name
	}
	return l.Watch(i).ID()
}

// ListName is the name of a list given to New.
func (l *Watchlist) ListName(list int) string { return l.lists[list].Name }

// InList is how many watches are of a list given to New.
func (l *Watchlist) InList(list int) int { return l.lists[list].watches }
