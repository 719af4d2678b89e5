package ping

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
	"pinwatch/notify/post"
)

var update = flag.Bool("update", false, "write the golden files anew")

// service is a healthchecks server: it notes what it saw, and answers in turn what it is told, then OK.
type service struct {
	*httptest.Server
	seen    []string
	body    []byte
	answers []func(http.ResponseWriter)
}

func newService(t *testing.T, answers ...func(http.ResponseWriter)) *service {
	t.Helper()
	s := &service{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.body, _ = io.ReadAll(r.Body)
		s.seen = append(s.seen, r.Method+" "+r.URL.String())
		if len(s.answers) > 0 {
			answer := s.answers[0]
			s.answers = s.answers[1:]
			answer(w)
			return
		}
		io.WriteString(w, "OK")
	}))
	t.Cleanup(s.Close)
	return s
}

func status(code int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(code) }
}

func newNotifier(t *testing.T, c Config) *Notifier {
	t.Helper()
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	n.pauses = []time.Duration{time.Millisecond, time.Millisecond}
	return n
}

func beat(event string) *notify.Message {
	return &notify.Message{
		Version: notify.Version, ID: "b1", Kind: notify.Heartbeat, Event: event, Severity: notify.Info, Thread: "heartbeat",
		Time: time.Date(2026, 11, 21, 10, 20, 30, 0, time.UTC), Title: "all 42 logs are looked at",
		Facts: []notify.Fact{{Name: "logs", Values: []string{"42"}}},
	}
}

func TestEvents(t *testing.T) {
	const path = "/ping/7f6d?rid=1"
	s := newService(t)
	tests := []struct {
		config Config
		event  string
		want   string
	}{
		{Config{URL: path}, "ok", "POST /ping/7f6d?rid=1"},
		{Config{URL: path}, "failed", "POST /ping/7f6d/fail?rid=1"},
		{Config{URL: path}, "start", "POST /ping/7f6d/start?rid=1"},
		{Config{URL: path}, "on fire", "POST /ping/7f6d/fail?rid=1"},
		{Config{URL: path}, "", "POST /ping/7f6d/fail?rid=1"},
		{Config{URL: path, Method: GET}, "ok", "GET /ping/7f6d?rid=1"},
		{Config{URL: "/push?status=up", FailURL: "/push?status=down", Method: GET}, "failed", "GET /push?status=down"},
		{Config{URL: "/push?status=up", FailURL: "/push?status=down", Method: GET}, "ok", "GET /push?status=up"},
	}
	for _, tt := range tests {
		c := tt.config
		c.URL = s.URL + c.URL
		if c.FailURL != "" {
			c.FailURL = s.URL + c.FailURL
		}
		if err := newNotifier(t, c).Notify(t.Context(), beat(tt.event)); err != nil {
			t.Errorf("%s: %v", tt.event, err)
		}
		if got := s.seen[len(s.seen)-1]; got != tt.want {
			t.Errorf("%s: the service saw %s, want %s", tt.event, got, tt.want)
		}
	}
}

// TestGolden: what comes of a message of every kind. Those that are no heartbeat are refused, but for tests.
func TestGolden(t *testing.T) {
	s := newService(t)
	n := newNotifier(t, Config{URL: s.URL + "/7f6d"})
	var got bytes.Buffer
	for _, m := range append(notifytest.Samples(), *beat("failed")) {
		s.seen, s.body = nil, nil
		err := n.Notify(t.Context(), &m)
		if (err == nil) != (m.Kind == notify.Heartbeat || m.Test) || err != nil && (!notify.IsPermanent(err) || s.seen != nil) {
			t.Errorf("%s: %v, and the service saw %q", m.ID, err, s.seen)
		}
		fmt.Fprintf(&got, "%s %s %q\n%s\n", m.ID, m.Event, s.seen, s.body)
	}
	notifytest.Golden(t, *update, "pings.golden", got.Bytes())
}

func TestBodyIsBounded(t *testing.T) {
	s := newService(t)
	n := newNotifier(t, Config{URL: s.URL})
	m := notifytest.ManyNames()
	m.Kind, m.Event, m.Text = notify.Heartbeat, notify.EventOK, strings.Repeat("é", 100_000)
	if err := n.Notify(t.Context(), &m); err != nil || len(s.body) > maxBody || len(s.body) < 1000 {
		t.Errorf("%v, %d bytes", err, len(s.body))
	}
	hostile := notifytest.Hostile()
	hostile.Kind, hostile.Event = notify.Heartbeat, notify.EventOK
	if err := n.Notify(t.Context(), &hostile); err != nil || bytes.ContainsAny(s.body, "\x1b\x00\r\x7f") {
		t.Errorf("%v, the body is %q", err, s.body)
	}
}

func TestRetries(t *testing.T) {
	says := func(text string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { io.WriteString(w, text) }
	}
	later := func(seconds string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", seconds)
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	tests := []struct {
		name    string
		answers []func(http.ResponseWriter)
		tries   int
		want    string // of the error; empty: taken
	}{
		{"at once", nil, 1, ""},
		{"the second time", []func(http.ResponseWriter){status(502)}, 2, ""},
		{"the last time", []func(http.ResponseWriter){status(502), status(404)}, 3, ""},
		{"never", []func(http.ResponseWriter){status(500), status(500), status(500)}, 3, "500"},
		{"bad request", []func(http.ResponseWriter){status(400)}, 1, "400"},
		{"asked to wait for longer than it is worth", []func(http.ResponseWriter){later("60")}, 1, "1m0s"},
		{"no such check", []func(http.ResponseWriter){says("OK (not found)\n")}, 1, `"OK (not found)"`},
		{"too often", []func(http.ResponseWriter){says("OK (rate limited)")}, 1, `"OK (rate limited)"`},
	}
	for _, tt := range tests {
		s := newService(t, tt.answers...)
		err := newNotifier(t, Config{URL: s.URL + "/hunter2hunter2"}).Notify(t.Context(), beat("ok"))
		if len(s.seen) != tt.tries || (err == nil) != (tt.want == "") {
			t.Errorf("%s: %d attempts, %v", tt.name, len(s.seen), err)
		}
		if err != nil && (!notify.IsPermanent(err) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newService(t, func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusBadGateway)
		cancel()
	})
	n := newNotifier(t, Config{URL: s.URL})
	n.pauses = []time.Duration{time.Hour}
	if err := n.Notify(ctx, beat("ok")); err == nil {
		t.Error("taken")
	}
	if err := n.Notify(ctx, beat("ok")); !errors.Is(err, context.Canceled) || notify.IsPermanent(err) {
		t.Errorf("%v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		config Config
		want   string
	}{
		{Config{}, "URL"},
		{Config{URL: "hunter2"}, "URL"},
		{Config{URL: "https://a.example/%zzhunter2"}, "URL"},
		{Config{URL: "https://a.example", FailURL: "ftp://hunter2"}, "https://"},
		{Config{URL: "https://a.example", Method: "PUT"}, `"PUT"`},
		{Config{URL: "https://a.example", HTTP: post.Config{Timeout: -1}}, "timeout"},
	}
	for _, tt := range tests {
		if _, err := New(tt.config); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", tt.want, err)
		}
	}
	n, err := New(Config{URL: "https://a.example/x"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"ok": "https://a.example/x", "failed": "https://a.example/x/fail", "start": "https://a.example/x/start"}
	if diff := cmp.Diff(want, n.urls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
