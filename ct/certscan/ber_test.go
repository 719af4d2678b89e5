package certscan_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/certscan"
)

// reencode writes every constructed element of DER anew by wrap, from the inside out, and every extnValue and string
// in pieces. What is inside of primitive elements stays as it is, but for the extnValue of a subjectAltName.
func reencode(der []byte, wrap func(tag byte, contents ...[]byte) []byte) []byte {
	var out []byte
	for len(der) > 0 {
		tag, body, rest := take(der)
		switch {
		case tag&0x20 != 0:
			out = append(out, wrap(tag, reencode(body, wrap))...)
		case tag == 0x04 && len(body) > 2 && body[0] == 0x30:
			inner := reencode(body, wrap)
			out = append(out, wrap(0x24, tlv(0x04, inner[:1]), wrap(0x24, tlv(0x04, inner[1:])))...)
		default:
			out = append(out, der[:len(der)-len(rest)]...)
		}
		der = rest
	}
	return out
}

// take reads one DER element.
func take(der []byte) (tag byte, body, rest []byte) {
	n, start := int(der[1]), 2
	if n > 0x80 {
		start += n & 0x7f
		n = 0
		for _, o := range der[2:start] {
			n = n<<8 | int(o)
		}
	}
	return der[0], der[start : start+n], der[start+n:]
}

// TestBER reads certificates of which every length is written in another way than DER has it.
func TestBER(t *testing.T) {
	p := standard()
	p.extensions = append(p.extensions, san(tlv(0x87, []byte{192, 0, 2, 1})), poison, sctList,
		extension(oidBC, unhex("3003 0101ff")))
	var s certscan.Scanner
	want := namesOf(s.Certificate(p.cert()))
	if len(want) != 3 {
		t.Fatalf("names %v", want)
	}
	for name, wrap := range map[string]func(byte, ...[]byte) []byte{"long lengths": long, "indefinite lengths": indef} {
		t.Run(name, func(t *testing.T) {
			der := reencode(p.cert(), wrap)
			c := s.Certificate(der)
			checkBounds(t, c)
			if diff := cmp.Diff(want, namesOf(c)); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if !c.CA || !c.Poison || !bytes.Contains(c.SCTList, []byte("nobody looks")) || c.Problems != 0 {
				t.Errorf("CA %t, poison %t, SCT list %q, problems %q", c.CA, c.Poison, c.SCTList, c.Problems)
			}
			if !bytes.Equal(c.SPKI, reencode(p.spki, wrap)) || !bytes.Equal(c.Issuer, reencode(p.issuer, wrap)) {
				t.Error("SPKI and issuer are not the bytes as written")
			}
			tbs, ok := c.AppendPrecertTBS(nil)
			if !ok || bytes.Contains(tbs, oidPoison) || bytes.Contains(tbs, oidSCTs) {
				t.Errorf("the precertificate form (%t) is %x", ok, tbs)
			}
			if alone := s.TBS(tbs); alone.Problems != 0 || !cmp.Equal(want, namesOf(alone)) {
				t.Errorf("the precertificate form is read with problems %q, as %v", alone.Problems, namesOf(alone))
			}
		})
	}
}

// TestLengths reads single elements, as the subject of a certificate, with lengths at the edges.
func TestLengths(t *testing.T) {
	cnValue := func(header string) []byte {
		return append(unhex(header), "a.example"...)
	}
	tests := map[string]struct {
		value []byte
		want  string
		ok    bool
	}{
		"short":                 {cnValue("0c09"), "a.example", true},
		"long, one octet":       {cnValue("0c8109"), "a.example", true},
		"long, leading zeros":   {cnValue("0c8a 00000000000000000009"), "a.example", true},
		"reserved first octet":  {cnValue("0cff09"), "", false},
		"indefinite, primitive": {append(cnValue("0c80"), 0, 0), "", false},
		"far too long":          {cnValue("0c88 ffffffffffffffff"), "", false},
		"2^64 too long":         {cnValue("0c8a 0100000000000000 0009"), "", false},
		"one too long":          {cnValue("0c0a"), "", false},
		"high tag number":       {cnValue("1f8c0109"), "a.example", true},
		"high tag, no end":      {unhex("1f8c8c8c"), "", false},
		"nothing but a tag":     {unhex("0c"), "", false},
		"a length cut short":    {unhex("0c8201"), "", false},
		"pieces without an end": {append(unhex("2c80"), dnsPiece("a.example")...), "", false},
		"indefinite in pieces":  {indef(0x2c, indef(0x24, dnsPiece("a.")), dnsPiece("example")), "a.example", true},
		"a piece cut inside":    {indef(0x2c, dnsPiece("a.example"), unhex("2480 0409")), "", false},
	}
	var s certscan.Scanner
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := standard().with()
			p.subject = tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x06, oidCN), test.value)))
			c := s.Certificate(p.cert())
			checkBounds(t, c)
			got := values(c, certscan.CommonName)
			if test.ok != (len(got) == 1 && got[0] == test.want) || !test.ok && c.Problems != certscan.BadName {
				t.Errorf("names %q, problems %q", got, c.Problems)
			}
		})
	}
}

// TestDeepNesting reads strings in pieces in pieces, far beyond what is followed: no stack overflows, and the work
// stays linear, or this test would not end.
func TestDeepNesting(t *testing.T) {
	const depth = 1 << 20
	value := append(bytes.Repeat([]byte{0x2c, 0x80}, depth), dnsPiece("a.example")...)
	value = append(value, make([]byte, 2*depth)...)
	p := standard().with()
	p.subject = indef(0x30, indef(0x31, indef(0x30, tlv(0x06, oidCN), value)))
	var s certscan.Scanner
	c := s.Certificate(signed(tlv(0x30, p.beforeExtensions())))
	if c.Problems != certscan.BadName || !c.Unwalkable() || !bytes.Equal(c.SPKI, p.spki) {
		t.Errorf("problems %q", c.Problems)
	}
}

// [0] and the INTEGER in it may disagree about where the version ends. What leads on to a serial number is read, and
// the bytes are searched as well.
func TestVersionOfTwoLengths(t *testing.T) {
	der := standard().cert()
	at := bytes.Index(der, []byte{0xa0, 3, 2, 1, 2})
	if at < 0 {
		t.Fatal("no version")
	}
	for _, length := range []byte{0, 2, 4, 0x1f, 0x7f} {
		odd := bytes.Clone(der)
		odd[at+1] = length
		var s certscan.Scanner
		c := s.Certificate(odd)
		if len(c.SPKI) == 0 || len(c.Names) < 2 || !c.Unwalkable() {
			t.Errorf("length %d: %d names, problems %q", length, len(c.Names), c.Problems)
		}
	}
}
