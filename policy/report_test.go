package policy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/policy"
)

// TestReportJSON: the JSON of a report is a contract.
func TestReportJSON(t *testing.T) {
	h := newHome(t)
	h.record(issued{"example.com", "a", "d", 60, ""}, issued{"www.example.com", "f", "d", 30, "unexpected"}, issued{"old.example.com", "f", "d", -100, "unexpected"})
	p, err := h.load(yaml("keys: [{pin: <a>, label: web}]"), noon)
	if err != nil {
		t.Fatal(err)
	}
	report, err := p.Check(t.Context(), h.store.Reader, policy.Limits{Soon: time.Hour, Unused: time.Hour}, noon)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text := string(got)
	for _, r := range report.Shadow[0].Refused {
		text = strings.ReplaceAll(text, r.Finding, "finding of "+r.Names[0])
	}
	const old = `{"finding": "finding of old.example.com", "watch": "example.com", "names": ["old.example.com"], "issuer": "",
		"spki": "<f>", "not_before": "2026-05-15T12:00:00Z", "not_after": "2026-08-13T12:00:00Z", "logged": "2026-05-15T12:00:00Z",
		"reasons": ["unknown_key"]}`
	const young = `{"finding": "finding of www.example.com", "watch": "example.com", "names": ["www.example.com"], "issuer": "",
		"spki": "<f>", "not_before": "2026-09-22T12:00:00Z", "not_after": "2026-12-21T12:00:00Z", "logged": "2026-09-22T12:00:00Z",
		"reasons": ["unknown_key"]}`
	want := `{"certificates": 3,
		"health": [
			{"kind": "few_pins", "severity": "low", "watch": "example.com", "pin": null, "text": "there is one pin under keys, and no backup",
				"hint": "pin a second key that is kept apart, for when the first is lost"},
			{"kind": "would_refuse", "severity": "medium", "watch": "example.com", "pin": null,
				"text": "a client that enforces these pins would have refused 2 of the 3 certificates seen in CT, valid ` +
		`from 2026-05-15 to 2026-08-13, from 2026-09-22 to 2026-12-21",
				"hint": "if they are yours, pin their keys before such a client meets them",
				"refused": [` + old + `, ` + young + `]}
		],
		"shadow": [{"watch": "example.com", "certificates": 3, "undecided": 0, "refused": [` + old + `, ` + young + `],
			"outages": [{"from": "2026-05-15T12:00:00Z", "until": "2026-08-13T12:00:00Z"},
				{"from": "2026-09-22T12:00:00Z", "until": "2026-12-21T12:00:00Z"}]}]}`
	want = strings.ReplaceAll(want, "<f>", pins["f"])
	if diff := cmp.Diff(value(t, want), value(t, text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// value is what JSON means, however it is laid out.
func value(t *testing.T, text string) any {
	t.Helper()
	var out any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return out
}
