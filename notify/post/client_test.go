package post

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/notify"
)

const secretPath = "/services/T0123/B0456/hunter2hunter2"

func newClient(t *testing.T, c Config) *Client {
	t.Helper()
	client, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.transport.CloseIdleConnections)
	return client
}

func TestPost(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		user, password, _ := r.BasicAuth()
		w.Header().Set("X-Seen", strings.Join([]string{
			r.Method, r.URL.String(), r.Header.Get("Webhook-Id"), r.UserAgent(), user, password, string(body),
		}, " "))
		if _, sent := r.Header["Idempotency-Key"]; sent {
			t.Error("a header was sent that is for the transport only")
		}
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, "taken")
	}))
	defer server.Close()
	withUser := strings.Replace(server.URL, "http://", "http://anna:secret@", 1)

	client := newClient(t, Config{UserAgent: "pinwatch/1"})
	response, err := client.Post(t.Context(), withUser+"/a%2fb?c=d#e", http.Header{"webhook-id": {"m1"}}, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{http.StatusText(response.Code), response.Header.Get("X-Seen"), string(response.Body)}
	want := []string{"Accepted", "POST /a%2fb?c=d m1 pinwatch/1 anna secret {}", "taken"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	header := http.Header{"Authorization": {"Bearer t"}, "User-Agent": {"mine"}}
	if response, err = client.Get(t.Context(), withUser, header); err != nil {
		t.Fatal(err)
	}
	if got, want := response.Header.Get("X-Seen"), "GET /  mine"; got != want {
		t.Errorf("the server saw %q, want %q", got, want)
	}
}

func TestStatus(t *testing.T) {
	tests := []struct {
		code       int
		retryAfter string
		permanent  bool
		later      time.Duration
	}{
		{code: 301},
		{code: 307},
		{code: 308},
		{code: 400, permanent: true},
		{code: 400, retryAfter: "5", permanent: true},
		{code: 401},
		{code: 403},
		{code: 404},
		{code: 405},
		{code: 408},
		{code: 410},
		{code: 413, permanent: true},
		{code: 414, permanent: true},
		{code: 415, permanent: true},
		{code: 422, permanent: true},
		{code: 431, permanent: true},
		{code: 404, retryAfter: "60", later: time.Minute},
		{code: 425, retryAfter: "1", later: time.Second},
		{code: 429},
		{code: 429, retryAfter: "soon"},
		{code: 429, retryAfter: "30", later: 30 * time.Second},
		{code: 429, retryAfter: "99999999999", later: maxRetryAfter},
		{code: 500},
		{code: 502},
		{code: 504},
		{code: 503, retryAfter: "Wed, 01 Jul 2026 12:01:00 GMT", later: time.Minute},
		{code: 999},
	}
	for _, tt := range tests {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://192.0.2.1/")
			w.Header().Set("Date", "Wed, 01 Jul 2026 12:00:00 GMT")
			if tt.retryAfter != "" {
				w.Header().Set("Retry-After", tt.retryAfter)
			}
			w.WriteHeader(tt.code)
			io.WriteString(w, "no such hook: "+r.URL.String()+"\x1b[2J")
		}))
		response, err := newClient(t, Config{}).Post(t.Context(), server.URL+secretPath+"?key=hunter3hunter3", nil, nil)
		server.Close()
		status, isStatus := errors.AsType[*StatusError](err)
		if !isStatus || response == nil || response.Code != tt.code || status.Code != tt.code {
			t.Errorf("%d: %v", tt.code, err)
			continue
		}
		if notify.IsPermanent(err) != tt.permanent {
			t.Errorf("%d: permanent is %v", tt.code, !tt.permanent)
		}
		later, _ := errors.AsType[*notify.LaterError](err)
		if later == nil && tt.later != 0 || later != nil && later.After != tt.later {
			t.Errorf("%d, Retry-After %q: %+v, want %v", tt.code, tt.retryAfter, later, tt.later)
		}
		if text := err.Error(); !strings.Contains(text, "no such hook") || strings.Contains(text, "hunter") ||
			strings.Contains(text, "T0123") && strings.Contains(text, "B0456") || strings.Contains(text, "\x1b") {
			t.Errorf("%d: the error is %s", tt.code, text)
		}
	}
}

