package matcher

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

// Policy is a hash of everything in the watch list that bears on hits and verdicts: names, ranges, scopes, excluded
// names, pins and their windows. It does not depend on the order of anything, nor on labels and sources of pins. Two
// equal hashes mean that the same certificates are judged in the same way.
func (l *Watchlist) Policy() [sha256.Size]byte {
	hashes := make([][sha256.Size]byte, 0, len(l.watches))
	for i := range l.watches {
		hashes = append(hashes, l.watches[i].Policy())
	}
	slices.SortFunc(hashes, func(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) })
	h := sha256.New()
	h.Write([]byte("pinwatch policy 1\n"))
	for i := range hashes {
		h.Write(hashes[i][:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// Policy is a hash of everything in the watch that bears on hits and verdicts, as that of a Watchlist. The watch must be
// one of a Watchlist.
func (w *Watch) Policy() [sha256.Size]byte { return sha256.Sum256(w.appendPolicy(nil)) }

// appendPolicy appends the watch in a form that no other watch has: every part with its length in front.
func (w *Watch) appendPolicy(buf []byte) []byte {
	flags := byte(0)
	if w.Emails {
		flags |= 1
	}
	if w.URIs {
		flags |= 2
	}
	buf = appendPart(buf, []byte(w.ID()))
	buf = append(buf, flags)
	excludes := slices.Sorted(slices.Values(w.Exclude))
	excludes = slices.Compact(excludes)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(excludes)))
	for _, e := range excludes {
		buf = appendPart(buf, []byte(e))
	}
	for _, pins := range [][]Pin{w.Keys, w.Issuers, w.Chain} {
		buf = appendPins(buf, pins)
	}
	return buf
}

func appendPart(buf, part []byte) []byte {
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(part)))
	return append(buf, part...)
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
