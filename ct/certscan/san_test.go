package certscan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/certscan"
)

const dnsName = certscan.DNSName

// sanTest is a list of extensions and the names in it.
type sanTest struct {
	extensions [][]byte
	want       []named
	problems   certscan.Problem
}

func checkSANs(t *testing.T, tests map[string]sanTest) {
	t.Helper()
	var s certscan.Scanner
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := standard().with(test.extensions...)
			p.subject = tlv(0x30)
			c := s.Certificate(p.cert())
			checkBounds(t, c)
			if diff := cmp.Diff(test.want, namesOf(c)); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if c.Problems != test.problems {
				t.Errorf("problems %q, want %q", c.Problems, test.problems)
			}
		})
	}
}

func TestSubjectAltNames(t *testing.T) {
	checkSANs(t, map[string]sanTest{
		"every kind": {
			extensions: [][]byte{san(tlv(0xa0, tlv(0x06, oidCN)), tlv(0x81, []byte("a@b")), dns("a.b"), tlv(0xa4, tlv(0x30)),
				tlv(0x86, []byte("https://a.b/")), tlv(0x87, []byte{192, 0, 2, 1}), tlv(0x88, oidCN))},
			want: []named{
				{certscan.Email, 0x81, "a@b"},
				{dnsName, 0x82, "a.b"},
				{certscan.URI, 0x86, "https://a.b/"},
				{certscan.IPAddress, 0x87, "\xc0\x00\x02\x01"},
			},
		},
		"two extensions": {
			extensions: [][]byte{san(dns("a.b")), ski, san(dns("c.d"))},
			want:       []named{{dnsName, 0x82, "a.b"}, {dnsName, 0x82, "c.d"}},
		},
		"critical": {
			extensions: [][]byte{tlv(0x30, tlv(0x06, oidSAN), unhex("0101ff"), tlv(0x04, tlv(0x30, dns("a.b"))))},
			want:       []named{{dnsName, 0x82, "a.b"}},
		},
		"padded OID": {
			extensions: [][]byte{extension(unhex("55801d11"), tlv(0x30, dns("a.b")))},
			want:       []named{{dnsName, 0x82, "a.b"}},
		},
		"no names": {extensions: [][]byte{san()}},
		"empty and odd values": {
			extensions: [][]byte{san(dns(""), tlv(0x87, []byte{1, 2, 3}), dns("\xff\x00"))},
			want:       []named{{dnsName, 0x82, ""}, {certscan.IPAddress, 0x87, "\x01\x02\x03"}, {dnsName, 0x82, "\xff\x00"}},
		},
		"in pieces": {
			extensions: [][]byte{san(tlv(0xa2, dnsPiece("a."), tlv(0x24, dnsPiece("b."), dnsPiece("c"))), dns("d.e"))},
			want:       []named{{dnsName, 0xa2, "a.b.c"}, {dnsName, 0xa2, "\x04\x02a.$\a\x04\x02b.\x04\x01c"}, {dnsName, 0x82, "d.e"}},
		},
		"universal class": {
			extensions: [][]byte{san(tlv(0x02, []byte("a.b")))},
			want:       []named{{dnsName, 0x02, "a.b"}},
		},
	})
}

func TestSubjectAltNamesBroken(t *testing.T) {
	checkSANs(t, map[string]sanTest{
		"pieces that break": {
			extensions: [][]byte{san(tlv(0xa2, dnsPiece("a."), unhex("0409 62")), dns("d.e"))},
			want:       []named{{dnsName, 0xa2, "a.b"}, {dnsName, 0xa2, "\x04\x02a.\x04\tb"}, {dnsName, 0x82, "d.e"}},
			problems:   certscan.BadName,
		},
		"a tag of no kind": {
			extensions: [][]byte{san(tlv(0x16, []byte("x.y")), dns("a.b"))},
			want:       []named{{dnsName, 0x82, "a.b"}},
			problems:   certscan.BadName,
		},
		"high tag number": {
			extensions: [][]byte{san(unhex("9f8202 01 61"), dns("a.b"))},
			want:       []named{{dnsName, 0x82, "a.b"}},
			problems:   certscan.BadName,
		},
		"a name cut off": {
			extensions: [][]byte{san(dns("a.b"), unhex("8209 632e")), ski, san(dns("e.f"))},
			want:       []named{{dnsName, 0x82, "a.b"}, {dnsName, 0x82, "e.f"}},
			problems:   certscan.BadSAN,
		},
		"a length cut off": {
			extensions: [][]byte{san(dns("a.b"), unhex("8282"))},
			want:       []named{{dnsName, 0x82, "a.b"}},
			problems:   certscan.BadSAN,
		},
		"not a SEQUENCE": {
			extensions: [][]byte{extension(oidSAN, tlv(0x31, dns("x.y"))), san(dns("a.b"))},
			want:       []named{{dnsName, 0x82, "a.b"}},
			problems:   certscan.BadSAN,
		},
		"no OCTET STRING": {
			extensions: [][]byte{tlv(0x30, tlv(0x06, oidSAN), tlv(0x30, dns("x.y")))},
			problems:   certscan.BadSAN,
		},
		"nothing": {
			extensions: [][]byte{extension(oidSAN), san(dns("a.b"))},
			want:       []named{{dnsName, 0x82, "a.b"}},
			problems:   certscan.BadSAN,
		},
		"more than a SEQUENCE": {
			extensions: [][]byte{extension(oidSAN, tlv(0x30, dns("a.b")), tlv(0x30, dns("x.y")))},
			want:       []named{{dnsName, 0x82, "a.b"}},
			problems:   certscan.BadSAN,
		},
		"the SEQUENCE too long": {
			extensions: [][]byte{extension(oidSAN, unhex("3009"), dns("a.b")), san(dns("c.d"))},
			want:       []named{{dnsName, 0x82, "a.b"}, {dnsName, 0x82, "c.d"}},
			problems:   certscan.BadSAN,
		},
	})
}
