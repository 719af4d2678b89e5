package matcher

import (
	"errors"
	"maps"
	"slices"
	"sync"
)

// Watchlist is a set of watches, made ready for matching. It does not change and may be used by many goroutines.
//
// A watch is known by its index: first those given to New, then those of the lists.
type Watchlist struct {
	watches []Watch  // given one by one
	listed  []listed // of lists, as they nearly all are
	others  []Watch  // of lists: addresses, and names that had to be converted
	from    []int    // the list of each of others
	lists   []List
	repins  map[int]*Watch // watches of lists that have pins of their own
	alsoIn  map[int]int    // of watches that take the place of a line, the first list that has it

	tree     tree
	ips      ipIndex
	idn      idn
	emails   bool // some watch asks for emails
	uris     bool // some watch asks for URIs
	warnings []Warning
	sums     func() sums
}

// listed is a watch on a name of a list. All else that there is to say of it, the list says.
type listed struct {
	node  int32
	list  uint16
	scope Scope
}

// Warning is something odd about a watch that does not keep it from being watched.
type Warning struct {
	Watch int // index into the watches given to New; -1 for one of a list
	List  int // index into the lists given to New, where Watch is -1
	Line  int // in the text of the list, from 1 on; 0 for the list as a whole
	Text  string
}

// maxMistakes bounds how many mistakes New lists at once.
const maxMistakes = 20

// New checks watches and lists of them and makes them ready. The error joins a *WatchError or *ListError for each
// mistake, up to 20 of them; each wraps a *Mistake. Two watches with one ID are a mistake, one name with two scopes is
// not. What is given one by one takes the place of the same watch in a list, and a line counts once in its list.
//
// The slices are copied, the pins in them are not: they must not be changed afterwards. The texts of lists may change,
// and are not used later.
func New(watches []Watch, lists ...List) (*Watchlist, error) {
	b, err := newBuilder(watches, lists)
	if err != nil {
		return nil, err
	}
	for i := range b.watches {
		doubts, err := b.add(&b.watches[i], i)
		if err != nil {
			b.mistake(&WatchError{Watch: i, Err: err})
		}
		for _, text := range doubts {
			b.warnings = append(b.warnings, Warning{Watch: i, Text: text})
		}
	}
	files := make([]*filing, len(lists))
	for i := range lists {
		files[i] = b.file(i, lists[i].Text)
	}
	for _, f := range files {
		f.end()
	}
	if len(b.mistakes) > 0 {
		return nil, errors.Join(b.mistakes...)
	}
	b.sums = sync.OnceValue(b.sum)
	return b.Watchlist, nil
}

// Len is the number of watches.
func (l *Watchlist) Len() int { return len(l.watches) + len(l.listed) + len(l.others) }

// Warnings are what is odd about the watches, a few for each list.
func (l *Watchlist) Warnings() []Warning { return l.warnings }

// Watch is the watch that a Hit with this index is about, in its normal form. It must not be changed.
func (l *Watchlist) Watch(i int) *Watch {
	if i < len(l.watches) {
		return &l.watches[i]
	}
	if w, found := l.repins[i]; found {
		return w
	}
	i -= len(l.watches)
	if i >= len(l.listed) {
		return &l.others[i-len(l.listed)]
	}
	at := &l.listed[i]
	w := l.lists[at.list].watch()
	w.Name, w.Scope = string(l.tree.name(&l.tree.nodes[at.node])), at.scope
	return &w
}

// List says which of the lists given to New a watch is of, if any.
func (l *Watchlist) List(i int) (list int, found bool) {
	if i -= len(l.watches); i < 0 {
		return 0, false
	}
	if i < len(l.listed) {
		return int(l.listed[i].list), true
	}
	return l.from[i-len(l.listed)], true
}

// AlsoIn says for a watch that was given to New by itself in which list it stands as well, if in any.
func (l *Watchlist) AlsoIn(i int) (list int, found bool) {
	list, found = l.alsoIn[i]
	return list, found
}

// Find finds the watch with an ID.
func (l *Watchlist) Find(id string) (i int, found bool) {
	at := none
	if prefix, err := canonicalPrefix(rangeOf(id)); err == nil && prefix.IsValid() {
		at = l.ips.find(prefix)
	} else if name, scope := cutScope([]byte(id)); len(name) > 0 {
		if node, found := l.tree.find(name); found {
			at = int(l.tree.nodes[node].watches[scope])
		}
	}
	// What is found in another way than by its ID, such as an address in other letters, is not what was asked for.
	return at, at != none && l.Watch(at).ID() == id
}

// pinned says whether watch i has pins, and does not make it.
func (l *Watchlist) pinned(i int) bool {
	if list, found := l.List(i); found && l.repins[i] == nil {
		return l.lists[list].pinned
	}
	return l.Watch(i).Pinned()
}

// WithPins is the same watch list with other pins: each of the given watches takes the pins of the one in the list that
// is known by that index. The error joins a *WatchError for each mistake.
func (l *Watchlist) WithPins(watches map[int]Watch) (*Watchlist, error) {
	out := *l
	out.watches, out.repins = slices.Clone(l.watches), maps.Clone(l.repins)
	if out.repins == nil {
		out.repins = map[int]*Watch{}
	}
	var mistakes []error
	for _, i := range slices.Sorted(maps.Keys(watches)) {
		w, with := *l.Watch(i), watches[i]
		w.Keys, w.Issuers, w.Chain = with.Keys, with.Issuers, with.Chain
		if err := checkPins(&w); err != nil {
			mistakes = append(mistakes, &WatchError{Watch: i, Err: err})
		}
		if i < len(out.watches) {
			out.watches[i] = w
		} else {
			out.repins[i] = &w
		}
	}
	out.sums = sync.OnceValue(out.sum)
	return &out, errors.Join(mistakes...)
}
