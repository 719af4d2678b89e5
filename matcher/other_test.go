package matcher

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIP(t *testing.T) {
	l := list(t, "192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "::ffff:198.51.100.0/120", "example.com")
	for _, test := range []struct{ octets, hits, why string }{
		{"c0000201", "192.0.2.0/24 ip, 192.0.2.1 ip", "a range and an address"},
		{"c0000202", "192.0.2.0/24 ip", "the range alone"},
		{"c0000301", "", "outside"},
		{"20010db8000000000000000000000001", "2001:db8::/32 ip", "IPv6"},
		{"20010db9000000000000000000000001", "", "outside"},
		{"00000000000000000000ffffc0000201", "192.0.2.0/24 ip, 192.0.2.1 ip", "IPv4 in the form of IPv6"},
		{"c6336409", "198.51.100.0/24 ip", "a range configured in the form of IPv6"},
		{"c0000200ffffff00", "192.0.2.0/24 malformed?", "an address and a mask"},
		{"04c0000201", "192.0.2.0/24 malformed?, 192.0.2.1 malformed?", "something in front"},
		{"20010db800000000000000000000000100", "2001:db8::/32 malformed?", "something behind"},
		{hex.EncodeToString([]byte("192.0.2.1")), "192.0.2.0/24 ip_text?, 192.0.2.1 ip_text?", "written out"},
		{hex.EncodeToString([]byte("2001:db8::abc")), "2001:db8::/32 ip_text?", "written out"},
		{"c00002", "", "too short for any address"},
		{"", "", "nothing"},
		{strings.Repeat("00", 100) + "c0000201", "", "far behind where an address would be"},
	} {
		octets, err := hex.DecodeString(test.octets)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(told(l, l.IP(nil, octets)), ", "); got != test.hits {
			t.Errorf("%s: got %q, want %q: %s", test.octets, got, test.hits, test.why)
		}
	}
	if got := list(t, "example.com").IP(nil, make([]byte, 7)); got != nil {
		t.Errorf("a list without ranges: %v", got)
	}
}

func TestHostIP(t *testing.T) {
	runHostTests(t, list(t, "192.0.2.0/24", "2001:db8::/32", "1.example", "2"+"x.example"), []hostTest{
		{"192.0.2.1", "192.0.2.0/24 ip_text", "an address in a dNSName or CN"},
		{"192.0.2.1.", "192.0.2.0/24 ip_text", "with a dot behind"},
		{" 192.0.2.1 ", "192.0.2.0/24 ip_text", "with spaces"},
		{"192.0.2.1:443", "192.0.2.0/24 ip_text", "with a port"},
		{"https://192.0.2.1/", "192.0.2.0/24 ip_text", "in a URL"},
		{"2001:db8::1", "2001:db8::/32 ip_text", "IPv6"},
		{"2001:DB8:0:0:0:0:0:1", "2001:db8::/32 ip_text", "IPv6 in full"},
		{"[2001:db8::1]", "2001:db8::/32 ip_text", "IPv6 in brackets"},
		{"[2001:db8::1]:443", "2001:db8::/32 ip_text", "IPv6 with a port"},
		{"https://[2001:db8::1]:443/", "2001:db8::/32 ip_text", "IPv6 in a URL"},
		{"2001:db8::1%eth0", "2001:db8::/32 ip_text", "IPv6 with a zone"},
		{"::ffff:192.0.2.1", "192.0.2.0/24 ip_text", "IPv4 in the form of IPv6"},
		{"192.0.2.1\x00.evil.net", "192.0.2.0/24 ip_text", "before a NUL"},
		{"192.0.3.1", "", "outside"},
		{"192.0.2.1.example.com", "", "a name"},
		{"1.192.0.2.1", "", "no address"},
		{"a.1.example", "1.example subtree", "a name with a number in it"},
	})
}

func TestEmailAndURI(t *testing.T) {
	w := watches("example.com", "=mail.example.org", "192.0.2.0/24", "example.net")
	for i := range 3 {
		w[i].Emails, w[i].URIs = true, true
	}
	l, err := New(w)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ email, hits string }{
		{"user@example.com", "example.com email"},
		{"user@EXAMPLE.com", "example.com email"},
		{`"a@b"@www.example.com`, "example.com email"},
		{"user@*.example.org", "=mail.example.org email"},
		{"example.com", "example.com email"},
		{"user@[192.0.2.1]", "192.0.2.0/24 email"},
		{"user@?.example.org", "=mail.example.org email?"},
		{"user@example.net", ""},
		{"example.com@evil.test", ""},
		{"", ""},
	} {
		if got := strings.Join(told(l, l.Email(nil, []byte(test.email))), ", "); got != test.hits {
			t.Errorf("%q: got %q, want %q", test.email, got, test.hits)
		}
	}
	for _, test := range []struct{ uri, hits string }{
		{"https://www.example.com/path", "example.com uri"},
		{"spiffe://example.com/ns/prod", "example.com uri"},
		{"ldap://user:pw@example.com:389/x?y", "example.com uri"},
		{"sip:example.com", "example.com uri"},
		{"sip:user@example.com;transport=tcp", "example.com uri"},
		{"mailto:user@example.com?subject=x", "example.com uri"},
		{"//example.com/", "example.com uri"},
		{"example.com/x", "example.com uri"},
		{"https://192.0.2.7/", "192.0.2.0/24 uri"},
		{"https://example.net/", ""},
		{"https://evil.test/example.com", ""},
		{"urn:uuid:example", ""},
		{"", ""},
	} {
		if got := strings.Join(told(l, l.URI(nil, []byte(test.uri))), ", "); got != test.hits {
			t.Errorf("%q: got %q, want %q", test.uri, got, test.hits)
		}
	}
	off := list(t, "example.com")
	if got := append(off.Email(nil, []byte("u@example.com")), off.URI(nil, []byte("https://example.com/"))...); len(got) != 0 {
		t.Errorf("a watch that did not ask: %v", got)
	}
}