// rawServer answers every connection with bytes, after the beginning of a request was read, and closes it.
func rawServer(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 4096))
			io.WriteString(conn, answer)
			if answer == "" {
				conn.(*net.TCPConn).SetLinger(0) // a reset
			}
			conn.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}

// TestBroken: whatever breaks is tried again, and what is shown of it names the host and no secret.
func TestBroken(t *testing.T) {
	tests := []struct{ name, url, want string }{
		{"reset", rawServer(t, ""), ""},
		{"no answer", rawServer(t, "HTTP/1.1 "), ""},
		{"not HTTP", rawServer(t, "SSH-2.0 "+secretPath+"\x1b\r\n\r\n"), "malformed"},
		{"half a body", rawServer(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), "read the answer: unexpected EOF"},
		{"endless header", rawServer(t, "HTTP/1.1 200 OK\r\nA: "+strings.Repeat("a", maxHeaders+5000)+"\r\n\r\n"), ""},
		{"nobody there", "http://127.0.0.1:1", "refused"},
		{"no such host", "http://nosuchhost.invalid", ""},
		{"no TLS", strings.Replace(rawServer(t, "HTTP/1.1 200 OK\r\n\r\n"), "http", "https", 1), "tls: "},
	}
	for _, tt := range tests {
		client := newClient(t, Config{Proxy: Direct, Timeout: 10 * time.Second})
		_, err := client.Post(t.Context(), tt.url+secretPath+"?key=hunter3", nil, []byte("{}"))
		host := tt.url[strings.LastIndex(tt.url, "/")+1:]
		if err == nil || notify.IsPermanent(err) || !strings.HasPrefix(err.Error(), host+": ") ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		} else if strings.Contains(err.Error(), "hunter") || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
			t.Errorf("%s: the error shows too much: %s", tt.name, err)
		}
	}
}

func TestSlow(t *testing.T) {
	for _, part := range []string{"nothing", "status", "drip"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			if part != "nothing" {
				w.WriteHeader(http.StatusOK)
				http.NewResponseController(w).Flush()
			}
			for part == "drip" && r.Context().Err() == nil {
				io.WriteString(w, ".")
				if http.NewResponseController(w).Flush() != nil {
					break
				}
			}
			<-r.Context().Done()
		}))
		client := newClient(t, Config{Timeout: 50 * time.Millisecond})
		_, err := client.Post(t.Context(), server.URL, nil, []byte("{}"))
		// A server that took it and then does not stop sending has taken it: what is read is bounded before time is.
		if part != "drip" && (!errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "within 50ms")) {
			t.Errorf("%s: %v", part, err)
		}

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err = client.Post(ctx, server.URL, nil, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, canceled: %v", part, err)
		}
		server.CloseClientConnections()
		server.Close()
	}
}

func TestLargeBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		io.WriteString(w, strings.Repeat("a", 10*maxBody))
	}))
	defer server.Close()
	response, err := newClient(t, Config{}).Post(t.Context(), server.URL, nil, nil)
	if err != nil || len(response.Body) != maxBody {
		t.Errorf("%v, want %d bytes", err, maxBody)
	}
}

// TestConnectionsAreKept: a burst of messages opens one connection, also when they are refused.
func TestConnectionsAreKept(t *testing.T) {
	opened := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, strings.Repeat("busy", 100))
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened++
		}
	}
	server.Start()
	client := newClient(t, Config{})
	for range 50 {
		if _, err := client.Post(t.Context(), server.URL, nil, []byte("{}")); err == nil {
			t.Fatal("taken")
		}
	}
	server.Close()
	if opened != 1 {
		t.Errorf("%d connections were opened", opened)
	}
}
