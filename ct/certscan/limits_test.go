package certscan_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pinwatch/ct/certscan"
)

// TestManyNames reads a certificate of 10,000 names and one of more than 2 MB in full.
func TestManyNames(t *testing.T) {
	for _, count := range []int{10_000, 100_000} {
		var names [][]byte
		for i := range count {
			names = append(names, dns(fmt.Sprintf("name-%06d.example.com", i)))
		}
		p := standard().with(san(names...), ski, san(dns("the-last.example.com")))
		der := p.cert()
		if count == 100_000 && len(der) < 2<<20 {
			t.Fatalf("the certificate has no more than %d bytes", len(der))
		}
		var s certscan.Scanner
		c := s.Certificate(der)
		got := values(c, certscan.DNSName)
		if len(got) != count+1 || got[count-1] != fmt.Sprintf("name-%06d.example.com", count-1) ||
			got[count] != "the-last.example.com" || c.Problems != 0 {
			t.Errorf("%d of %d names, problems %q", len(got), count+1, c.Problems)
		}
	}
}

// TestMaxNames reads 2 MB of the shortest names there are, which is as many as are kept, and then more.
func TestMaxNames(t *testing.T) {
	var s certscan.Scanner
	full := standard().with(san(bytes.Repeat(unhex("8200"), certscan.MaxNames-1)))
	if c := s.Certificate(full.cert()); len(c.Names) != certscan.MaxNames || c.Problems != 0 {
		t.Errorf("%d names, problems %q", len(c.Names), c.Problems)
	}
	over := standard().with(san(bytes.Repeat(unhex("8200"), certscan.MaxNames+5)))
	c := s.Certificate(over.cert())
	if len(c.Names) != certscan.MaxNames || c.Problems != certscan.TooManyNames || !c.Unwalkable() {
		t.Errorf("%d names, problems %q", len(c.Names), c.Problems)
	}
	if c := s.Certificate(standard().cert()); len(c.Names) != 2 || cap(c.Names) > 1<<14 {
		t.Errorf("%d names after that, in room for %d: one certificate keeps its memory for ever", len(c.Names), cap(c.Names))
	}
}

// TestReuse reads certificates one after the other with one Scanner: nothing of one shows in the next.
func TestReuse(t *testing.T) {
	p := standard()
	p.subject = tlv(0x30, attribute(oidCN, 0x1e, "\x00a\x00.\x00b"))
	p.extensions = append(p.extensions, poison, sctList, extension(oidBC, unhex("30030101ff")),
		extension(oidKU, unhex("03020204")), extension(oidEKU, tlv(0x30, tlv(0x06, oidPrecertEKU))), tlv(0x05))
	var used certscan.Scanner
	used.Certificate(p.cert())
	for name, der := range map[string][]byte{"standard": standard().cert(), "empty": nil, "cut": p.cert()[:40]} {
		var fresh certscan.Scanner
		a, b := used.Certificate(der), fresh.Certificate(der)
		if !slices.Equal(namesOf(a), namesOf(b)) || a.Problems != b.Problems || a.CA != b.CA || a.Poison != b.Poison ||
			!bytes.Equal(a.SCTList, b.SCTList) || a.CertSign != b.CertSign || a.PrecertSigner != b.PrecertSigner ||
			!bytes.Equal(a.SPKI, b.SPKI) || !bytes.Equal(a.Serial, b.Serial) || !bytes.Equal(a.TBS, b.TBS) {
			t.Errorf("%s: a used Scanner reads %+v, a fresh one %+v", name, a, b)
		}
		used.Certificate(p.cert())
	}
}

// TestAllocs holds that reading allocates nothing once the buffers have grown.
func TestAllocs(t *testing.T) {
	wide := standard()
	wide.subject = tlv(0x30, attribute(oidCN, 0x1e, "\x00a\x00.\x00b"), attribute(oidCN, 0x14, "\xfc"),
		attribute(oidCN, 0x1c, "\x00\x00\x00a"))
	var many [][]byte
	for i := range 10_000 {
		many = append(many, dns(fmt.Sprintf("%d.example", i)))
	}
	tests := map[string][]byte{
		"usual":              issue(t, nil),
		"text to turn":       wide.cert(),
		"10,000 names":       standard().with(san(many...)).cert(),
		"BER":                reencode(standard().cert(), indef),
		"broken":             standard().cert()[:150],
		"OIDs in a disguise": standard().with(extension(unhex("55801d11"), tlv(0x30, dns("a.b")))).cert(),
	}
	var s certscan.Scanner
	for name, der := range tests {
		if n := testing.AllocsPerRun(100, func() { s.Certificate(der) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	tbs := standard().tbs()
	if n := testing.AllocsPerRun(100, func() {
		c := s.TBS(tbs)
		if c.SPKIHash() == ([32]byte{}) || c.Unwalkable() {
			t.Error("no key")
		}
		if _, ok := c.NotAfter.Time(); !ok {
			t.Error("no time")
		}
	}); n != 0 {
		t.Errorf("a TBSCertificate with pin and time: %v allocations", n)
	}
}