func TestSearch(t *testing.T) {
	l := list(t, "example.com -dev.example.com", "=www.example.org", "*.example.net", "localhost", "192.0.2.0/24", "2001:db8::1")
	for _, test := range []struct{ raw, hits, why string }{
		{"\x30\x82\x82\x0bexample.com\x30", "example.com", "the name"},
		{"\x82\x0fEXAMPLE.COM", "example.com", "any case"},
		{"\x82\x0fwww.example.com", "example.com", "a name below it"},
		{"oexample.com0", "example.com", "a length and a tag that look like letters"},
		{"dev.example.com", "example.com", "what is excluded is told"},
		{"*.example.org", "=www.example.org", "a wildcard that covers the name"},
		{"example.org", "", "the parent of an exact name"},
		{"example.net", "*.example.net", "the name of a one-label watch"},
		{"w\x00w\x00w\x00.\x00e\x00x\x00a\x00m\x00p\x00l\x00e\x00.\x00o\x00r\x00g\x00", "=www.example.org", "UTF-16, little endian"},
		{"\x00w\x00w\x00w\x00.\x00e\x00x\x00a\x00m\x00p\x00l\x00e\x00.\x00O\x00R\x00G", "=www.example.org", "UTF-16, big endian"},
		{"w1w1w1.1e1x1a1m1p1l1e1.1o1r1g", "", "every second byte, but no UTF-16"},
		{"\x00l\x00o\x00c\x00a\x00l\x00h\x00o\x00s\x00t", "localhost", "UTF-16 without a dot"},
		{"mylocalhost", "localhost", "a name without a dot"},
		{"exam\x00ple.com", "", "something between"},
		{"example.co", "", "the name cut short"},
		{"\x87\x04\xc0\x00\x02\x07", "192.0.2.0/24", "an iPAddress"},
		{"\x87\x05\xc0\x00\x02\x07\x00", "", "not the length of an address"},
		{"\xc0\x00\x02\x07", "", "four bytes without a tag"},
		{"\x87\x10\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", "2001:db8::1", "an iPAddress of IPv6"},
		{"\x0c192.0.2.70", "192.0.2.0/24", "written out"},
		{"\x0c2001:DB8::10", "2001:db8::1", "written out, with a tag behind"},
		{"\x87", "", "the end of an iPAddress"},
		{"", "", "nothing"},
		{"example.com www.example.org example.com", "example.com, =www.example.org", "each once"},
	} {
		var ids []string
		for _, h := range l.Search(nil, []byte(test.raw)) {
			ids = append(ids, l.Watch(h.Watch).ID())
		}
		if got := strings.Join(ids, ", "); got != test.hits {
			t.Errorf("%q: got %q, want %q: %s", test.raw, got, test.hits, test.why)
		}
	}
}

