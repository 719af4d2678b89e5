package matcher

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"slices"
	"sync"
	"time"
)

// matching is counted up when certificates are read or names matched in another way than before: what was looked at then
// was not looked at in the way of now.
const matching = 1

// sum is a SHA-256.
type sum = [sha256.Size]byte

// sums are what watch lists are compared by.
type sums struct{ names, policy sum }

// Names is a hash of all that decides which names the watch list matches, whatever it expects of their certificates:
// names, ranges, scopes, excluded names. It does not depend on the order of anything.
func (l *Watchlist) Names() [sha256.Size]byte { return l.sums().names }

// Policy is a hash of everything in the watch list that bears on hits and verdicts: that of Names, and pins and their
// windows. It does not depend on the order of anything, nor on labels and sources of pins, but on the names of lists that
// have pins. Two equal hashes mean that the same certificates are judged in the same way, and that pins belong to the
// same Holders.
func (l *Watchlist) Policy() [sha256.Size]byte { return l.sums().policy }

// sum makes the hashes: those of all watches are sorted and hashed. Without room for the hashes of millions of watches,
// or time to make them again, they are not kept.
func (l *Watchlist) sum() sums {
	names := make([]sum, l.Len())
	parts := runtime.GOMAXPROCS(0)
	pinned := make([][]sum, parts)
	var wg sync.WaitGroup
	for part := range parts {
		wg.Go(func() {
			pinned[part] = l.sumPart(names, len(names)*part/parts, len(names)*(part+1)/parts)
		})
	}
	wg.Wait()
	var out sums
	out.names = sumOf([]byte{matching}, names)
	out.policy = sumOf(append([]byte("pinwatch policy 2\n"), out.names[:]...), slices.Concat(pinned...))
	return out
}

// sumPart puts the hashes of the names of watches from one index to another into names, and gives those of the pinned
// ones with their pins.
func (l *Watchlist) sumPart(names []sum, from, to int) (pinned []sum) {
	var buf []byte
	pins := map[int][]byte{} // of lists
	for i := from; i < to; i++ {
		buf = l.appendNames(buf[:0], i)
		names[i] = sha256.Sum256(buf)
		if !l.pinned(i) {
			continue
		}
		list, listed := l.List(i)
		if !listed || l.repins[i] != nil {
			buf = l.Watch(i).appendAllPins(buf[:0])
			pinned = append(pinned, withPins(names[i], buf))
			continue
		}
		if pins[list] == nil {
			pinned = slices.Grow(pinned, min(to-i, l.lists[list].watches))
			pins[list] = append(l.Watch(i).appendAllPins(nil), l.lists[list].Name...)
		}
		pinned = append(pinned, withPins(names[i], pins[list]))
	}
	return pinned
}

// withPins is the hash of a watch from that of its names and its pins.
func withPins(names sum, pins []byte) sum {
	h := sha256.New()
	h.Write(names[:])
	h.Write(pins)
	return sum(h.Sum(nil))
}

// sumOf hashes a prefix and hashes, in their order, which it changes.
func sumOf(prefix []byte, all []sum) sum {
	sortSums(all)
	h := sha256.New()
	h.Write(prefix)
	for i := range all {
		h.Write(all[i][:])
	}
	return sum(h.Sum(nil))
}

// sortSums sorts hashes. They are spread evenly, so nearly all is done by putting each to those that begin with the same
// two octets.
func sortSums(all []sum) {
	compare := func(a, b sum) int { return bytes.Compare(a[:], b[:]) }
	if len(all) < 1<<16 {
		slices.SortFunc(all, compare)
		return
	}
	places := make([]int, 1<<16+1)
	for i := range all {
		places[1+int(binary.BigEndian.Uint16(all[i][:]))]++
	}
	for i := 1; i < len(places); i++ {
		places[i] += places[i-1]
	}
	sorted := make([]sum, len(all))
	for i := range all {
		place := &places[binary.BigEndian.Uint16(all[i][:])]
		sorted[*place] = all[i]
		*place++
	}
	from := 0
	for _, to := range places[:1<<16] {
		slices.SortFunc(sorted[from:to], compare)
		from = to
	}
	copy(all, sorted)
}

// Policy is a hash of everything in the watch that bears on hits and verdicts, as that of a Watchlist. The watch must be
// one of a Watchlist.
func (w *Watch) Policy() [sha256.Size]byte {
	return withPins(sha256.Sum256(w.appendNames(nil)), w.appendAllPins(nil))
}

// appendNames appends what watch i is about, in a form that no other watch has.
func (l *Watchlist) appendNames(buf []byte, i int) []byte {
	at := i - len(l.watches)
	if at < 0 || at >= len(l.listed) {
		return l.Watch(i).appendNames(buf)
	}
	w := &l.listed[at]
	list := &l.lists[w.list]
	name := l.tree.name(&l.tree.nodes[w.node])
	sign := w.scope.sign()
	buf = append(buf, options(list.Emails, list.URIs))
	buf = binary.BigEndian.AppendUint64(buf, uint64(len(sign)+len(name)))
	buf = append(buf, sign...)
	return append(buf, name...)
}

// appendNames appends what the watch is about, in a form that no other watch has.
func (w *Watch) appendNames(buf []byte) []byte {
	buf = append(buf, options(w.Emails, w.URIs))
	for _, word := range append([]string{w.ID()}, slices.Sorted(slices.Values(w.Exclude))...) {
		buf = binary.BigEndian.AppendUint64(buf, uint64(len(word)))
		buf = append(buf, word...)
	}
	return buf
}

func options(emails, uris bool) (flags byte) {
	if emails {
		flags |= 1
	}
	if uris {
		flags |= 2
	}
	return flags
}

// appendAllPins appends the pins of each dimension.
func (w *Watch) appendAllPins(buf []byte) []byte {
	for _, pins := range [][]Pin{w.Keys, w.Issuers, w.Chain} {
		buf = appendPins(buf, pins)
	}
	return buf
}

// appendPins appends pins with their windows, sorted, each once.
func appendPins(buf []byte, pins []Pin) []byte {
	const size = sha256.Size + 2*12
	all := make([][size]byte, 0, len(pins))
	for _, p := range pins {
		var one [size]byte
		b := append(one[:0], p.SPKI[:]...)
		b = appendTime(b, p.NotBefore)
		if p.Backup {
			b[len(b)-4] |= 0x80 // nanoseconds leave the highest bit of their four bytes free
		}
		b = appendTime(b, p.NotAfter)
		if p.Retired {
			b[len(b)-4] |= 0x80
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b [size]byte) int { return bytes.Compare(a[:], b[:]) })
	all = slices.Compact(all)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(all)))
	for i := range all {
		buf = append(buf, all[i][:]...)
	}
	return buf
}

// appendTime appends seconds since the epoch and nanoseconds, 12 bytes that differ for any two instants.
func appendTime(b []byte, t time.Time) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(t.Unix()))
	return binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond()))
}
