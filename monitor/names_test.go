package monitor

import (
	"net/netip"
	"testing"

	"pinwatch/matcher"
)

// TestNamesOf: what decides which names match makes another hash, and nothing else does.
func TestNamesOf(t *testing.T) {
	hash := func(watches ...matcher.Watch) [32]byte {
		t.Helper()
		list, _, err := matcher.New(watches)
		if err != nil {
			t.Fatal(err)
		}
		return namesOf(list)
	}
	name := matcher.Watch{Name: "example.com"}
	other := matcher.Watch{Name: "example.net", Exclude: []string{"a.example.net", "b.example.net"}}
	want := hash(name, other)
	pinned, turned := name, other
	pinned.Keys = []matcher.Pin{{SPKI: [32]byte{1}}}
	turned.Exclude = []string{"b.example.net", "a.example.net"}
	if hash(turned, pinned) != want {
		t.Error("pins or the order make other names")
	}
	for what, change := range map[string]func(name, other *matcher.Watch){
		"scope":   func(name, _ *matcher.Watch) { name.Scope = matcher.Exact },
		"name":    func(name, _ *matcher.Watch) { name.Name = "example.org" },
		"exclude": func(_, other *matcher.Watch) { other.Exclude = []string{"a.example.net"} },
		"none":    func(_, other *matcher.Watch) { other.Exclude = nil },
		"emails":  func(name, _ *matcher.Watch) { name.Emails = true },
		"uris":    func(name, _ *matcher.Watch) { name.URIs = true },
		"address": func(_, other *matcher.Watch) { *other = matcher.Watch{Prefix: netip.MustParsePrefix("192.0.2.0/24")} },
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
