package certscan_test

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"
	"testing"

	"pinwatch/ct/certscan"
)

func TestNameString(t *testing.T) {
	cnOf := func(text string) []byte { return tlv(0x30, attribute(oidCN, 0x0c, text)) }
	tests := map[string]struct {
		name []byte
		want string
	}{
		"nothing": {nil, ""},
		"empty":   {tlv(0x30), ""},
		"the last RDN first": {
			tlv(0x30, attribute(unhex("550406"), 0x13, "DE"), attribute(oidO, 0x0c, "Org"), attribute(oidCN, 0x0c, "a.b")),
			"CN=a.b,O=Org,C=DE",
		},
		"several in an RDN": {
			tlv(0x30, tlv(0x31,
				tlv(0x30, tlv(0x06, oidCN), tlv(0x0c, []byte("a"))),
				tlv(0x30, tlv(0x06, oidO), tlv(0x0c, []byte("b"))))),
			"CN=a+O=b",
		},
		"special characters":       {cnOf(`a,b+c"d\e<f>g;h=i`), `CN=a\,b\+c\"d\\e\<f\>g\;h=i`},
		"space and # at the edges": {cnOf("#a "), `CN=\#a\ `},
		"space inside":             {cnOf(" a # b "), `CN=\ a # b\ `},
		"one space":                {cnOf(" "), `CN=\ `},
		"control characters":       {cnOf("a\x00b\x1b[31m\nc\x7f"), `CN=a\00b\1b[31m\0ac\7f`},
		"right to left override":   {cnOf("a\u202eb"), `CN=a\e2\80\aeb`},
		"not UTF-8":                {cnOf("a\xffb"), `CN=a\ffb`},
		"letters of others":        {cnOf("bücher 中"), "CN=bücher 中"},
		"TeletexString":            {tlv(0x30, attribute(oidCN, 0x14, "b\xfccher")), "CN=bücher"},
		"TeletexString, UTF-8":     {tlv(0x30, attribute(oidCN, 0x14, "bücher")), "CN=bücher"},
		"BMPString":                {tlv(0x30, attribute(oidCN, 0x1e, "\x00a\x00\xfc")), "CN=aü"},
		"in pieces": {
			tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x06, oidCN), indef(0x2c, dnsPiece("a."), dnsPiece("b"))))), "CN=a.b",
		},
		"unknown type":     {tlv(0x30, attribute(unhex("2a0304"), 0x0c, "a")), "1.2.3.4=#0c0161"},
		"unknown, 2.999":   {tlv(0x30, attribute(unhex("8837"), 0x0c, "a")), "2.999=#0c0161"},
		"type of one zero": {tlv(0x30, attribute(unhex("00"), 0x0c, "a")), "0.0=#0c0161"},
		"type beyond 2^64": {
			tlv(0x30, attribute(unhex("2a 8fffffffffffffffffff7f"), 0x0c, "a")), "#2a8fffffffffffffffffff7f=#0c0161",
		},
		"type cut short":    {tlv(0x30, attribute(unhex("2a83"), 0x0c, "a")), "#2a83=#0c0161"},
		"value no string":   {tlv(0x30, attribute(oidCN, 0x04, "ab")), "CN=#04026162"},
		"no value":          {tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x06, oidCN)))), "CN=#"},
		"no type":           {tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x0c, []byte("a"))))), "#30030c0161"},
		"attribute cut off": {tlv(0x30, tlv(0x31, unhex("300955"))), "#300955"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := certscan.NameString(test.name); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// TestNameStringTypes holds the short names, by crypto/x509/pkix where that knows them.
func TestNameStringTypes(t *testing.T) {
	types := map[string]asn1.ObjectIdentifier{
		"CN": {2, 5, 4, 3}, "serialNumber": {2, 5, 4, 5}, "C": {2, 5, 4, 6}, "L": {2, 5, 4, 7}, "ST": {2, 5, 4, 8},
		"STREET": {2, 5, 4, 9}, "O": {2, 5, 4, 10}, "OU": {2, 5, 4, 11}, "postalCode": {2, 5, 4, 17},
		"SN": {2, 5, 4, 4}, "GN": {2, 5, 4, 42}, "businessCategory": {2, 5, 4, 15}, "organizationIdentifier": {2, 5, 4, 97},
		"UID": {0, 9, 2342, 19200300, 100, 1, 1}, "DC": {0, 9, 2342, 19200300, 100, 1, 25},
		"emailAddress":  {1, 2, 840, 113549, 1, 9, 1},
		"jurisdictionL": {1, 3, 6, 1, 4, 1, 311, 60, 2, 1, 1}, "jurisdictionST": {1, 3, 6, 1, 4, 1, 311, 60, 2, 1, 2},
		"jurisdictionC": {1, 3, 6, 1, 4, 1, 311, 60, 2, 1, 3},
	}
	for word, oid := range types {
		name, err := asn1.Marshal(pkix.RDNSequence{{{Type: oid, Value: "x"}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := certscan.NameString(name); got != word+"=x" {
			t.Errorf("%s: %s", word, got)
		}
		std := pkix.RDNSequence{{{Type: oid, Value: "x"}}}.String()
		if known := !strings.Contains(std, "#"); known && std != strings.ToUpper(word)+"=x" {
			t.Errorf("crypto/x509 says %s for %s", std, word)
		}
	}
}

// TestNameStringBounds writes names that are too long.
func TestNameStringBounds(t *testing.T) {
	long := strings.Repeat("a", 100_000)
	rdn := attribute(oidCN, 0x0c, "a.b")
	odd := tlv(0x30, attribute(oidO, 0x04, long), attribute(unhex("2a"+strings.Repeat("03", 5000)), 0x0c, long))
	tests := map[string]struct {
		name   []byte
		prefix string
	}{
		"long value":      {tlv(0x30, attribute(oidCN, 0x0c, long)), "CN=aaa"},
		"long wide value": {tlv(0x30, attribute(oidCN, 0x1e, strings.Repeat("\x00a", 100_000))), "CN=aaa"},
		"many RDNs":       {tlv(0x30, slices.Repeat(rdn, 10_000), attribute(oidO, 0x0c, "last")), "O=last,CN=a.b,CN=a.b"},
		"many in one RDN": {tlv(0x30, tlv(0x31, slices.Repeat(rdn[2:], 10_000))), "CN=a.b+CN=a.b"},
		"long everything": {odd, "#2a0303"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := certscan.NameString(test.name)
			if len(got) > 1024+len("…") || !strings.Contains(got, "…") || !strings.HasPrefix(got, test.prefix) {
				t.Errorf("%d octets: %.80s", len(got), got)
			}
		})
	}
	if got := certscan.NameString(tlv(0x30, bytes.Repeat([]byte{0x31}, 100))); len(got) > 1100 {
		t.Errorf("a broken name is %s", got)
	}
}
