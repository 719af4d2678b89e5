package discord

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
		c.URL = "https://discord.com/api/webhooks/1/SECRETSECRET"
	}
	c.HTTP.Proxy = post.Direct
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// check holds a payload against what Discord documents:
// https://discord.com/developers/docs/resources/message#embed-object-embed-limits,
// https://discord.com/developers/docs/resources/message#allowed-mentions-object.
func check(t *testing.T, payload []byte) {
	t.Helper()
	var m struct {
		Embeds []struct {
			Title       string    `json:"title"`
			Description string    `json:"description"`
			Color       int       `json:"color"`
			Timestamp   time.Time `json:"timestamp"`
			Fields      []struct {
				Name  string `json:"name"`
				Value string `json:"value"`
			} `json:"fields"`
			Footer struct {
				Text string `json:"text"`
			} `json:"footer"`
		} `json:"embeds"`
		Mentions map[string]any `json:"allowed_mentions"`
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	if parse, ok := m.Mentions["parse"].([]any); !ok || len(parse) != 0 || len(m.Mentions) != 1 {
		t.Errorf("mentions are allowed: %v", m.Mentions)
	}
	if len(m.Embeds) != 1 {
		t.Fatalf("%d embeds", len(m.Embeds))
	}
	e, total := m.Embeds[0], 0
	bound := func(what, s string, least, most int) {
		n := len(utf16.Encode([]rune(s)))
		if total += n; n < least || n > most || strings.ContainsAny(s, "\u200b\u202e\x1b\x00") {
			t.Errorf("%s of %d characters, not %d to %d, or hostile: %q", what, n, least, most, s)
		}
	}
	bound("title", e.Title, 1, 256)
	bound("description", e.Description, 0, 4096)
	bound("footer", e.Footer.Text, 0, 2048)
	if len(e.Fields) > 25 || e.Color < 0 || e.Color > 0xffffff || e.Timestamp.IsZero() {
		t.Errorf("%d fields, colour %d, %v", len(e.Fields), e.Color, e.Timestamp)
	}
	inert(t, e.Title)
	inert(t, e.Description)
	for _, f := range e.Fields {
		bound("name", f.Name, 1, 256)
		bound("value", f.Value, 1, 1024)
		if inside, ok := strings.CutPrefix(f.Value, "```\n"); ok {
			if inside, ok = strings.CutSuffix(inside, "\n```"); !ok || strings.Contains(inside, "`") {
				t.Errorf("the code ends early: %q", f.Value)
			}
		} else {
			inert(t, f.Value)
		}
	}
	if total > 6000 {
		t.Errorf("%d characters in all", total)
	}
}

// inert wants a backslash in front of every mark, and no mark behind an escaped backslash.
func inert(t *testing.T, s string) {
	t.Helper()
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++ // what follows is text
		} else if strings.IndexByte("`*_~|<>@:[]()#-", s[i]) >= 0 {
			t.Errorf("%q is not escaped in %q", s[i], s)
			return
		}
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

func TestWorstCase(t *testing.T) {
	long := strings.Repeat("*", 9000)
	m := notify.Message{
		Title: long, Text: long, Why: long, Next: long, Silence: long, ID: long, Parts: []notify.Message{{Title: long}}, Parted: 2,
		Facts: []notify.Fact{{Name: "f", Values: []string{long}}}, Time: time.Unix(1e9, 0),
	}
	form, err := notify.NewForm(long, long+"@everyone")
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
	for _, tt := range []struct {
		code      int
		answer    string
		permanent bool
		later     time.Duration
	}{
		{code: 200, answer: `{"id":"1"}`},
		{code: 204},
		{code: 400, answer: `{"message":"Invalid Form Body","code":50035}`, permanent: true},
		{code: 404, answer: `{"message":"Unknown Webhook SECRETSECRET","code":10015}`},
		{code: 429, answer: `{"message":"You are being rate limited.","retry_after":1.5,"global":false}`, later: 1500 * time.Millisecond},
		{code: 429, answer: `{"retry_after":1e300}`, later: time.Hour},
		{code: 429, answer: `{"retry_after":-1}`},
		{code: 429, answer: `<html>`},
		{code: 503},
	} {
		var path string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path = r.URL.String()
			if body, err := io.ReadAll(r.Body); err != nil || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%v, %v", err, r.Header)
			} else {
				check(t, body)
			}
			w.WriteHeader(tt.code)
			_, _ = io.WriteString(w, tt.answer)
		}))
		n := newNotifier(t, Config{URL: server.URL + "/api/webhooks/1/SECRETSECRET?thread_id=7"})
		err := n.Notify(t.Context(), &notifytest.Samples()[0])
		server.Close()
		if path != "/api/v10/webhooks/1/SECRETSECRET?thread_id=7&wait=true" {
			t.Errorf("posted to %s", path)
		}
		later, _ := errors.AsType[*notify.LaterError](err)
		if (err == nil) != (tt.code < 300) || notify.IsPermanent(err) != tt.permanent || (later != nil) != (tt.later > 0) ||
			later != nil && later.After != tt.later {
			t.Errorf("%d %s: %v", tt.code, tt.answer, err)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("the error shows the URL: %v", err)
		}
	}
}

func TestNewChecks(t *testing.T) {
	for want, c := range map[string]Config{
		"discord: the URL does not begin": {URL: "discord.com/api/webhooks/SECRET"},
		"discord: ca":                     {URL: "https://h.example/SECRET", HTTP: post.Config{CA: []byte("x")}},
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