// TestSearchHostile searches megabytes made to be slow. What it holds is that it ends soon enough for a test.
func TestSearchHostile(t *testing.T) {
	l := list(t, "com", "example.com", strings.Repeat("a.", 126)+"b", strings.Repeat("x", 63)+".com", "0.0.0.0/0", "::/0")
	for _, piece := range []string{"a.", "a.b", ".", "x", ".com", "1.2.3.4", ":", "1:", "\x87\x04", "*.com", "\x00a\x00."} {
		raw := bytes.Repeat([]byte(piece), 1<<20/len(piece))
		if hits := l.Search(nil, raw); len(hits) > l.Len() {
			t.Errorf("%q: %d hits", piece, len(hits))
		}
	}
}

// TestNoAllocation holds that a name that matches nothing costs no allocation, in lower case, upper case, with "*." in
// front and with a dot behind, and that an address and a hit cost none either.
func TestNoAllocation(t *testing.T) {
	l := made(t, 1000)
	ips := list(t, "192.0.2.0/24", "example.com", "=www.example.org")
	dst := make([]Hit, 0, 16)
	for _, name := range []string{
		"www.example.com", "WWW.Example.COM.", "*.example.co.uk", "*.EXAMPLE.co.uk.", "a.watched-1.com",
		strings.Repeat("a.", 120) + "com", strings.Repeat("a", 2000) + ".com",
	} {
		raw := []byte(name)
		if n := testing.AllocsPerRun(100, func() { l.Host(dst[:0], raw) }); n != 0 {
			t.Errorf("%.40s: %v allocations", name, n)
		}
	}
	for _, name := range []string{"www.example.com", "*.example.org", "*.COM", "www.example.net"} {
		raw := []byte(name)
		if n := testing.AllocsPerRun(100, func() { ips.Host(dst[:0], raw) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	for _, octets := range [][]byte{{192, 0, 2, 1}, {8, 8, 8, 8}, make([]byte, 16)} {
		if n := testing.AllocsPerRun(100, func() { ips.IP(dst[:0], octets) }); n != 0 {
			t.Errorf("%v: %v allocations", octets, n)
		}
	}
}

// TestRealNames looks every real name up in a list of every thousandth of them, and holds the result to comparing.
func TestRealNames(t *testing.T) {
	names := realNames(t)
	seen := make(map[string]bool)
	var watched []Watch
	for i := 0; i < len(names); i += 997 {
		name := strings.TrimPrefix(strings.ToLower(string(names[i])), "*.")
		if _, err := netip.ParseAddr(name); err == nil || seen[name] || strings.Contains(name, "*") {
			continue
		}
		seen[name] = true
		watched = append(watched, Watch{Name: name})
	}
	l, err := New(watched)
	if err != nil {
		t.Fatal(err)
	}
	hits := 0
	for _, name := range names {
		got := certainty(l, l.Host(nil, name))
		want := make(map[string]bool)
		lower := strings.ToLower(string(name))
		for w := range seen {
			_, parent, _ := strings.Cut(w, ".")
			if lower == w || strings.HasSuffix(lower, "."+w) || lower == "*."+parent {
				want[w] = true
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s: %s", name, diff)
		}
		hits += len(got)
	}
	if hits < len(watched) {
		t.Errorf("%d hits of %d watches", hits, len(watched))
	}
	t.Logf("%d names, %d watches, %d hits", len(names), len(watched), hits)
}
