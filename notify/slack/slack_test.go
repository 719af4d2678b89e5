package slack

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
	"pinwatch/notify/post"
)

var update = flag.Bool("update", false, "write the golden files anew")

func newNotifier(t *testing.T, c Config) *Notifier {
	t.Helper()
	if c.URL == "" {
		c.URL = "https://hooks.slack.com/services/T0/B0/SECRETSECRET"
	}
	c.HTTP.Proxy = post.Direct
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// check holds a payload against what Slack documents:
// https://docs.slack.dev/reference/block-kit/blocks (at most 50 blocks in a message),
// https://docs.slack.dev/reference/block-kit/blocks/header-block (plain_text, 150 characters),
// https://docs.slack.dev/reference/block-kit/blocks/section-block (text of 1 to 3000 characters),
// https://docs.slack.dev/reference/block-kit/blocks/context-block (1 to 10 elements),
// https://docs.slack.dev/messaging/formatting-message-text (&, < and > are to be escaped).
func check(t *testing.T, payload []byte) {
	t.Helper()
	var m struct {
		Text   string `json:"text"`
		Blocks []struct {
			Type     string           `json:"type"`
			Text     map[string]any   `json:"text"`
			Elements []map[string]any `json:"elements"`
		} `json:"blocks"`
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	inert(t, m.Text)
	if m.Text == "" || len(m.Blocks) == 0 || len(m.Blocks) > 50 {
		t.Errorf("text %q, %d blocks", m.Text, len(m.Blocks))
	}
	for _, b := range m.Blocks {
		switch b.Type {
		case "header":
			checkText(t, b.Text, 150)
			if b.Text["type"] != "plain_text" {
				t.Errorf("a header of %v", b.Text["type"])
			}
		case "section":
			checkText(t, b.Text, 3000)
		case "context":
			if len(b.Elements) == 0 || len(b.Elements) > 10 {
				t.Errorf("%d elements", len(b.Elements))
			}
			for _, e := range b.Elements {
				checkText(t, e, 3000)
			}
		default:
			t.Errorf("a block of the type %q", b.Type)
		}
	}
}

func checkText(t *testing.T, text map[string]any, limit int) {
	t.Helper()
	s, _ := text["text"].(string)
	if n := len(utf16.Encode([]rune(s))); n == 0 || n > limit {
		t.Errorf("a text of %d characters, not 1 to %d", n, limit)
	}
	inert(t, s)
	switch text["type"] {
	case "plain_text":
		if text["verbatim"] != nil || text["emoji"] != false {
			t.Errorf("plain_text: %v", text)
		}
	case "mrkdwn":
		if text["verbatim"] != true || text["emoji"] != nil {
			t.Errorf("mrkdwn: %v", text)
		}
		if !strings.HasPrefix(s, "```\n") || !strings.HasSuffix(s, "\n```") || strings.Count(s, "`") != 6 {
			t.Errorf("markup that is not all preformatted: %q", s)
		}
	default:
		t.Errorf("a text of the type %v", text["type"])
	}
}

// inert wants no character by which anything but text begins.
func inert(t *testing.T, s string) {
	t.Helper()
	rest := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(s)
	if strings.ContainsAny(rest, "<>&") || strings.ContainsAny(s, "\u200b\u202e\x1b\x00") {
		t.Errorf("not escaped: %q", s)
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

func TestOwnTemplate(t *testing.T) {
	form, err := notify.NewForm("<!here> {{.Title}}", "*b* <@U1> {{.Title}}\n"+strings.Repeat("&", 4000))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := newNotifier(t, Config{Form: form}).payload(&notifytest.Samples()[0])
	if err != nil {
		t.Fatal(err)
	}
	check(t, payload)
	if !bytes.Contains(payload, []byte(`"text":"&lt;!here&gt; unexpected`)) || bytes.Contains(payload, []byte("```")) {
		t.Errorf("%s", payload)
	}
}

// TestNotify has a server answer as Slack does:
// https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks.
func TestNotify(t *testing.T) {
	for _, tt := range []struct {
		code      int
		header    string
		answer    string
		permanent bool
		later     time.Duration
	}{
		{code: 200, answer: "ok"},
		{code: 400, answer: "invalid_payload", permanent: true},
		{code: 403, answer: "action_prohibited"},
		{code: 404, answer: "no_service /services/T0/B0/SECRETSECRET"},
		{code: 410, answer: "channel_is_archived"},
		{code: 429, header: "30", answer: "rate_limited", later: 30 * time.Second},
		{code: 500, answer: "rollup_error"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%v, %s, %v", err, r.Method, r.Header)
			}
			check(t, body)
			if tt.header != "" {
				w.Header().Set("Retry-After", tt.header)
			}
			w.WriteHeader(tt.code)
			_, _ = io.WriteString(w, tt.answer)
		}))
		n := newNotifier(t, Config{URL: server.URL + "/services/T0/B0/SECRETSECRET"})
		err := n.Notify(t.Context(), &notifytest.Samples()[0])
		server.Close()
		later, _ := errors.AsType[*notify.LaterError](err)
		if (err == nil) != (tt.code == 200) || notify.IsPermanent(err) != tt.permanent || (later != nil) != (tt.later > 0) ||
			later != nil && later.After != tt.later {
			t.Errorf("%d: %v", tt.code, err)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("the error shows the URL: %v", err)
		}
	}
}

func TestNewChecks(t *testing.T) {
	for want, c := range map[string]Config{
		"slack: the URL does not begin with": {URL: "ftp://SECRET"},
		"slack: timeout":                     {URL: "https://h.example/SECRET", HTTP: post.Config{Timeout: -1}},
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
