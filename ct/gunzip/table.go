package gunzip

import "math/bits"

// An entry of a table of codes:
//
//	bits 0 to 5    how many bits of the input the code takes
//	bits 8 to 12   how many extra bits follow it
//	bits 13 to 15  what it is, none of them for a length or a distance
//	bits 16 to 31  the byte, the base of the length or distance, or where the second table begins
type entry = uint32

const (
	literal   entry = 1 << 15
	special   entry = 1 << 14 // no length or distance, whatever else
	second    entry = 1 << 13 // with special: the code is longer than the first table is wide
	endMark   entry = special | 1<<16
	invalid   entry = special
	codeMask  entry = 63
	extraMask entry = 31
)

const (
	maxCode = 15 // bits of the longest code
	litBits = 11 // width of the first table for literals and lengths
	dstBits = 8  // and of the one for distances
	maxLits = 288
	maxDsts = 32

	litMask   = 1<<litBits - 1
	dstMask   = 1<<dstBits - 1
	litSecond = 1 << (maxCode - litBits) // size of each of the second tables
	dstSecond = 1 << (maxCode - dstBits)
)

// The first table and behind it the second ones: each of those holds two codes at least.
type (
	litTable [1<<litBits + maxLits/2*litSecond]entry
	dstTable [1<<dstBits + maxDsts/2*dstSecond]entry
)

// lengthBase and distanceBase are the entries of RFC 1951 section 3.2.5, without the bits of the code.
var lengthBase, distanceBase = bases()

func bases() (lengths [29]entry, distances [30]entry) {
	base := 3
	for i := range lengths {
		extra := max(0, i/4-1)
		lengths[i] = entry(base)<<16 | entry(extra)<<8
		base += 1 << extra
	}
	lengths[28] = 258 << 16
	base = 1
	for i := range distances {
		extra := max(0, i/2-1)
		distances[i] = entry(base)<<16 | entry(extra)<<8
		base += 1 << extra
	}
	return lengths, distances
}

// litEntry and dstEntry are what a symbol means.
func litEntry(symbol int) entry {
	switch {
	case symbol < 256:
		return literal | entry(symbol)<<16
	case symbol == 256:
		return endMark
	case symbol < 257+len(lengthBase):
		return lengthBase[symbol-257]
	}
	return invalid
}

func dstEntry(symbol int) entry {
	if symbol < len(distanceBase) {
		return distanceBase[symbol]
	}
	return invalid
}

// build fills a table for the codes of the given lengths (RFC 1951 section 3.2.2), 0 for symbols without a code. The first
// table is width bits wide. Codes that overlap, or that leave bit patterns without a meaning, are refused: except, as
// everywhere, for a single code of one bit, and none at all.
func build(table []entry, width int, lengths []uint8, meaning func(symbol int) entry) bool {
	var count, next [maxCode + 1]int
	for _, n := range lengths {
		count[n]++
	}
	count[0] = 0
	code, left := 0, 1<<maxCode
	for n := 1; n <= maxCode; n++ {
		code = (code + count[n-1]) << 1
		next[n] = code
		left -= count[n] << (maxCode - n)
	}
	if lone := left == 1<<maxCode || left == 1<<(maxCode-1) && count[1] == 1; left < 0 || left > 0 && !lone {
		return false
	}
	for i := range table[:1<<width] {
		table[i] = invalid
	}
	free := 1 << width
	for symbol, length := range lengths {
		n := int(length)
		if n == 0 {
			continue
		}
		at := int(bits.Reverse16(uint16(next[n])) >> (16 - n)) // codes come with their first bit in the lowest place
		next[n]++
		e := meaning(symbol) | entry(n)
		part, step, size := table, 1<<n, 1<<width
		if n > width {
			first := &table[at&(1<<width-1)]
			size = 1 << (maxCode - width)
			if *first == invalid {
				*first = special | second | entry(free)<<16
				for i := range table[free : free+size] {
					table[free+i] = invalid
				}
				free += size
			}
			part, at, step = table[*first>>16:], at>>width, 1<<(n-width)
		}
		for ; at < size; at += step {
			part[at] = e
		}
	}
	return true
}
