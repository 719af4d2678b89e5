package webhook

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
	"pinwatch/notify/post"
)

// faulty is a server that misbehaves in the way its path names.
func faulty(t *testing.T) *httptest.Server {
	t.Helper()
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		conn := func() *net.TCPConn {
			c, _, _ := w.(http.Hijacker).Hijack()
			return c.(*net.TCPConn)
		}
		switch strings.TrimPrefix(r.URL.Path, "/hunter2hunter2/") {
		case "slow":
			<-hang
		case "reset":
			c := conn()
			c.SetLinger(0)
			c.Close()
		case "half":
			c := conn()
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
			c.Close()
		case "redirect":
			http.Redirect(w, r, "http://127.0.0.1:1/hunter2", http.StatusTemporaryRedirect)
		case "busy":
			w.Header().Set("Retry-After", "42")
			w.WriteHeader(http.StatusTooManyRequests)
		case "refused":
			http.Error(w, "no such field in "+r.URL.Path, http.StatusBadRequest)
		case "gone":
			w.WriteHeader(http.StatusGone)
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(hang) })
	return server
}

func TestFaults(t *testing.T) {
	server := faulty(t)
	m := notifytest.Samples()[0]
	tests := []struct {
		path      string
		permanent bool
		later     time.Duration
		want      string
	}{
		{path: "slow", want: "no whole answer within 50ms"},
		{path: "reset", want: "reset"},
		{path: "half", want: "unexpected EOF"},
		{path: "redirect", want: "307 Temporary Redirect, which is not followed"},
		{path: "busy", later: 42 * time.Second, want: "429 Too Many Requests (asked to wait for 42s)"},
		{path: "refused", permanent: true, want: `400 Bad Request: "no such field in ***"`},
		{path: "gone", want: "410 Gone"},
	}
	for _, tt := range tests {
		timeout := 10 * time.Second
		if tt.path == "slow" {
			timeout = 50 * time.Millisecond
		}
		n := newNotifier(t, Config{URL: server.URL + "/hunter2hunter2/" + tt.path, HTTP: post.Config{Timeout: timeout}})
		err := n.Notify(t.Context(), &m)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") ||
			notify.IsPermanent(err) != tt.permanent {
			t.Errorf("%s: %v", tt.path, err)
		}
		if later, _ := errors.AsType[*notify.LaterError](err); (later != nil) != (tt.later != 0) ||
			later != nil && later.After != tt.later {
			t.Errorf("%s: %+v", tt.path, later)
		}
	}
}

// TestMutualTLS: a server that knows us by a certificate, and verifies the signature as well.
func TestMutualTLS(t *testing.T) {
	r := &receiver{}
	server := httptest.NewUnstartedServer(r)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	m := notifytest.Samples()[0]

	with := Config{URL: server.URL, Secrets: []string{secret}, HTTP: post.Config{CA: cert, ClientCert: cert, ClientKey: keyPEM}}
	if err := newNotifier(t, with).Notify(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	if err := verify(t, secret, r.seen[0]); err != nil {
		t.Error(err)
	}
	without := Config{URL: server.URL, HTTP: post.Config{CA: cert}}
	if err := newNotifier(t, without).Notify(t.Context(), &m); err == nil || len(r.seen) != 1 {
		t.Errorf("without a client certificate: %v", err)
	}
}

func TestProxy(t *testing.T) {
	r := newReceiver(t)
	n := newNotifier(t, Config{URL: "http://hooks.invalid/hunter2", HTTP: post.Config{Proxy: r.URL}})
	m := notifytest.Samples()[0]
	if err := n.Notify(t.Context(), &m); err != nil || len(r.seen) != 1 {
		t.Errorf("%v, the proxy saw %d requests", err, len(r.seen))
	}
}

// TestCloudEvent holds events against the JSON schema of CloudEvents 1.0: what is required, of which type, and how long.
func TestCloudEvent(t *testing.T) {
	r := newReceiver(t)
	n := newNotifier(t, Config{URL: r.URL, Format: CloudEvents})
	for _, m := range append(notifytest.Samples(), notifytest.ManyNames()) {
		if err := n.Notify(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
		last := r.seen[len(r.seen)-1]
		var got map[string]any
		if err := json.Unmarshal(last.body, &got); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"specversion", "id", "source", "type", "subject", "time", "datacontenttype"} {
			if s, isString := got[name].(string); !isString || s == "" {
				t.Errorf("%s: %s is %v", m.ID, name, got[name])
			}
		}
		for name := range got {
			if strings.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
				t.Errorf("%s: an attribute is named %q", m.ID, name)
			}
		}
		if _, isObject := got["data"].(map[string]any); !isObject || got["specversion"] != "1.0" || got["id"] != m.ID {
			t.Errorf("%s: %v", m.ID, got["specversion"])
		}
		if _, err := time.Parse(time.RFC3339, got["time"].(string)); err != nil {
			t.Errorf("%s: %v", m.ID, err)
		}
		if _, err := url.Parse(got["source"].(string)); err != nil {
			t.Errorf("%s: %v", m.ID, err)
		}
		if number, isNumber := got["severitynumber"].(float64); !isNumber || number < 9 || number > 21 {
			t.Errorf("%s: severity %v", m.ID, got["severitynumber"])
		}
	}
}

// TestFormatsPage holds the tables of docs/notify-formats.md to what is sent.
func TestFormatsPage(t *testing.T) {
	const page = "../../docs/notify-formats.md"
	r := newReceiver(t)
	n := newNotifier(t, Config{URL: r.URL, Format: CloudEvents, Secrets: []string{secret}})
	m := notifytest.Samples()[0]
	if err := n.Notify(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	for _, cells := range notifytest.Rows(t, page, "Webhooks") {
		if r.seen[0].header.Get(cells[0]) == "" {
			t.Errorf("the page has the header %s, which was not sent", cells[0])
		}
	}
	var e map[string]any
	if err := json.Unmarshal(r.seen[0].body, &e); err != nil {
		t.Fatal(err)
	}
	for _, cells := range notifytest.Rows(t, page, "CloudEvents") {
		if _, there := e[cells[0]]; !there {
			t.Errorf("the page has the attribute %s, which was not sent", cells[0])
		}
		delete(e, cells[0])
	}
	for name := range e {
		t.Errorf("the page has no attribute %s", name)
	}
}

// BenchmarkNotify: 1,000 messages a second are wanted of a dispatcher, so this must be far below a millisecond.
func BenchmarkNotify(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
	}))
	defer server.Close()
	n, err := New(Config{URL: server.URL, Secrets: []string{secret}, Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	m := notifytest.Samples()[0]
	for b.Loop() {
		if err := n.Notify(b.Context(), &m); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
