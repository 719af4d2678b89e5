package matcher

import (
	"net/netip"
	"testing"
)

// TestNames: what decides which names match makes another hash, and nothing else does.
func TestNames(t *testing.T) {
	hash := func(watches ...Watch) [32]byte {
		t.Helper()
		list, err := New(watches)
		if err != nil {
			t.Fatal(err)
		}
		return list.Names()
	}
	name := Watch{Name: "example.com"}
	other := Watch{Name: "example.net", Exclude: []string{"a.example.net", "b.example.net"}}
	want := hash(name, other)
	pinned, turned := name, other
	pinned.Keys = []Pin{{SPKI: [32]byte{1}}}
	turned.Exclude = []string{"b.example.net", "a.example.net"}
	if hash(turned, pinned) != want {
		t.Error("pins or the order make other names")
	}
	for what, change := range map[string]func(name, other *Watch){
		"scope":   func(name, _ *Watch) { name.Scope = Exact },
		"name":    func(name, _ *Watch) { name.Name = "example.org" },
		"exclude": func(_, other *Watch) { other.Exclude = []string{"a.example.net"} },
		"none":    func(_, other *Watch) { other.Exclude = nil },
		"emails":  func(name, _ *Watch) { name.Emails = true },
		"uris":    func(name, _ *Watch) { name.URIs = true },
		"address": func(_, other *Watch) { *other = Watch{Prefix: netip.MustParsePrefix("192.0.2.0/24")} },
	} {
		a, b := name, other
		change(&a, &b)
		if hash(a, b) == want {
			t.Errorf("%s makes no difference", what)
		}
	}
	if hash(name) == want {
		t.Error("one name less makes no difference")
	}
}
