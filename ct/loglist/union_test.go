package loglist

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnion(t *testing.T) {
	google, apple := parse(t, "list.json", "google"), parse(t, "apple.json", "apple")
	both := Union(google, apple)
	got := map[string]string{}
	sources := map[string][]string{}
	for _, l := range both.Logs {
		got[l.Description], sources[l.Description] = l.State, l.Sources
	}
	want := map[string]string{
		"Alder 2026h1": "usable", "Alder 2025": "readonly", "Alder 2024": "usable",
		"Alder Tiles 2026h2": "qualified", "Birch 2026h1": "usable", "Douglas 2026": "usable",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	wantSources := map[string][]string{
		"Alder 2026h1": {"google", "apple"}, "Alder 2025": {"google", "apple"}, "Alder 2024": {"google", "apple"},
		"Alder Tiles 2026h2": {"google"}, "Birch 2026h1": {"google"}, "Douglas 2026": {"apple"},
	}
	if diff := cmp.Diff(wantSources, sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if both.Source != "google, apple" || both.Version != "" || !both.Time.IsZero() {
		t.Errorf("the union is %q, %q of %v", both.Source, both.Version, both.Time)
	}
	if diff := cmp.Diff(parse(t, "list.json", "google"), google); diff != "" {
		t.Errorf("the union changed a list (-want +got):\n%s", diff)
	}
}

func TestUnionDifferences(t *testing.T) {
	type difference struct {
		log, field string
		values     [2]string
	}
	var got []difference
	for _, d := range Union(parse(t, "list.json", "google"), parse(t, "apple.json", "apple")).Differences {
		if d.Values[0].Source != "google" || d.Values[1].Source != "apple" {
			t.Errorf("values of %v", d.Values)
		}
		got = append(got, difference{d.Description, d.Field, [2]string{d.Values[0].Value, d.Values[1].Value}})
	}
	want := []difference{
		{"Alder 2026h1", "state", [2]string{"usable", "qualified"}},
		{"Alder 2025", "state", [2]string{"readonly", "retired"}},
		{"Alder 2024", "state", [2]string{"retired", "usable"}},
		{"Alder 2024", "temporal_interval", [2]string{
			"2024-01-01T00:00:00Z to 2025-01-01T00:00:00Z", "2024-01-01T00:00:00Z to 2025-01-02T00:00:00Z",
		}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(difference{})); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}

// The order of the lists decides where a log is read, and nothing else.
func TestUnionFillsGaps(t *testing.T) {
	both := Union(parse(t, "apple.json", "apple"), parse(t, "list.json", "google"), parse(t, "odd.json", "odd"))
	log := byName(t, both, "Alder 2025")
	if log.Final == nil || log.NotAfterLimit.IsZero() || log.State != "readonly" || log.Since.IsZero() {
		t.Errorf("what only the second list says of a log is lost: %+v", log)
	}
	id := byName(t, parse(t, "list.json", source), "Alder 2026h1").ID
	if name := both.Find(id).Description; name != "Alder first half of 2026" {
		t.Errorf("the description is not the first list's: %q", name)
	}
	if len(both.Refused) != 5 {
		t.Errorf("%d refused, want those of odd.json", len(both.Refused))
	}
}

func TestUnionTestLogs(t *testing.T) {
	odd := parse(t, "odd.json", "odd")
	other := parse(t, "odd.json", "other")
	byName(t, other, "Cedar test").Type = ""
	if log := byName(t, Union(odd, other), "Cedar test"); log.Type != "" {
		t.Error("a log that one list does not call a test log is one")
	}
	if log := byName(t, Union(odd, odd), "Cedar test"); log.Type != "test" {
		t.Error("a log that both lists call a test log is none")
	}
}
