package shout

import (
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// request is what arrived at a server.
type request struct {
	path, title, auth, body string
}

// serve answers with code and text, and keeps what arrives.
func serve(t *testing.T, code int, text string) (host string, got chan request) {
	t.Helper()
	got = make(chan request, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- request{r.URL.Path, r.Header.Get("Title"), r.Header.Get("Authorization"), string(body)}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), got
}

func newNotifier(t *testing.T, c Config) *Notifier {
	t.Helper()
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestServices(t *testing.T) {
	host, got := serve(t, 200, `{"id":"1"}`)
	m := notifytest.Samples()[0]
	for _, tt := range []struct{ url, path, title string }{
		{"generic://" + host + "/hook?disabletls=yes", "/hook", ""},
		{"generic+http://" + host + "/hook", "/hook", ""},
		{"ntfy://user:SECRETPASSWORD@" + host + "/certs?scheme=http", "/certs", "[pinwatch] critical: " + m.Title},
	} {
		if err := newNotifier(t, Config{URL: tt.url}).Notify(t.Context(), &m); err != nil {
			t.Fatalf("%s: %v", tt.url, err)
		}
		r := <-got
		if r.path != tt.path || r.title != tt.title || !strings.Contains(r.body, "www.example.com") || len(r.body) > DefaultSize {
			t.Errorf("%s: %+v", tt.url, r)
		}
	}
}

// TestGolden holds the texts of every kind of message.
func TestGolden(t *testing.T) {
	host, got := serve(t, 200, "{}")
	n := newNotifier(t, Config{URL: "ntfy://" + host + "/certs?scheme=http"})
	var all strings.Builder
	for _, m := range append(notifytest.Samples(), notifytest.ManyNames()) {
		if err := n.Notify(t.Context(), &m); err != nil {
			t.Fatalf("%s: %v", m.ID, err)
		}
		r := <-got
		if !strings.HasPrefix(r.body, "THIS IS A TEST") && !strings.Contains(r.title, strings.SplitN(r.body, "\n", 2)[0][:20]) {
			t.Errorf("the title %q is not that of %q", r.title, r.body)
		}
		if strings.ContainsAny(r.title+r.body, "@<>\x1b\x00\u200b\u202e") || strings.Contains(r.body, "](") ||
			len(r.title) > maxSubject || len(r.body) > DefaultSize {
			t.Errorf("%s is hostile, or of %d bytes: %+v", m.ID, len(r.body), r)
		}
		fmt.Fprintf(&all, "==== %s\n%s\n\n%s\n", m.ID, r.title, r.body)
	}
	notifytest.Golden(t, *update, "texts", []byte(all.String()))
}

// TestErrorsShowNoSecret has servers, and the library itself, repeat what they know.
func TestErrorsShowNoSecret(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("someuser:PassWord1"))
	host, _ := serve(t, 403, `{"code":40301,"error":"forbidden: PassWord1 password1 `+encoded+` /TopicName?x=Query1"}`)
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	for _, at := range []string{host, gone.Addr().String(), "no-such-host.invalid"} {
		for _, u := range []string{
			"ntfy://someuser:PassWord1@" + at + "/TopicName?scheme=http&tags=Query1",
			"generic://" + at + "/TopicName/PassWord1?disabletls=yes&@someuser=Query1",
			"gotify://" + at + "/Asomeuser.Query?disabletls=yes",
			"mattermost://someuser@" + at + "/PassWord1/TopicName?disabletls=yes",
			"matrix://someuser:PassWord1@" + at + "/?disabletls=yes&rooms=TopicName",
		} {
			n, err := New(Config{URL: u, Timeout: 5 * time.Second})
			if err == nil {
				err = n.Notify(t.Context(), &notifytest.Samples()[0])
			}
			if err == nil || notify.IsPermanent(err) || len(err.Error()) > maxShown+40 {
				t.Errorf("%s: %v", u, err)
				continue
			}
			for _, secret := range []string{"password", "someuser", "topicname", "query1", encoded, strings.TrimRight(encoded, "=")} {
				known := strings.Contains(strings.ToLower(u), secret) || strings.HasPrefix(encoded, secret)
				if known && strings.Contains(strings.ToLower(err.Error()), strings.ToLower(secret)) {
					t.Errorf("%s: the error shows %s: %v", u, secret, err)
				}
			}
		}
	}
	err = newNotifier(t, Config{URL: "generic://" + host + "/?disabletls=yes"}).Notify(t.Context(), &notifytest.Samples()[0])
	if err == nil || !strings.Contains(err.Error(), "403") && !strings.Contains(err.Error(), "Forbidden") {
		t.Errorf("the error says too little: %v", err)
	}
}

// TestSlowService has one that does not answer: only one request may wait for it.
func TestSlowService(t *testing.T) {
	release, came := make(chan struct{}), make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		came <- struct{}{}
		<-release
	}))
	defer server.Close()
	n := newNotifier(t, Config{URL: "generic+" + server.URL, Timeout: 100 * time.Millisecond})
	for i := range 3 {
		err := n.Notify(t.Context(), &notifytest.Samples()[0])
		if err == nil || !strings.Contains(err.Error(), context.DeadlineExceeded.Error()) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if len(came) != 1 {
		t.Errorf("%d requests wait", len(came))
	}
	close(release)
	n.timeout = 10 * time.Second
	if err := n.Notify(t.Context(), &notifytest.Samples()[0]); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Notify(canceled, &notifytest.Samples()[0]); err == nil {
		t.Error("the context has ended")
	}
}

func TestOwnTemplate(t *testing.T) {
	host, got := serve(t, 200, "{}")
	form, err := notify.NewForm("", "<b>{{.Title}}</b>")
	if err != nil {
		t.Fatal(err)
	}
	n := newNotifier(t, Config{URL: "generic+http://" + host, Form: form})
	if err := n.Notify(t.Context(), &notify.Message{Title: "<i>@all"}); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.body != "<b>\u2039i\u203a\uff20all</b>" {
		t.Errorf("%q", r.body)
	}
}

func TestNewChecks(t *testing.T) {
	for want, c := range map[string]Config{
		"url: it cannot be read":                    {URL: "::SECRET"},
		"url: it cannot be read; it begins":         {URL: "hooks.example/SECRET"},
		`url: the service "xmpp" is none of bark,`:  {URL: "xmpp://SECRET"},
		`url: the service "logger" is none of bark`: {URL: "logger://"},
		"url: telegram: ":                           {URL: "telegram://SECRET"},
		"url: discord: ":                            {URL: "discord://SECRET"},
		"url: timeout: -1s":                         {URL: "ntfy://h/SECRET", Timeout: -time.Second},
		"url: size: 65537":                          {URL: "ntfy://h/SECRET", Size: maxSize + 1},
	} {
		if _, err := New(c); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if n, err := New(Config{URL: "matrix://user:password@no-such-host.invalid/?rooms=a"}); err != nil {
		t.Errorf("%v, %v: the library was let at the network", n, err)
	}
}
