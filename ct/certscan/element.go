package certscan

// Identifier octets (X.690 section 8.1.2), class and constructed bit included.
const (
	tagBoolean     = 0x01
	tagInteger     = 0x02
	tagBitString   = 0x03
	tagOctetString = 0x04
	tagOID         = 0x06
	tagSequence    = 0x30
	tagSet         = 0x31
	tagVersion     = 0xa0 // [0] of TBSCertificate
	tagExtensions  = 0xa3 // [3] of TBSCertificate

	constructed  = 0x20
	contextClass = 0x80
	classBits    = 0xc0
	tagNumber    = 0x1f // all ones: the number is in the octets that follow
)

// maxDepth bounds how deep strings in pieces are followed. BER sets no bound; nobody nests them at all.
const maxDepth = 8

// next reads the element at the front of b: its identifier octet, its contents and what follows it.
//
// Lengths may be written in any form of X.690 section 8.1.3, the indefinite one included; body is then without the
// end-of-contents octets. ok is false when b ends before the element does. In that case body is as much of the
// contents as is there and rest is nil, so that a caller can go on with what it has.
func next(b []byte) (tag byte, body, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, nil, false
	}
	n := int(b[1])
	if n > 0x7f || b[0]&tagNumber == tagNumber || n > len(b)-2 {
		return nextLong(b)
	}
	return b[0], b[2 : 2+n : 2+n], b[2+n:], true
}

// nextLong is next for elements with a length in the long or indefinite form, high tag numbers and cut elements.
func nextLong(b []byte) (tag byte, body, rest []byte, ok bool) {
	start, n, ok := header(b)
	switch {
	case !ok:
		return b[0], nil, nil, false
	case n == indefinite:
		body, rest, ok = toEndOfContents(b[start:])
		return b[0], body, rest, ok
	case n > len(b)-start:
		return b[0], b[start:], nil, false
	}
	end := start + n
	return b[0], b[start:end:end], b[end:], true
}

// indefinite is the length that header gives for the indefinite form.
const indefinite = -1

// header reads identifier and length octets: where the contents start and how long they claim to be. A length beyond
// the end of b is told as some length beyond the end of b. ok is false when b ends early, or when a primitive element
// has an indefinite length.
func header(b []byte) (start, n int, ok bool) {
	i := 1
	if b[0]&tagNumber == tagNumber { // high tag number: more identifier octets, the last without bit 8 (section 8.1.2.4)
		for i < len(b) && b[i] >= 0x80 {
			i++
		}
		i++
	}
	if i >= len(b) {
		return 0, 0, false
	}
	first := int(b[i])
	i++
	switch {
	case first < 0x80:
		return i, first, true
	case first == 0x80:
		return i, indefinite, b[0]&constructed != 0
	case first&0x7f > len(b)-i:
		return 0, 0, false
	}
	end := i + first&0x7f
	length := uint64(0)
	for ; i < end; i++ {
		if length <= uint64(len(b)) { // beyond that its value does not matter and would overflow
			length = length<<8 | uint64(b[i])
		}
	}
	return end, int(min(length, uint64(len(b))+1)), true
}

// toEndOfContents cuts b, the contents of an element of indefinite length, at its end-of-contents octets (X.690
// section 8.1.5). It does not recurse: nested indefinite lengths are counted.
func toEndOfContents(b []byte) (body, rest []byte, ok bool) {
	p := b
	for depth := 1; len(p) >= 2; {
		if p[0] == 0 && p[1] == 0 {
			p = p[2:]
			if depth--; depth == 0 {
				n := len(b) - len(p)
				return b[: n-2 : n-2], p, true
			}
			continue
		}
		start, n, ok := header(p)
		switch {
		case !ok, n > len(p)-start:
			return b, nil, false
		case n == indefinite:
			depth++
			n = 0
		}
		p = p[start+n:]
	}
	return b, nil, false
}

// appendPieces appends to dst the octets of a string that was written in pieces (constructed encoding, X.690 sections
// 8.7.3 and 8.23). Pieces of any tag are taken.
func appendPieces(dst, body []byte, depth int) (out []byte, ok bool) {
	ok = true
	for len(body) > 0 {
		tag, piece, rest, whole := next(body)
		ok = ok && whole
		switch {
		case tag&constructed == 0:
			dst = append(dst, piece...)
		case depth > 0:
			dst, whole = appendPieces(dst, piece, depth-1)
			ok = ok && whole
		default:
			ok = false
		}
		body = rest
	}
	return dst, ok
}
