package matcher

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func prefix(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	return p, err == nil
}

func TestHostSpelling(t *testing.T) {
	runHostTests(t, list(t, "=www.example.com"), []hostTest{
		{"WWW.Example.COM", "=www.example.com exact", "DNS knows no case"},
		{"www.example.com.", "=www.example.com exact", "the root may be written out"},
		{"WWW.EXAMPLE.COM.", "=www.example.com exact", "both"},
		{"www.example.com..", "=www.example.com exact", "dots behind"},
		{" www.example.com\t\r\n", "=www.example.com stripped", "surrounding space"},
		{"http://www.example.com", "=www.example.com stripped", "a URL"},
		{"HTTPS://www.example.com/", "=www.example.com stripped", "a URL"},
		{"https://user@www.example.com:8443/a?b#c", "=www.example.com stripped", "a URL with everything"},
		{"https://www.example.com?x=1", "=www.example.com stripped", "a URL without path"},
		{"//www.example.com/", "=www.example.com stripped", "a URL without scheme"},
		{"www.example.com/path", "=www.example.com stripped", "a path"},
		{"www.example.com:443", "=www.example.com stripped", "a port"},
		{"www.example.com.:443", "=www.example.com stripped", "a dot and a port"},
		{"www.example.com:443.", "=www.example.com stripped", "a port and a dot"},
		{"*.example.com/", "=www.example.com stripped", "a wildcard with a path"},
		{"https://www.example.com@evil.net/", "", "the host is evil.net"},
		{"evil.net/www.example.com", "", "the host is evil.net"},
		{"www.example.com:https", "", "not a port"},
		{"www. example.com", "", "no client looks up a name with a space"},
		{"www.example.com www.example.net", "", "no client splits at a space"},
		{"user@www.example.com", "", "an address of mail is no host"},
	})
}

func TestHostNUL(t *testing.T) {
	runHostTests(t, list(t, "=www.example.com", "evil.net"), []hostTest{
		{"www.example.com\x00.evil.net", "=www.example.com nul_prefix, evil.net subtree", "both readings are names"},
		{"www.example.com\x00", "=www.example.com nul_prefix", "a string with its terminator"},
		{"*.example.com\x00.evil.net", "=www.example.com nul_prefix, evil.net subtree", "a wildcard before the NUL"},
		{"\x00www.example.com", "=www.example.com unreadable?", "nothing stands before the NUL, and the first label is not readable"},
		{"www\x00.example.com", "=www.example.com unreadable?", "the first label is not readable"},
	})
}

func TestHostIDN(t *testing.T) {
	l := list(t, "bücher.example", "strasse.example", "=xn--www-hoa.example")
	if id := l.Watch(0).ID(); id != "xn--bcher-kva.example" {
		t.Errorf("the watch is called %s", id)
	}
	runHostTests(t, l, []hostTest{
		{"www.xn--bcher-kva.example", "xn--bcher-kva.example subtree", "the A-label"},
		{"XN--BCHER-KVA.example", "xn--bcher-kva.example exact", "the A-label in upper case"},
		{"bücher.example", "xn--bcher-kva.example u_label", "the U-label in UTF-8"},
		{"BÜCHER.EXAMPLE", "xn--bcher-kva.example u_label", "the U-label in upper case"},
		{"bu\u0308cher.example", "xn--bcher-kva.example u_label", "the U-label, decomposed"},
		{"*.bücher.example", "xn--bcher-kva.example u_label", "a wildcard before the U-label"},
		{"bücher。example", "xn--bcher-kva.example u_label", "an ideographic full stop"},
		{"bücher.example。", "xn--bcher-kva.example u_label", "an ideographic full stop behind"},
		{"b\xfccher.example", "xn--bcher-kva.example latin1", "the U-label in Latin-1"},
		{"\xfc.b\xfccher.example", "xn--bcher-kva.example latin1", "the U-label in Latin-1"},
		{"stra\u00dfe.example", "strasse.example u_label", "the ß of IDNA 2003"},
		{"ｓｔｒａｓｓｅ.example", "strasse.example u_label", "full width letters"},
		{"bucher.example", "", "another name"},
		{
			"b*\u00fccher.example", "xn--bcher-kva.example unreadable?, strasse.example unreadable?, =xn--www-hoa.example unreadable?",
			"punycode does not say where the star stands",
		},
		{
			"\u0080\ufffd.example", "xn--bcher-kva.example unreadable?, strasse.example unreadable?, =xn--www-hoa.example unreadable?",
			"neither UTF-8 nor Latin-1 of a label",
		},
		{
			strings.Repeat("ü", 300) + ".example", "xn--bcher-kva.example unreadable?, strasse.example unreadable?, =xn--www-hoa.example unreadable?",
			"longer than what is converted",
		},
	})
}

