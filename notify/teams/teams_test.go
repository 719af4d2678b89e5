package teams

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
	"pinwatch/notify/post"
)

var update = flag.Bool("update", false, "write the golden files anew")

func newNotifier(t *testing.T, c Config) *Notifier {
	t.Helper()
	if c.URL == "" {
		c.URL = "https://prod-00.westeurope.logic.azure.com/workflows/SECRET/triggers?sig=SECRET"
	}
	c.HTTP.Proxy = post.Direct
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// check holds a payload against what is documented:
// https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using (envelope),
// https://learn.microsoft.com/en-us/microsoftteams/limits-specifications-teams (28 KB),
// https://adaptivecards.io/schemas/1.4.0/adaptive-card.json (elements and their words).
func check(t *testing.T, payload []byte) {
	t.Helper()
	if len(payload) > 28<<10 {
		t.Errorf("%d bytes", len(payload))
	}
	var m struct {
		Type        string `json:"type"`
		Attachments []struct {
			ContentType string         `json:"contentType"`
			ContentURL  any            `json:"contentUrl"`
			Content     map[string]any `json:"content"`
		} `json:"attachments"`
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		t.Fatal(err)
	}
	if m.Type != "message" || len(m.Attachments) != 1 || m.Attachments[0].ContentURL != nil ||
		m.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" {
		t.Fatalf("envelope: %+v", m)
	}
	card := m.Attachments[0].Content
	checkWords(t, card, []string{"$schema", "type", "version", "fallbackText", "body", "msteams"}, map[string][]string{
		"type": {"AdaptiveCard"}, "version": {"1.4"}, "$schema": {"http://adaptivecards.io/schemas/adaptive-card.json"},
	})
	if teams := card["msteams"].(map[string]any); len(teams) != 1 || teams["width"] != "Full" {
		t.Errorf("msteams: %v: there must be no entities, which are mentions", teams)
	}
	body, _ := card["body"].([]any)
	if len(body) == 0 {
		t.Fatal("the card is empty")
	}
	for _, c := range body {
		container := c.(map[string]any)
		checkWords(t, container, []string{"type", "style", "bleed", "separator", "items"}, map[string][]string{
			"type": {"Container"}, "style": {"default", "emphasis", "good", "attention", "warning", "accent"},
		})
		for _, i := range container["items"].([]any) {
			item := i.(map[string]any)
			checkWords(t, item, []string{"type", "inlines"}, map[string][]string{"type": {"RichTextBlock"}})
			for _, r := range item["inlines"].([]any) {
				run := r.(map[string]any)
				checkWords(t, run, []string{"type", "text", "size", "weight", "fontType", "isSubtle"}, map[string][]string{
					"type": {"TextRun"}, "size": {"default", "small", "medium", "large", "extraLarge"},
					"weight": {"default", "lighter", "bolder"}, "fontType": {"default", "monospace"},
				})
				if s, _ := run["text"].(string); s == "" || strings.ContainsAny(s, "\u200b\u202e\x1b\x00") {
					t.Errorf("text %q", s)
				}
			}
		}
	}
}

// checkWords wants no other properties than those known, and for some one of a few words.
func checkWords(t *testing.T, object map[string]any, known []string, words map[string][]string) {
	t.Helper()
	for name, value := range object {
		if !slices.Contains(known, name) {
			t.Errorf("the property %q of %v", name, object["type"])
		}
		if one := words[name]; one != nil && !slices.Contains(one, value.(string)) {
			t.Errorf("%s is %v, not one of %q", name, value, one)
		}
	}
	if object["type"] == nil {
		t.Errorf("no type: %v", object)
	}
}

func TestGolden(t *testing.T) {
	n := newNotifier(t, Config{})
	for _, m := range append(notifytest.Samples(), notifytest.ManyNames()) {
		payload, err := n.payload(&m)
		if err != nil {
			t.Fatal(err)
		}
		check(t, payload)
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, payload, "", "  "); err != nil {
			t.Fatal(err)
		}
		notifytest.Golden(t, *update, m.ID+".json", pretty.Bytes())
	}
}

// TestWorstCase is a message that is as large as can be wherever it can be, of characters that JSON makes longer.
func TestWorstCase(t *testing.T) {
	long := strings.Repeat(`"\`, 5000)
	m := notify.Message{Title: long, Text: long, Why: long, Next: long, Silence: long, ID: long, Parted: 1000}
	for range 1000 {
		m.Facts = append(m.Facts, notify.Fact{Name: long, Values: []string{long, long, long}})
		m.Parts = append(m.Parts, notify.Message{Title: long})
	}
	form, err := notify.NewForm("", "{{range .Facts}}{{.Name}}{{end}}"+strings.Repeat("\t", 30_000))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Config{{}, {Form: form}} {
		payload, err := newNotifier(t, c).payload(&m)
		if err != nil {
			t.Fatal(err)
		}
		check(t, payload)
	}
}

func TestNotify(t *testing.T) {
	for code, permanent := range map[int]bool{202: false, 200: false, 400: true, 401: false, 404: false, 429: false, 502: false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%v, %s, %v", err, r.Method, r.Header)
			}
			check(t, body)
			w.WriteHeader(code)
			_, _ = io.WriteString(w, "signature SECRETSIGNATURE")
		}))
		n := newNotifier(t, Config{URL: server.URL + "/workflows/SECRETWORKFLOW?sig=SECRETSIGNATURE"})
		err := n.Notify(t.Context(), &notifytest.Samples()[0])
		server.Close()
		if (err == nil) != (code < 300) || notify.IsPermanent(err) != permanent {
			t.Errorf("%d: %v", code, err)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("the error shows the URL: %v", err)
		}
	}
}

func TestNewChecks(t *testing.T) {
	for want, c := range map[string]Config{
		"teams: the URL has no host": {URL: "https:///SECRET"},
		"teams: proxy":               {URL: "https://h.example/SECRET", HTTP: post.Config{Proxy: "x"}},
	} {
		if _, err := New(c); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// FuzzMessage lays out messages of anything; what comes out must be within what is documented.
func FuzzMessage(f *testing.F) {
	for _, s := range notifytest.HostileTexts() {
		f.Add(s, s, 100)
	}
	f.Fuzz(func(t *testing.T, a, b string, times int) {
		long := strings.Repeat(a, times&0x3ff)
		m := &notify.Message{
			ID: a, Kind: notify.Kind(b), Event: a, Severity: b, Title: a + "x", Text: long, Why: b, Next: long, Silence: long, Thread: b,
			Time: time.Unix(1e9, 0), Labels: []string{a, b}, Parts: []notify.Message{{Title: a}, {Title: long}}, Parted: times & 0xff,
			Facts: []notify.Fact{{Name: a, Values: []string{b, long}}, {Name: b, Values: []string{long, a}}},
		}
		body, err := newNotifier(t, Config{}).payload(m)
		if err != nil {
			t.Fatal(err)
		}
		check(t, body)
	})
}
