package gunzip

import (
	"encoding/binary"
	"io"
	"slices"
)

// input is what is left of the packed bytes, and the bits that were taken from them and not used yet.
type input struct {
	data []byte
	at   int    // the next byte of data
	bits uint64 // the next bit is the lowest
	n    int    // how many of bits are there; negative when more were used than there were
}

// fill takes bits until there are 56 at least, or all that there are.
func (in *input) fill() {
	if in.at+8 <= len(in.data) {
		in.bits |= binary.LittleEndian.Uint64(in.data[in.at:]) << (in.n & 63)
		in.at += (63 - in.n) >> 3
		in.n |= 56
		return
	}
	for in.n < 56 && in.at < len(in.data) {
		in.bits |= uint64(in.data[in.at]) << (in.n & 63)
		in.at++
		in.n += 8
	}
}

// drop drops the code of an entry.
func (in *input) drop(e entry) {
	in.bits >>= e & codeMask
	in.n -= int(e & codeMask)
}

// extra takes the extra bits of an entry.
func (in *input) extra(e entry) int {
	n := e >> 8 & extraMask
	v := in.bits & (1<<n - 1)
	in.bits >>= n
	in.n -= int(n)
	return int(v)
}

// take takes n bits, 16 at most.
func (in *input) take(n int) (uint32, error) {
	if in.fill(); in.n < n {
		return 0, io.ErrUnexpectedEOF
	}
	v := uint32(in.bits & (1<<n - 1))
	in.bits >>= n
	in.n -= n
	return v, nil
}

// align drops what is left of a byte, and gives whole bytes back.
func (in *input) align() {
	in.at -= in.n / 8
	in.bits, in.n = 0, 0
}

// inflate appends one deflate stream to dst (RFC 1951), which may have limit bytes then. What comes before index base
// of dst is not part of it.
func (u *Unpacker) inflate(dst []byte, in *input, base, limit int) (_ []byte, err error) {
	for {
		header, err := in.take(3)
		if err != nil {
			return dst, err
		}
		switch header >> 1 {
		case 0:
			dst, err = stored(dst, in, limit)
		case 1:
			u.fixed()
			dst, err = u.block(dst, in, base, limit)
		case 2:
			if err = u.codes(in); err == nil {
				dst, err = u.block(dst, in, base, limit)
			}
		default:
			err = ErrCorrupt
		}
		if err != nil || header&1 == 1 {
			return dst, err
		}
	}
}

// stored appends a block that is not compressed (section 3.2.4).
func stored(dst []byte, in *input, limit int) ([]byte, error) {
	in.align()
	rest := in.data[in.at:]
	if len(rest) < 4 {
		return dst, io.ErrUnexpectedEOF
	}
	n := int(binary.LittleEndian.Uint16(rest))
	if uint16(n) != ^binary.LittleEndian.Uint16(rest[2:]) {
		return dst, ErrCorrupt
	}
	if rest = rest[4:]; len(rest) < n {
		return dst, io.ErrUnexpectedEOF
	}
	if n > limit-len(dst) {
		return dst, ErrTooLarge
	}
	in.at += 4 + n
	return append(dst, rest[:n]...), nil
}

// codeOrder is the order in which the lengths of the codes for lengths come (section 3.2.7).
var codeOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// fixed fills the tables with the fixed codes (section 3.2.6), unless they are there: a block of them can be ten bits long.
func (u *Unpacker) fixed() {
	if u.isFixed {
		return
	}
	u.isFixed = true
	for i := range u.lengths {
		switch {
		case i < 144, i >= 280:
			u.lengths[i] = 8
		case i < 256:
			u.lengths[i] = 9
		default:
			u.lengths[i] = 7
		}
	}
	build(u.lits[:], litBits, u.lengths[:maxLits], litEntry)
	for i := range maxDsts {
		u.lengths[i] = 5
	}
	build(u.dsts[:], dstBits, u.lengths[:maxDsts], dstEntry)
}

