package loglist

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	older, newer := parse(t, "list.json", source), parse(t, "list.json", source)
	if c := Diff(older, newer); len(c.Added)+len(c.Removed)+len(c.Changed) > 0 {
		t.Fatalf("equal lists differ: %+v", c)
	}
	log := byName(t, newer, "Alder 2026h1")
	log.State, log.URL = "retired", "https://new.alder.example/"
	birch := byName(t, newer, "Birch 2026h1").ID
	gone := byName(t, newer, "Alder 2025").ID
	newer.Logs = slices.DeleteFunc(newer.Logs, func(l Log) bool { return l.ID == gone || l.ID == birch })
	newer.Refused = []Refusal{{ID: birch, Reason: "no monitoring_url"}}
	newer.Logs = append(newer.Logs, *byName(t, parse(t, "apple.json", source), "Douglas 2026"))

	c := Diff(older, newer)
	if len(c.Added) != 1 || c.Added[0].Description != "Douglas 2026" {
		t.Errorf("added %v", c.Added)
	}
	removed := map[string]string{}
	for _, r := range c.Removed {
		removed[r.Log.Description] = r.Refused
	}
	if diff := cmp.Diff(map[string]string{"Alder 2025": "", "Birch 2026h1": "no monitoring_url"}, removed); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	var changed [][4]string
	for _, ch := range c.Changed {
		changed = append(changed, [4]string{ch.Log.Description, ch.Field, ch.Old, ch.New})
	}
	want := [][4]string{
		{"Alder 2026h1", "state", "usable", "retired"},
		{"Alder 2026h1", "url", "https://ct.alder.example/2026h1/", "https://new.alder.example/"},
	}
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
}
