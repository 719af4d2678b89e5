package pagerduty

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
	"pinwatch/notify/post"
)

var update = flag.Bool("update", false, "write the golden files anew")

const testKey = "e93facc04764012d7bfb002500d5d1a6"

func newNotifier(t *testing.T, c Config) *Notifier {
	t.Helper()
	c.RoutingKey = testKey
	c.HTTP.Proxy = post.Direct
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// sent is an event as https://github.com/PagerDuty/api-schema/blob/main/reference/events-v2/openapiv3.json has it.
type sent struct {
	RoutingKey string `json:"routing_key"`
	Action     string `json:"event_action"`
	DedupKey   string `json:"dedup_key"`
	Client     string `json:"client"`
	ClientURL  string `json:"client_url"`
	Payload    struct {
		Summary   string         `json:"summary"`
		Timestamp time.Time      `json:"timestamp"`
		Severity  string         `json:"severity"`
		Source    string         `json:"source"`
		Component string         `json:"component"`
		Group     string         `json:"group"`
		Class     string         `json:"class"`
		Details   map[string]any `json:"custom_details"`
	} `json:"payload"`
}

// check holds an event against that schema, and the lengths of
// https://developer.pagerduty.com/docs/events-api-v2/trigger-events/.
func check(t *testing.T, body []byte) *sent {
	t.Helper()
	var e sent
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		t.Fatal(err)
	}
	p := e.Payload
	if len(body) > 512<<10 || len(e.RoutingKey) != 32 || !slices.Contains([]string{"trigger", "acknowledge", "resolve"}, e.Action) ||
		e.DedupKey == "" || utf8.RuneCountInString(e.DedupKey) > 255 {
		t.Errorf("%d bytes, action %q, key %q", len(body), e.Action, e.DedupKey)
	}
	if p.Summary == "" || utf8.RuneCountInString(p.Summary) > 1024 || p.Source == "" || p.Timestamp.IsZero() ||
		!slices.Contains([]string{"critical", "error", "warning", "info"}, p.Severity) {
		t.Errorf("payload: %+v", p)
	}
	for _, s := range []string{p.Summary, p.Source, p.Component, p.Group, p.Class, e.DedupKey} {
		if strings.ContainsAny(s, "\r\n\x00\x1b\u202e\u200b") {
			t.Errorf("hostile: %q", s)
		}
	}
	return &e
}

func TestGolden(t *testing.T) {
	n := newNotifier(t, Config{})
	for _, m := range append(notifytest.Samples(), notifytest.ManyNames()) {
		body, err := n.event(&m)
		if err != nil {
			t.Fatal(err)
		}
		if check(t, body); len(body) > maxEvent {
			t.Errorf("%s: %d bytes", m.ID, len(body))
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, body, "", "  "); err != nil {
			t.Fatal(err)
		}
		notifytest.Golden(t, *update, m.ID+".json", pretty.Bytes())
	}
}

// TestAlerts wants all messages of a thread to be one alert, which the last of them resolves.
func TestAlerts(t *testing.T) {
	n := newNotifier(t, Config{Source: "watcher.example.com"})
	keys := map[string]bool{}
	for i, action := range []string{"trigger", "trigger", "trigger", "resolve"} {
		body, err := n.event(&notifytest.Samples()[i])
		if err != nil {
			t.Fatal(err)
		}
		e := check(t, body)
		keys[e.DedupKey] = true
		if e.Action != action || e.Payload.Source != "watcher.example.com" || e.Payload.Component != "example.com" {
			t.Errorf("%s: %+v", action, e)
		}
	}
	if len(keys) != 1 {
		t.Errorf("keys %v", keys)
	}
	for _, hostile := range []string{"", "a\nb", strings.Repeat("x", 256), "a\u200bb"} {
		if key := dedup(hostile); !strings.HasPrefix(key, "pinwatch/") || len(key) > maxDedup || keys[key] {
			t.Errorf("%q: %q", hostile, key)
		}
		keys[dedup(hostile)] = true
	}
}

func TestSeverities(t *testing.T) {
	for word, want := range map[string]string{
		notify.Critical: "critical", notify.High: "error", notify.Medium: "warning", notify.Low: "info", notify.Info: "info",
	} {
		if got := severity(word); got != want {
			t.Errorf("%s: %s, want %s", word, got, want)
		}
	}
}

func TestWorstCase(t *testing.T) {
	long := strings.Repeat(`"\`, 5000)
	m := notify.Message{Title: long, Text: long, Why: long, Next: long, Silence: long, ID: long, Parted: 1000, Time: time.Unix(1e9, 0)}
	for i := range 1000 {
		name := string(rune('a'+i%26)) + string(rune('a'+i/26)) + long
		m.Facts = append(m.Facts, notify.Fact{Name: name, Values: []string{long, long, long}})
		m.Parts = append(m.Parts, notify.Message{Title: long})
	}
	form, err := notify.NewForm(long, long)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Config{{}, {Form: form}} {
		body, err := newNotifier(t, c).event(&m)
		if err != nil {
			t.Fatal(err)
		}
		if check(t, body); len(body) > maxEvent {
			t.Errorf("%d bytes", len(body))
		}
	}
}

// TestNotify has a server answer as PagerDuty documents, and repeat the key, which it should not.
func TestNotify(t *testing.T) {
	for code, tt := range map[int]struct {
		permanent bool
		later     time.Duration
	}{202: {}, 400: {permanent: true}, 429: {later: 7 * time.Second}, 500: {}} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if body, err := io.ReadAll(r.Body); err != nil || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%v, %v", err, r.Header)
			} else if e := check(t, body); e.RoutingKey != testKey {
				t.Errorf("key %q", e.RoutingKey)
			}
			if tt.later > 0 {
				w.Header().Set("Retry-After", "7")
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, `{"status":"invalid event","errors":["bad key `+testKey+`"]}`)
		}))
		err := newNotifier(t, Config{URL: server.URL}).Notify(t.Context(), &notifytest.Samples()[0])
		server.Close()
		later, _ := errors.AsType[*notify.LaterError](err)
		if (err == nil) != (code == 202) || notify.IsPermanent(err) != tt.permanent || (later != nil) != (tt.later > 0) ||
			later != nil && later.After != tt.later {
			t.Errorf("%d: %v", code, err)
		}
		for ; err != nil; err = errors.Unwrap(err) {
			if strings.Contains(err.Error(), testKey) {
				t.Errorf("the error shows the key: %v", err)
			}
		}
	}
}

func TestNewChecks(t *testing.T) {
	for want, c := range map[string]Config{
		"pagerduty: routing key: not 32 characters": {RoutingKey: "SECRET"},
		"pagerduty: the URL":                        {RoutingKey: testKey, URL: "SECRET"},
		"pagerduty: proxy":                          {RoutingKey: testKey, HTTP: post.Config{Proxy: "SECRET"}},
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
		body, err := newNotifier(t, Config{}).event(m)
		if err != nil {
			t.Fatal(err)
		}
		check(t, body)
	})
}