// codes reads the codes of a block into the tables (section 3.2.7).
func (u *Unpacker) codes(in *input) error {
	sizes, err := in.take(14)
	if err != nil {
		return err
	}
	lits, dsts, count := int(sizes&31)+257, int(sizes>>5&31)+1, int(sizes>>10)+4
	if lits > 286 || dsts > 30 {
		return ErrCorrupt
	}
	u.isFixed = false
	var own [19]uint8
	for _, symbol := range codeOrder[:count] {
		n, err := in.take(3)
		if err != nil {
			return err
		}
		own[symbol] = uint8(n)
	}
	if !build(u.dsts[:], dstBits, own[:], func(symbol int) entry { return entry(symbol) << 16 }) {
		return ErrCorrupt
	}
	lengths := u.lengths[:lits+dsts]
	if err := u.runs(in, lengths); err != nil {
		return err
	}
	if lengths[256] == 0 || !build(u.lits[:], litBits, lengths[:lits], litEntry) || !build(u.dsts[:], dstBits, lengths[lits:], dstEntry) {
		return ErrCorrupt
	}
	return nil
}

// runs reads the lengths of codes, with their repetitions. The code for them is in the table of distances.
func (u *Unpacker) runs(in *input, lengths []uint8) error {
	for i := 0; i < len(lengths); {
		in.fill()
		e := u.dsts[in.bits&dstMask]
		if e&special != 0 {
			return ErrCorrupt
		}
		if _, err := in.take(int(e & codeMask)); err != nil {
			return err
		}
		symbol := e >> 16
		if symbol < 16 {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		var value uint8
		n, least := 2, 3
		switch symbol {
		case 16:
			if i == 0 {
				return ErrCorrupt
			}
			value = lengths[i-1]
		case 17:
			n = 3
		case 18:
			n, least = 7, 11
		}
		more, err := in.take(n)
		if err != nil {
			return err
		}
		end := i + least + int(more)
		if end > len(lengths) {
			return ErrCorrupt
		}
		for ; i < end; i++ {
			lengths[i] = value
		}
	}
	return nil
}

// end says whether a block may end with the entry e.
func (in *input) end(e entry, tooLarge bool) error {
	switch {
	case in.n < 0:
		return io.ErrUnexpectedEOF
	case e>>16 != endMark>>16:
		return ErrCorrupt
	case tooLarge:
		return ErrTooLarge
	}
	return nil
}

// step is the most that one turn of the loop in block appends: two literals and the longest match.
const step = 2 + 258

// block appends the rest of a block of compressed data to dst (section 3.2.3). It is where the time goes. A turn takes up
// to two literals, which is what most of a tile comes in, and then whatever follows: after fill there are bits enough for
// two codes of the first table, or for a length and a distance with all that belongs to them.
func (u *Unpacker) block(dst []byte, in *input, base, limit int) ([]byte, error) {
	at := len(dst)
	for out := dst[:cap(dst)]; ; {
		if len(out)-at < step {
			if at > limit {
				return out[:at], ErrTooLarge
			}
			out = slices.Grow(out[:at], max(step, min(at-base, limit-at+step)))
			out = out[:cap(out)]
		}
		in.fill()
		e := u.lits[in.bits&litMask]
		for range 2 {
			if e&literal == 0 {
				break
			}
			in.drop(e)
			out[at] = byte(e >> 16)
			at++
			e = u.lits[in.bits&litMask]
		}
		if in.n < 0 {
			return out[:at], io.ErrUnexpectedEOF
		}
		if e&literal != 0 {
			continue
		}
		in.fill()
		if e&second != 0 {
			e = u.lits[int(e>>16)+int(in.bits>>litBits)&(litSecond-1)]
		}
		in.drop(e)
		switch {
		case e&literal != 0:
			out[at] = byte(e >> 16)
			at++
			continue
		case e&special != 0:
			return out[:at], in.end(e, at > limit)
		}
		length := int(e>>16) + in.extra(e)
		d := u.dsts[in.bits&dstMask]
		if d&second != 0 {
			d = u.dsts[int(d>>16)+int(in.bits>>dstBits)&(dstSecond-1)]
		}
		in.drop(d)
		distance := int(d>>16) + in.extra(d)
		if in.n < 0 {
			return out[:at], io.ErrUnexpectedEOF
		}
		if d&special != 0 || distance > at-base {
			return out[:at], ErrCorrupt
		}
		for end := at + length; at < end; { // what is copied may be what was just written
			at += copy(out[at:end], out[at-distance:at])
		}
	}
}
