package matcher

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestScopeWords(t *testing.T) {
	for _, s := range []Scope{Subtree, OneLabel, Exact} {
		if got, err := ParseScope(s.String()); got != s || err != nil {
			t.Errorf("%s is read as %s, %v", s, got, err)
		}
	}
	if got, err := ParseScope(""); got != Subtree || err != nil {
		t.Errorf("the default is %s, %v", got, err)
	}
	if _, err := ParseScope("onelabel"); err == nil {
		t.Error("onelabel is taken")
	}
}

func TestNewNames(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"example.com", "example.com"},
		{" Example.COM. ", "example.com"},
		{"_dmarc.example.com", "_dmarc.example.com"},
		{"r3---sn-apo3qvuoxuxbt-j5pe.example.com", "r3---sn-apo3qvuoxuxbt-j5pe.example.com"},
		{"Bücher.example.com", "xn--bcher-kva.example.com"},
		{"straße.de", "xn--strae-oqa.de"},
		{"_dmarc.bücher.example.com", "_dmarc.xn--bcher-kva.example.com"},
		{"例え。テスト", "xn--r8jz45g.xn--zckzah"},
		{"i❤.ws", "xn--i-7iq.ws"},
		{"xn--bcher-kva.example.com", "xn--bcher-kva.example.com"},
		{"192-0-2-1.example.com", "192-0-2-1.example.com"},
	} {
		l, err := New([]Watch{{Name: test.name}})
		if err != nil || l.Watch(0).Name != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

func TestNewMistakes(t *testing.T) {
	range4 := netip.MustParsePrefix("192.0.2.0/24")
	for _, test := range []struct {
		watch      Watch
		says, hint string
	}{
		{Watch{}, "neither a name nor", "name: or ip:"},
		{Watch{Name: " "}, "empty", "host name"},
		{Watch{Name: "."}, "empty", "host name"},
		{Watch{Name: "*.example.com"}, "wildcard", "name: example.com with scope: one-label"},
		{Watch{Name: "**.example.com"}, "wildcard", "name: example.com; subtree"},
		{Watch{Name: "=example.com"}, "sign", "scope: exact"},
		{Watch{Name: "www.*.com"}, "wildcard", "without the wildcard"},
		{Watch{Name: ".example.com"}, "begins with a dot", "name: example.com"},
		{Watch{Name: "https://example.com/"}, "not a host name", "host name alone"},
		{Watch{Name: "example.com:443"}, "not a host name", "host name alone"},
		{Watch{Name: "user@example.com"}, "not a host name", "host name alone"},
		{Watch{Name: "192.0.2.1"}, "IP address", "ip: 192.0.2.1"},
		{Watch{Name: "[2001:db8::1]"}, "IP address", "ip: 2001:db8::1"},
		{Watch{Name: "192.0.2.0/24"}, "IP address", "ip: 192.0.2.0/24"},
		{Watch{Name: "192.0.2.256"}, "ends in a number", "ip:"},
		{Watch{Name: "a..example.com"}, "empty label", "dots"},
		{Watch{Name: "exam ple.com"}, "' '", "letters"},
		{Watch{Name: "example.com\x00"}, `'\x00'`, "letters"},
		{Watch{Name: "ex\u200bample\ufffd.com"}, "internationalized", "xn--"},
		{Watch{Name: "\xff.com"}, "internationalized", "xn--"},
		{Watch{Name: strings.Repeat("a", 64) + ".com"}, "64 characters", "63"},
		{Watch{Name: strings.Repeat("a.", 126) + "com"}, "255 characters", "253"},
		{Watch{Name: "example.com", Scope: 3}, "unknown scope", "one-label"},
		{Watch{Name: "example.com", Prefix: range4}, "a name and an IP range", "two watches"},
		{Watch{Name: "example.com", Exclude: []string{"example.com"}}, "not below", "below example.com"},
		{Watch{Name: "example.com", Exclude: []string{"dev"}}, "not below", "in full"},
		{Watch{Name: "example.com", Exclude: []string{"dev.notexample.com"}}, "not below", "in full"},
		{Watch{Name: "example.com", Exclude: []string{"*.dev.example.com"}}, "exclude: ", "name: dev.example.com"},
		{Watch{Name: "example.com", Scope: Exact, Exclude: []string{"dev.example.com"}}, "exact name", "subtree"},
		{Watch{Name: "example.com", Scope: OneLabel, Exclude: []string{"a.b.example.com"}}, "two or more", "leave it out"},
		{Watch{Prefix: range4, Scope: Exact}, "no scope", "leave out"},
		{Watch{Prefix: range4, Exclude: []string{"a"}}, "no scope", "leave out"},
		{Watch{Prefix: netip.MustParsePrefix("192.0.2.1/24")}, "bits set", "192.0.2.0/24"},
	} {
		_, err := New([]Watch{{Name: "fine.example"}, test.watch})
		var at *WatchError
		var m *Mistake
		if !errors.As(err, &at) || at.Watch != 1 || !errors.As(err, &m) {
			t.Errorf("%+v: %v", test.watch, err)
			continue
		}
		if !strings.Contains(err.Error(), test.says) || !strings.Contains(m.Hint(), test.hint) {
			t.Errorf("%+v:\n%v\nhint: %s\nwant %q and %q", test.watch, err, m.Hint(), test.says, test.hint)
		}
	}
}

func TestNewTwice(t *testing.T) {
	for _, test := range []struct {
		specs []string
		says  string
	}{
		{[]string{"example.com", "=example.com", "*.example.com", "www.example.com"}, ""},
		{[]string{"example.com", "EXAMPLE.com."}, "example.com is watched twice"},
		{[]string{"=example.com", "example.com", "=example.com"}, "=example.com is watched twice"},
		{[]string{"bücher.example", "xn--bcher-kva.example"}, "xn--bcher-kva.example is watched twice"},
		{[]string{"192.0.2.0/24", "192.0.2.0/25"}, ""},
		{[]string{"192.0.2.1", "192.0.2.1/32"}, "192.0.2.1 is watched twice"},
		{[]string{"192.0.2.1", "::ffff:192.0.2.1"}, "192.0.2.1 is watched twice"},
	} {
		_, err := New(watches(test.specs...))
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: %v, want %q", test.specs, err, test.says)
		}
	}
}

