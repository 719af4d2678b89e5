package deliver

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"pinwatch/notify"
)

// Heartbeat makes a proof of life. troubles are why it is none of the good kind; empty: all is well. text says how things
// are.
func Heartbeat(now time.Time, text string, troubles []string) *notify.Message {
	m := &notify.Message{
		Version: notify.Version, ID: "heartbeat-" + rand.Text(), Kind: notify.Heartbeat, Event: notify.EventOK, Severity: notify.Info,
		Time: now.UTC(), Title: "pinwatch is well: " + text, Text: text, Thread: "heartbeat", Resolved: true,
	}
	if len(troubles) > 0 {
		m.Event, m.Severity, m.Resolved = notify.EventFailed, notify.High, false
		m.Title = "pinwatch is not well: " + troubles[0]
		m.Text = strings.Join(troubles, "; ")
		m.Next = "See \"pinwatch status\" and what it writes to its log."
	}
	return m
}

// Test makes what is sent to see whether a receiver gets anything: a finding of its own kind, marked as a test in all its
// texts.
func Test(now time.Time) (*notify.Message, error) {
	id := "test-" + rand.Text()
	finding, err := json.Marshal(map[string]any{
		"id": id, "watch": "example.com", "verdict": "unexpected", "severity": notify.Info, "reasons": []string{"unknown_key"},
		"key_pinned": false, "issuer_pinned": nil, "chain_pinned": nil, "names": []string{"test.example.com"},
		"matched": []string{"test.example.com"}, "spki_sha256": nil, "issuer_spki_sha256": nil, "issuer": "CN=pinwatch test",
		"subject": "CN=test.example.com", "serial": "00", "not_before": nil, "not_after": nil, "tbs_sha256": "", "cert_sha256": []string{},
		"state": "open", "first_seen": now.UTC(), "sightings": []string{},
	})
	if err != nil {
		return nil, fmt.Errorf("make a test: %w", err)
	}
	return &notify.Message{
		Version: notify.Version, ID: id, Kind: notify.Finding, Event: "new", Test: true, Severity: notify.Info, Time: now.UTC(),
		Title:   "this is a test: certificate for test.example.com (unknown_key)",
		Text:    "\"pinwatch notify test\" sent this. There is no such certificate.",
		Why:     "A receiver that was never tried may not work when it matters.",
		Next:    "Nothing, now that it is here.",
		Silence: "Nothing needs to be silenced: a test is sent only by hand.",
		Facts:   []notify.Fact{fact("watch", "example.com"), fact("names", "test.example.com")},
		Thread:  id, Watch: "example.com", Verdict: "unexpected", Finding: finding,
	}, nil
}