func TestHostWildcards(t *testing.T) {
	runHostTests(t, list(t, "=www.example.org", "foo.bar.example.com", "=xn--bcher-kva.example"), []hostTest{
		{"w*.example.org", "=www.example.org partial_wildcard", "www begins with w"},
		{"*w.example.org", "=www.example.org partial_wildcard", "www ends in w"},
		{"w*w.example.org", "=www.example.org partial_wildcard", "www begins and ends so"},
		{"www*.example.org", "=www.example.org partial_wildcard", "the star may stand for nothing"},
		{"W**W.example.org", "=www.example.org partial_wildcard", "two stars in any case"},
		{"**.example.org", "=www.example.org wildcard", "two stars are like one"},
		{"x*.example.org", "", "www does not begin with x"},
		{"wwww*.example.org", "", "www is shorter"},
		{"foo.*.example.com", "foo.bar.example.com inner_wildcard", "the star stands for bar"},
		{"foo.b*r.example.com", "foo.bar.example.com inner_wildcard", "the star stands for a"},
		{"x.foo.*.example.com", "foo.bar.example.com inner_wildcard", "below it"},
		{"*.*.example.com", "foo.bar.example.com inner_wildcard", "stars stand for foo and bar"},
		{"*.bar.example.*", "foo.bar.example.com inner_wildcard", "stars stand for foo and com"},
		{"foo.bar.example.c*", "foo.bar.example.com inner_wildcard", "the star stands for om"},
		{"foo.x*.example.com", "", "bar does not begin with x"},
		{"xn--b*.example", "=xn--bcher-kva.example partial_wildcard", "some clients match a part of an A-label"},
		{strings.Repeat("a", 70) + "*.example.org", "", "no label is so long"},
		{"*" + strings.Repeat("*a*", 50) + ".example.org", "", "www has no a"},
	})
}

func TestHostDoubt(t *testing.T) {
	runHostTests(t, list(t, "=www.example.com", "example.com", "*.example.org", "=a.b.example.net"), []hostTest{
		{"?.example.com", "=www.example.com redacted?, example.com subtree", "the label may be www; the subtree is certain"},
		{"?.com", "=www.example.com redacted?, example.com redacted?", "the labels may be www.example"},
		{"www.?.com", "=www.example.com redacted?, example.com redacted?", "the label may be example"},
		{"a?b.example.com", "=www.example.com redacted?, example.com subtree", "redacted in part"},
		{"?.example.org", "*.example.org redacted?", "it may be one label or more"},
		{"?.www.example.org", "", "two labels at least"},
		{"?.example.net", "=a.b.example.net redacted?", "it may be two labels"},
		{"b.?.example.net", "", "the first label is not a"},
		{"a.?.example.net", "=a.b.example.net redacted?", "the label may be b"},
		{"\x7f.example.com", "=www.example.com unreadable?, example.com subtree", "the label may be www"},
		{"\x02.\x03.example.net", "=a.b.example.net unreadable?", "the labels may be a and b"},
		{"\x02.example.net", "", "one label is not two"},
		{"www..com", "=www.example.com unreadable?, example.com unreadable?", "a label is missing"},
		{".example.com", "=www.example.com unreadable?, example.com subtree", "a label is missing"},
		{"\x02.example.org", "*.example.org one_label", "whatever the label is"},
		{"?.\x02.com", "=www.example.com redacted?, example.com unreadable?", "the labels may be www and example"},
		{"?", "=www.example.com redacted?, example.com redacted?, *.example.org redacted?, =a.b.example.net redacted?", "anything"},
	})
}

// TestHostHostile runs names made to be slow against a list made for them. What it holds is that they end, soon enough
// for a test, and find what is there.
func TestHostHostile(t *testing.T) {
	var specs []string
	for i := range 20000 {
		specs = append(specs, fmt.Sprintf("=h%d.example.com", i))
	}
	specs = append(specs, strings.Repeat("a.", 126)+"b")
	l := list(t, specs...)
	long := strings.Repeat("x", 1<<20)
	for _, test := range []struct {
		name string
		hits int
	}{
		{strings.Repeat("a.", 100000) + "b", 1},
		{strings.Repeat("*.", 100000) + "b", 1},
		{strings.Repeat("?.", 100000) + "b", 1},
		{strings.Repeat("\x00.", 100000) + "b", 1},
		{strings.Repeat("ü.", 100000) + "b", 0},
		{strings.Repeat("\xff", 1<<20), 0},
		{strings.Repeat("*a", 1<<20) + ".example.com", 0},
		{strings.Repeat("*", 1<<20) + ".example.com", 20000},
		{"*.example.com", 20000},
		{"?.com", 20000},
		{long + ".*.com", 0},
		{long + ".*.*.com", 0},
		{"www." + long + ".com", 0},
		{long, 0},
		{"http://" + long + "@h1.example.com/" + long, 1},
		{strings.Repeat(".", 1<<20), 0},
		{strings.Repeat(" ", 1<<20), 0},
	} {
		if got := len(l.Host(nil, []byte(test.name))); got != test.hits {
			t.Errorf("%.20q...: %d hits, want %d", test.name, got, test.hits)
		}
	}
}
