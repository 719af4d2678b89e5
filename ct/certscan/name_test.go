package certscan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/certscan"
)

// named is a Name in a form that tables can hold.
type named struct {
	Kind  certscan.Kind
	Tag   byte
	Value string
}

// namesOf lists all names in their order.
func namesOf(c *certscan.Certificate) []named {
	var out []named
	for _, n := range c.Names {
		out = append(out, named{n.Kind, n.Tag, string(n.Value)})
	}
	return out
}

const cn = certscan.CommonName

// subjectTest is the contents of a subject and the names in it.
type subjectTest struct {
	rdns     []byte
	want     []named
	problems certscan.Problem
}

func checkSubjects(t *testing.T, tests map[string]subjectTest) {
	t.Helper()
	var s certscan.Scanner
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := standard().with()
			p.subject = tlv(0x30, test.rdns)
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

// cnOf is an RDN of a CN with the given element, or elements, as its value.
func cnOf(value []byte) []byte { return tlv(0x31, tlv(0x30, tlv(0x06, oidCN), value)) }

// dnsPiece is one piece of a string that is written in pieces.
func dnsPiece(text string) []byte { return tlv(0x04, []byte(text)) }

func TestSubjectStrings(t *testing.T) {
	checkSubjects(t, map[string]subjectTest{
		"UTF8String": {
			rdns: attribute(oidCN, 0x0c, "bücher.example"),
			want: []named{{cn, 0x0c, "bücher.example"}},
		},
		"PrintableString": {rdns: attribute(oidCN, 0x13, "a.example"), want: []named{{cn, 0x13, "a.example"}}},
		"IA5String":       {rdns: attribute(oidCN, 0x16, "*.example"), want: []named{{cn, 0x16, "*.example"}}},
		"NumericString":   {rdns: attribute(oidCN, 0x12, "192 0 2 1"), want: []named{{cn, 0x12, "192 0 2 1"}}},
		"VisibleString":   {rdns: attribute(oidCN, 0x1a, "a.example"), want: []named{{cn, 0x1a, "a.example"}}},
		"GeneralString":   {rdns: attribute(oidCN, 0x1b, "a.example"), want: []named{{cn, 0x1b, "a.example"}}},
		"GraphicString":   {rdns: attribute(oidCN, 0x19, "a.example"), want: []named{{cn, 0x19, "a.example"}}},
		"VideotexString":  {rdns: attribute(oidCN, 0x15, "a.example"), want: []named{{cn, 0x15, "a.example"}}},
		"TeletexString":   {rdns: attribute(oidCN, 0x14, "a.example"), want: []named{{cn, 0x14, "a.example"}}},
		"TeletexString, Latin-1": {
			rdns: attribute(oidCN, 0x14, "b\xfccher.example"),
			want: []named{{cn, 0x14, "b\xfccher.example"}, {cn, 0x14, "bücher.example"}},
		},
		"TeletexString that holds UTF-8": {
			rdns: attribute(oidCN, 0x14, "bücher.example"),
			want: []named{{cn, 0x14, "bücher.example"}, {cn, 0x14, "bÃ¼cher.example"}},
		},
		"BMPString": {
			rdns: attribute(oidCN, 0x1e, "\x00a\x00.\x00b\x00\xfc"), want: []named{{cn, 0x1e, "a.bü"}},
		},
		"BMPString with a surrogate pair": {
			rdns: attribute(oidCN, 0x1e, "\xd8\x3d\xde\x00\x00.\x00a"), want: []named{{cn, 0x1e, "😀.a"}},
		},
		"BMPString with half a pair": {
			rdns: attribute(oidCN, 0x1e, "\xd8\x3d\x00a\xde\x00"), want: []named{{cn, 0x1e, "\ufffda\ufffd"}},
		},
		"UniversalString": {
			rdns: attribute(oidCN, 0x1c, "\x00\x00\x00a\x00\x01\xf6\x00"), want: []named{{cn, 0x1c, "a😀"}},
		},
		"UniversalString, no characters": {
			rdns: attribute(oidCN, 0x1c, "\x00\x11\x00\x00\xff\xff\xff\xff"), want: []named{{cn, 0x1c, "\ufffd\ufffd"}},
		},
		"not UTF-8 in a UTF8String": {rdns: attribute(oidCN, 0x0c, "a\xff.b"), want: []named{{cn, 0x0c, "a\xff.b"}}},
		"NUL inside": {
			rdns: attribute(oidCN, 0x13, "a.example\x00.b.example"), want: []named{{cn, 0x13, "a.example\x00.b.example"}},
		},
		"empty": {rdns: attribute(oidCN, 0x0c, ""), want: []named{{cn, 0x0c, ""}}},
	})
}

func TestSubjectAttributes(t *testing.T) {
	checkSubjects(t, map[string]subjectTest{
		"in pieces": {rdns: cnOf(tlv(0x2c, dnsPiece("a."), dnsPiece("b"))), want: []named{{cn, 0x2c, "a.b"}}},
		"two values": {
			rdns: cnOf(append(tlv(0x0c, []byte("a.b")), tlv(0x13, []byte("c.d"))...)),
			want: []named{{cn, 0x0c, "a.b"}, {cn, 0x13, "c.d"}},
		},
		"several CNs": {
			rdns: slices.Concat(attribute(oidCN, 0x0c, "a.b"), attribute(oidO, 0x0c, "x"), attribute(oidCN, 0x13, "c.d")),
			want: []named{{cn, 0x0c, "a.b"}, {cn, 0x13, "c.d"}},
		},
		"several CNs in one RDN": {
			rdns: tlv(0x31,
				tlv(0x30, tlv(0x06, oidCN), tlv(0x0c, []byte("a.b"))),
				tlv(0x30, tlv(0x06, oidCN), tlv(0x0c, []byte("c.d")))),
			want: []named{{cn, 0x0c, "a.b"}, {cn, 0x0c, "c.d"}},
		},
		"emailAddress": {
			rdns: attribute(oidEmail, 0x16, "a@b.example"),
			want: []named{{certscan.Email, 0x16, "a@b.example"}},
		},
		"padded OID":          {rdns: attribute(unhex("55048003"), 0x0c, "a.b"), want: []named{{cn, 0x0c, "a.b"}}},
		"OID padded in front": {rdns: attribute(unhex("80550403"), 0x0c, "a.b"), want: []named{{cn, 0x0c, "a.b"}}},
		"OID beyond 2^32": {
			rdns: attribute(unhex("5504 9080808003"), 0x0c, "a.b"),
			want: []named{{cn, 0x0c, "a.b"}},
		},
		"OID beyond 2^64": {
			rdns: attribute(unhex("5504 82808080808080808003"), 0x0c, "a.b"),
			want: []named{{cn, 0x0c, "a.b"}},
		},
		"a longer OID":         {rdns: attribute(unhex("55040301"), 0x0c, "a.b")},
		"an OID of large arcs": {rdns: attribute(unhex("55048103"), 0x0c, "a.b")},
		"an OID cut short":     {rdns: attribute(unhex("55040383"), 0x0c, "a.b"), want: []named{{cn, 0x0c, "a.b"}}},
	})
}

func TestSubjectBroken(t *testing.T) {
	checkSubjects(t, map[string]subjectTest{
		"BMPString with an octet too many": {
			rdns: attribute(oidCN, 0x1e, "\x00a\x00.\x00b\x00"), want: []named{{cn, 0x1e, "a.b"}},
			problems: certscan.BadName,
		},
		"UniversalString, cut": {
			rdns: attribute(oidCN, 0x1c, "\x00\x00\x00a\x00"), want: []named{{cn, 0x1c, "a"}}, problems: certscan.BadName,
		},
		"no string at all": {
			rdns: attribute(oidCN, 0x04, "a.example"), want: []named{{cn, 0x04, "a.example"}}, problems: certscan.BadName,
		},
		"no value":  {rdns: cnOf(nil), problems: certscan.BadName},
		"value cut": {rdns: cnOf(unhex("0c09 612e62")), problems: certscan.BadName},
		"a broken RDN before": {
			rdns: append(tlv(0x04, []byte("??")), attribute(oidCN, 0x0c, "a.b")...), want: []named{{cn, 0x0c, "a.b"}},
			problems: certscan.BadSubject,
		},
		"a broken attribute before": {
			rdns:     append(tlv(0x31, tlv(0x30, tlv(0x02, []byte{1}))), attribute(oidCN, 0x0c, "a.b")...),
			want:     []named{{cn, 0x0c, "a.b"}},
			problems: certscan.BadSubject,
		},
		"the RDN says it is longer": {
			rdns: append(unhex("317f"), attribute(oidCN, 0x0c, "a.b")[2:]...), want: []named{{cn, 0x0c, "a.b"}},
			problems: certscan.BadSubject,
		},
	})
}

func TestKindString(t *testing.T) {
	want := []string{"unknown", "dNSName", "iPAddress", "rfc822Name", "uniformResourceIdentifier", "commonName", "unknown"}
	for kind, word := range want {
		if got := certscan.Kind(kind).String(); got != word {
			t.Errorf("kind %d is %q, want %q", kind, got, word)
		}
	}
}