func TestNewListsMistakes(t *testing.T) {
	bad := make([]Watch, 100)
	_, err := New(bad)
	if lines := strings.Count(err.Error(), "\n") + 1; lines != maxMistakes {
		t.Errorf("%d mistakes listed", lines)
	}
}

func TestWarnings(t *testing.T) {
	for _, test := range []struct{ spec, says string }{
		{"example.com", ""},
		{"com", "public suffix"},
		{"co.uk", "public suffix"},
		{"*.co.uk", "public suffix"},
		{"=co.uk", ""},
		{"github.io", "public suffix"},
		{"someone.github.io", ""},
		{"example.con", "no top-level domain"},
		{"localhost", "no top-level domain"},
		{"db.internal", "no top-level domain"},
		{"_dmarc.example.com", ""},
		{"straße.de", "strasse.de"},
		{"bücher.de", ""},
		{"xn--a.example.com", "no A-label"},
		{"xn--bcher-kva.de", ""},
		{"192.0.2.0/24", ""},
		{"10.1.0.0/16", "not a public address"},
		{"127.0.0.1", "not a public address"},
		{"fe80::1", "not a public address"},
		{"0.0.0.0/0", "every address"},
	} {
		l, err := New(append(watches("fine.example.org"), watches(test.spec)...))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range l.Warnings() {
			got = append(got, fmt.Sprint(w.Watch, " ", w.Text))
		}
		if text := strings.Join(got, "\n"); (text == "") != (test.says == "") || !strings.Contains(text, test.says) ||
			text != "" && !strings.HasPrefix(text, "1 ") {
			t.Errorf("%s: %q, want %q", test.spec, text, test.says)
		}
	}
}

