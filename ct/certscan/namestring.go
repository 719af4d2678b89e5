package certscan

import (
	"encoding/hex"
	"strconv"
	"unicode"
	"unicode/utf8"
)

const (
	maxNameString = 1024 // octets that NameString writes at most, but for the mark that something is missing
	maxRDNs       = 64   // RDNs it looks at, the last ones
	maxHex        = 64   // octets it writes in hex, of one value
)

// NameString writes a Name (an element, as in Certificate.Issuer) as text in the manner of RFC 4514: last RDN first,
// types by short name or as dotted numbers, special characters behind a backslash. Whatever a terminal or a reader
// could take for something else (control and format characters, octets that are no text) is written as \XX. What is
// too long is cut and ends with "…", and what cannot be read is written in hex behind a #.
func NameString(name []byte) string {
	_, rdns, _, _ := next(name)
	var last [maxRDNs][]byte
	count := 0
	for ; len(rdns) > 0; count++ {
		_, rdn, rest, _ := next(rdns)
		last[count%maxRDNs] = rdn
		rdns = rest
	}
	var w nameWriter
	for i := count - 1; i >= max(0, count-maxRDNs); i-- {
		if i < count-1 {
			w.put(",")
		}
		w.rdn(last[i%maxRDNs])
	}
	if count > maxRDNs {
		w.cut()
	}
	return string(w.out)
}

// nameWriter collects text up to maxNameString octets.
type nameWriter struct {
	out  []byte
	full bool
}

// put appends s, all of it or nothing.
func (w *nameWriter) put(s string) {
	switch {
	case w.full:
	case len(w.out)+len(s) > maxNameString:
		w.cut()
	default:
		w.out = append(w.out, s...)
	}
}

// cut ends the text with the mark that something is missing.
func (w *nameWriter) cut() {
	if !w.full {
		w.out = append(w.out, "…"...)
		w.full = true
	}
}

// rdn writes the contents of a RelativeDistinguishedName.
func (w *nameWriter) rdn(b []byte) {
	for first := true; len(b) > 0 && !w.full; first = false {
		if !first {
			w.put("+")
		}
		_, attribute, rest, ok := next(b)
		tag, oid, value, whole := next(attribute)
		if !ok || !whole || tag != tagOID {
			w.put(hexString(b[:len(b)-len(rest)]))
		} else {
			w.attribute(oid, value)
		}
		b = rest
	}
}

// attribute writes one type and value.
func (w *nameWriter) attribute(oid, value []byte) {
	tag, body, _, ok := next(value)
	short := attributeType(oid)
	if !ok || short == "" || !isString(tag&^constructed) {
		if short == "" {
			short = dotted(oid)
		}
		w.put(short + "=" + hexString(value))
		return
	}
	w.put(short + "=")
	w.text(tag, body)
}

// hexString writes octets in the form that RFC 4514 section 2.4 has for values without a text, the first maxHex of
// them.
func hexString(b []byte) string {
	if len(b) > maxHex {
		return "#" + hex.EncodeToString(b[:maxHex]) + "…"
	}
	return "#" + hex.EncodeToString(b)
}

// text writes the text of a string.
func (w *nameWriter) text(tag byte, text []byte) {
	if len(text) > 4*maxNameString { // no encoding needs more octets for a character
		text = text[:4*maxNameString]
	}
	if tag&constructed != 0 {
		text, _ = appendPieces(nil, text, maxDepth)
	}
	switch tag &^ constructed {
	case tagBMPString, tagUniversalString:
		text, _ = appendWide(nil, tag&^constructed, text)
	case tagTeletexString:
		if !utf8.Valid(text) {
			text = appendLatin1(nil, text)
		}
	}
	for i := 0; i < len(text) && !w.full; {
		r, size := utf8.DecodeRune(text[i:])
		edge := i == 0 && (r == ' ' || r == '#') || i+size == len(text) && r == ' '
		w.rune(r, text[i:i+size], edge)
		i += size
	}
}

// rune writes one character, given also as the octets it came from. edge says that it stands where RFC 4514 section
// 2.4 wants a space or # escaped.
func (w *nameWriter) rune(r rune, octets []byte, edge bool) {
	const digits = "0123456789abcdef"
	switch {
	case r == utf8.RuneError && len(octets) == 1, !unicode.IsPrint(r):
		escaped := make([]byte, 0, 3*utf8.UTFMax)
		for _, o := range octets {
			escaped = append(escaped, '\\', digits[o>>4], digits[o&0xf])
		}
		w.put(string(escaped))
	case edge, r == '"', r == '+', r == ',', r == ';', r == '<', r == '>', r == '\\':
		w.put(`\` + string(r))
	default:
		w.put(string(r))
	}
}

// dotted writes an OID as numbers. One that is too long, ends early or has an arc beyond 57 bits is written in hex.
func dotted(oid []byte) string {
	var out []byte
	arc, first := uint64(0), true
	for i, o := range oid {
		if arc>>57 != 0 || i >= maxHex || o >= 0x80 && i == len(oid)-1 {
			return hexString(oid)
		}
		if arc = arc<<7 | uint64(o&0x7f); o >= 0x80 {
			continue
		}
		if first { // the first two arcs share a number (X.690 section 8.19.4)
			root := min(arc/40, 2)
			out = strconv.AppendUint(out, root, 10)
			arc -= 40 * root
			first = false
		}
		out = strconv.AppendUint(append(out, '.'), arc, 10)
		arc = 0
	}
	return string(out)
}

// attributeType is the short name of an attribute type: those of RFC 4514 section 3 and some that CAs use, by the
// names they are known by. It is empty for others.
func attributeType(oid []byte) string {
	switch string(oid) {
	case oidCommonName:
		return "CN"
	case "\x55\x04\x04":
		return "SN"
	case "\x55\x04\x05":
		return "serialNumber"
	case "\x55\x04\x06":
		return "C"
	case "\x55\x04\x07":
		return "L"
	case "\x55\x04\x08":
		return "ST"
	case "\x55\x04\x09":
		return "STREET"
	case "\x55\x04\x0a":
		return "O"
	case "\x55\x04\x0b":
		return "OU"
	case "\x55\x04\x0f":
		return "businessCategory"
	case "\x55\x04\x11":
		return "postalCode"
	case "\x55\x04\x2a":
		return "GN"
	case "\x55\x04\x61":
		return "organizationIdentifier"
	case "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01":
		return "UID"
	case "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19":
		return "DC"
	case oidEmailAddress:
		return "emailAddress"
	case "\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x01":
		return "jurisdictionL"
	case "\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x02":
		return "jurisdictionST"
	case "\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03":
		return "jurisdictionC"
	}
	return ""
}
