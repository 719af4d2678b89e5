package webhook

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	secret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	oldSecret = "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=="
)

// request is what a receiver saw.
type request struct {
	header http.Header
	body   []byte
}

// receiver is a server that answers with the codes in turn, and with 204 after them.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	seen  []request
	codes []int
}

func newReceiver(t *testing.T, codes ...int) *receiver {
	t.Helper()
	r := &receiver{codes: codes}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, request{req.Header, body})
	code := http.StatusNoContent
	if len(r.codes) > 0 {
		code, r.codes = r.codes[0], r.codes[1:]
	}
	w.WriteHeader(code)
}

func newNotifier(t *testing.T, c Config) *Notifier {
	t.Helper()
	if c.Now == nil {
		c.Now = time.Now
	}
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestGolden: what is sent for a message of every kind, in each format.
func TestGolden(t *testing.T) {
	for _, format := range []string{JSON, CloudEvents} {
		r := newReceiver(t)
		n := newNotifier(t, Config{URL: r.URL, Format: format, Source: "https://ct.example.net/pinwatch"})
		var got bytes.Buffer
		for _, m := range notifytest.Samples() {
			if err := n.Notify(t.Context(), &m); err != nil {
				t.Fatal(err)
			}
			last := r.seen[len(r.seen)-1]
			got.WriteString(last.header.Get("Webhook-Id") + " " + last.header.Get("Content-Type") + "\n")
			if err := json.Indent(&got, last.body, "", " "); err != nil {
				t.Errorf("%s: %v", m.ID, err)
			}
			got.WriteString("\n")
		}
		notifytest.Golden(t, *update, format+".golden", got.Bytes())
	}
}

// TestJSONIsTheMessage: what arrives reads as what was sent.
func TestJSONIsTheMessage(t *testing.T) {
	r := newReceiver(t)
	plain, cloud := newNotifier(t, Config{URL: r.URL}), newNotifier(t, Config{URL: r.URL, Format: CloudEvents})
	for _, m := range notifytest.Samples() {
		want, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		r.seen = nil
		if err := plain.Notify(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
		if err := cloud.Notify(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
		var e event
		if err := json.Unmarshal(r.seen[1].body, &e); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(r.seen[0].body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", m.ID, diff)
		}
		if diff := cmp.Diff(string(want), string(e.Data)); diff != "" {
			t.Errorf("%s in a CloudEvent (-want +got):\n%s", m.ID, diff)
		}
	}
}

// TestLarge: a certificate with 10,000 names is told, also to a server that takes no more than 64 KiB.
func TestLarge(t *testing.T) {
	m := notifytest.ManyNames()
	for _, format := range []string{JSON, CloudEvents} {
		r := newReceiver(t, http.StatusRequestEntityTooLarge)
		n := newNotifier(t, Config{URL: r.URL, Format: format, Secrets: []string{secret}})
		if err := n.Notify(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
		if len(r.seen) != 2 || len(r.seen[0].body) > maxBody || len(r.seen[1].body) > smallBody {
			t.Fatalf("%s: %d requests, the last of %d bytes", format, len(r.seen), len(r.seen[len(r.seen)-1].body))
		}
		for _, seen := range r.seen {
			if !bytes.Contains(seen.body, []byte("host-00000")) || !bytes.Contains(seen.body, []byte("left out")) {
				t.Errorf("%s: %s", format, seen.body[:200])
			}
		}
		r.codes = []int{http.StatusRequestEntityTooLarge, http.StatusRequestEntityTooLarge}
		if err := n.Notify(t.Context(), &m); !notify.IsPermanent(err) {
			t.Errorf("%s, refused twice: %v", format, err)
		}
	}
}

func TestHeader(t *testing.T) {
	r := newReceiver(t)
	n := newNotifier(t, Config{URL: r.URL, Header: map[string]string{"authorization": "Bearer token", "X-Team": "security"}})
	m := notifytest.Samples()[0]
	m.ID = "m.1\r\nX-Evil: é"
	if err := n.Notify(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, name := range []string{"Authorization", "X-Team", "X-Evil", "Webhook-Id", "Webhook-Signature", "Content-Type"} {
		got[name] = r.seen[0].header.Get(name)
	}
	want := map[string]string{
		"Authorization": "Bearer token", "X-Team": "security", "X-Evil": "", "Webhook-Id": "m_1__X-Evil___",
		"Webhook-Signature": "", "Content-Type": "application/json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNewRefuses(t *testing.T) {
	const url = "https://hooks.example.com/hunter2"
	header := func(name, value string) Config {
		return Config{URL: url, Now: time.Now, Header: map[string]string{name: value}}
	}
	tests := []struct {
		config Config
		want   string
	}{
		{Config{URL: url}, "no clock"},
		{Config{Now: time.Now}, "URL"},
		{Config{Now: time.Now, URL: "hunter2"}, "https://"},
		{Config{Now: time.Now, URL: url, Format: "xml"}, `format "xml"`},
		{Config{Now: time.Now, URL: url, Format: CloudEvents, Source: "http://a:hunter2@b/"}, "source"},
		{Config{Now: time.Now, URL: url, Format: CloudEvents, Source: "\x00hunter2"}, "source"},
		{Config{Now: time.Now, URL: url, Secrets: []string{secret, "hunter2"}}, "secret 2: not whsec_"},
		{Config{Now: time.Now, URL: url, Secrets: []string{""}}, "secret 1"},
		{Config{Now: time.Now, URL: url, Secrets: []string{"whsk_" + strings.Repeat("hunter2A", 8)}}, "ed25519"},
		{Config{Now: time.Now, URL: url, Secrets: []string{strings.Repeat("hunter2A", 12)}}, "whsec_"},
		{header("X Y", "hunter2"), "not a name"},
		{header("X-Y", "hunter2\r\nX: y"), "X-Y: its value"},
		{header("host", "hunter2"), "Host"},
		{header("webhook-ID", "hunter2"), "Webhook-Id"},
	}
	for _, tt := range tests {
		_, err := New(tt.config)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", tt.want, err)
		}
	}
}