func TestNewDoesNotChangeItsInput(t *testing.T) {
	in := []Watch{{Name: "EXAMPLE.com", Exclude: []string{"DEV.example.com"}}}
	if _, err := New(in); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Watch{{Name: "EXAMPLE.com", Exclude: []string{"DEV.example.com"}}}, in,
		cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

func TestIDs(t *testing.T) {
	l := list(t, "Example.com", "=Example.com", "*.Example.com", "192.0.2.1", "192.0.2.0/24", "2001:DB8::/32", "2001:db8::1")
	var got []string
	for i := range l.Len() {
		got = append(got, l.Watch(i).ID())
	}
	want := []string{"example.com", "=example.com", "*.example.com", "192.0.2.1", "192.0.2.0/24", "2001:db8::/32", "2001:db8::1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPolicy(t *testing.T) {
	pins := func(labels ...string) (out []Pin) {
		for _, l := range labels {
			out = append(out, Pin{SPKI: sha256.Sum256([]byte(l))})
		}
		return out
	}
	base := []Watch{
		{Name: "example.com", Exclude: []string{"a.example.com", "b.example.com"}, Keys: pins("a", "b"), Issuers: pins("c")},
		{Name: "example.com", Scope: Exact, Chain: pins("d")},
		{Prefix: netip.MustParsePrefix("192.0.2.0/24")},
	}
	policy := func(change func(w []Watch) []Watch) [32]byte {
		w := append([]Watch(nil), base...)
		l, err := New(change(w))
		if err != nil {
			t.Fatal(err)
		}
		return l.Policy()
	}
	same := policy(func(w []Watch) []Watch { return w })
	for name, change := range map[string]func(w []Watch) []Watch{
		"order of watches": func(w []Watch) []Watch {
			rand.Shuffle(len(w), func(i, j int) { w[i], w[j] = w[j], w[i] })
			return w
		},
		"order of pins":     func(w []Watch) []Watch { w[0].Keys = pins("b", "a"); return w },
		"a pin twice":       func(w []Watch) []Watch { w[0].Keys = pins("b", "a", "b"); return w },
		"order of excludes": func(w []Watch) []Watch { w[0].Exclude = []string{"b.example.com", "a.example.com"}; return w },
		"spelling":          func(w []Watch) []Watch { w[0].Name = "EXAMPLE.com."; return w },
		"labels": func(w []Watch) []Watch {
			w[0].Issuers = []Pin{{SPKI: sha256.Sum256([]byte("c")), Label: "next", Source: "pins.xml:3"}}
			return w
		},
	} {
		if policy(change) != same {
			t.Errorf("%s: the policy differs", name)
		}
	}
	seen := map[[32]byte]string{same: "nothing"}
	for name, change := range map[string]func(w []Watch) []Watch{
		"a watch less":      func(w []Watch) []Watch { return w[1:] },
		"a name":            func(w []Watch) []Watch { w[1].Name = "example.org"; return w },
		"a scope":           func(w []Watch) []Watch { w[1].Scope = OneLabel; return w },
		"a range":           func(w []Watch) []Watch { w[2].Prefix = netip.MustParsePrefix("192.0.2.0/25"); return w },
		"an exclude":        func(w []Watch) []Watch { w[0].Exclude = w[0].Exclude[1:]; return w },
		"a pin less":        func(w []Watch) []Watch { w[0].Keys = pins("a"); return w },
		"another pin":       func(w []Watch) []Watch { w[0].Keys = pins("a", "x"); return w },
		"another dimension": func(w []Watch) []Watch { w[0].Keys, w[0].Issuers = w[0].Issuers, w[0].Keys; return w },
		"pins between":      func(w []Watch) []Watch { w[0].Keys, w[0].Issuers = pins("a"), pins("b", "c"); return w },
		"emails":            func(w []Watch) []Watch { w[0].Emails = true; return w },
		"URIs":              func(w []Watch) []Watch { w[0].URIs = true; return w },
		"beginning of a pin": func(w []Watch) []Watch {
			w[1].Chain = []Pin{{SPKI: w[1].Chain[0].SPKI, NotBefore: time.Unix(0, 1)}}
			return w
		},
		"end of a pin": func(w []Watch) []Watch {
			w[1].Chain = []Pin{{SPKI: w[1].Chain[0].SPKI, NotAfter: time.Unix(0, 1)}}
			return w
		},
		"a pin that was taken out": func(w []Watch) []Watch {
			w[1].Chain = []Pin{{SPKI: w[1].Chain[0].SPKI, NotAfter: time.Unix(0, 1), Retired: true}}
			return w
		},
		"a backup": func(w []Watch) []Watch {
			w[1].Chain = []Pin{{SPKI: w[1].Chain[0].SPKI, Backup: true}}
			return w
		},
		"end as an instant": func(w []Watch) []Watch {
			w[1].Chain = []Pin{{SPKI: w[1].Chain[0].SPKI, NotAfter: time.Unix(0, 2)}}
			return w
		},
	} {
		p := policy(change)
		if other, found := seen[p]; found {
			t.Errorf("%s and %s: the same policy", name, other)
		}
		seen[p] = name
	}
}
