package fetch

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

func TestHeaders(t *testing.T) {
	var got http.Header
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		w.Write([]byte("data"))
	})
	c := newClient(t, Config{Version: "1.2", Contact: "security@example.com"})
	plain := map[string]string{
		"User-Agent": "pinwatch/1.2 (+security@example.com)", "Accept-Encoding": "gzip, identity",
		"Cache-Control": "", "If-None-Match": "", "If-Modified-Since": "",
	}
	fresh := map[string]string{"Cache-Control": "no-cache", "User-Agent": plain["User-Agent"]}
	conditional := map[string]string{"If-None-Match": `"x"`, "If-Modified-Since": "then", "Cache-Control": ""}
	for _, tt := range []struct {
		request Request
		want    map[string]string
	}{
		{Request{}, plain},
		{Request{Fresh: true}, fresh},
		{Request{ETag: `"x"`, LastModified: "then"}, conditional},
		{Request{}, plain}, // nothing of the others is left behind
	} {
		tt.request.URL, tt.request.MaxBytes = url, 4
		if _, err := c.Get(t.Context(), nil, tt.request); err != nil {
			t.Fatal(err)
		}
		for name, want := range tt.want {
			if got.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, got.Get(name), want)
			}
		}
	}
}

func TestConditional(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"2"`)
		w.Header().Set("Last-Modified", "today")
		if r.Header.Get("If-None-Match") == `"2"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write([]byte("list"))
	})
	c := newClient(t, Config{})
	first, err := c.Get(t.Context(), nil, Request{URL: url, MaxBytes: 4, ETag: `"1"`})
	if err != nil || string(first.Body) != "list" || first.NotModified || first.ETag != `"2"` || first.LastModified != "today" {
		t.Fatalf("got %+v and %v", first, err)
	}
	again, err := c.Get(t.Context(), nil, Request{URL: url, MaxBytes: 4, ETag: first.ETag})
	if err != nil || len(again.Body) != 0 || !again.NotModified {
		t.Fatalf("got %+v and %v", again, err)
	}
}

func TestContactIsRequired(t *testing.T) {
	asked := errors.New("asked")
	transport := &server{answer: func(*http.Request) (*http.Response, error) { return nil, asked }}
	for url, want := range map[string]error{
		"http://127.0.0.1/":           asked,
		"http://127.8.9.10:1234/x":    asked,
		"http://[::1]/":               asked,
		"http://[::ffff:127.0.0.1]/":  asked,
		"http://LocalHost.:80/":       asked,
		"https://a.localhost/":        asked,
		"http://192.168.0.1/":         ErrNoContact,
		"https://ct.example/":         ErrNoContact,
		"https://localhost.example/":  ErrNoContact,
		"https://127.0.0.1.example/":  ErrNoContact,
		"https://localhost@example/":  ErrNoContact,
		"file:///etc/passwd":          nil,
		"ftp://127.0.0.1/":            nil,
		"127.0.0.1/":                  nil,
		"http:///x":                   nil,
		"http://127.0.0.1:port/":      nil,
		"http://127.0.0.1/\x7f":       nil,
		"https://user:secret@example": ErrNoContact,
	} {
		c := newClient(t, Config{Transport: transport})
		_, err := c.Get(t.Context(), nil, Request{URL: url, MaxBytes: 4})
		if err == nil || want != nil && !errors.Is(err, want) || want == nil && errors.Is(err, asked) {
			t.Errorf("%s: %v, want %v", url, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the password is in the error: %v", url, err)
		}
		admitted := c.Admits(url)
		if (admitted == nil) != errors.Is(want, asked) || errors.Is(want, ErrNoContact) && !errors.Is(admitted, want) {
			t.Errorf("%s: Admits says %v, want %v", url, admitted, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, config := range []Config{{Contact: "a@b\r\nX: y"}, {Contact: "é"}, {Version: "1\t"}} {
		if _, err := New(config); err == nil {
			t.Errorf("%+v was accepted", config)
		}
	}
}

func TestRedirects(t *testing.T) {
	tests := map[string]struct {
		hops []string // where each request leads
		ok   bool
		n    int // requests
	}{
		"relative":       {[]string{"/b"}, true, 2},
		"another host":   {[]string{"https://mirror.example/b"}, true, 2},
		"three":          {[]string{"/b", "/c", "/d"}, true, 4},
		"four":           {[]string{"/b", "/c", "/d", "/e"}, false, 4},
		"to plain http":  {[]string{"http://log.example/b"}, false, 1},
		"to a file":      {[]string{"file:///etc/passwd"}, false, 1},
		"to loopback":    {[]string{"https://localhost/b"}, false, 1},
		"to the inside":  {[]string{"https://192.168.1.1/b"}, false, 1},
		"to metadata":    {[]string{"https://169.254.169.254/latest"}, false, 1},
		"to no address":  {[]string{"https://[::1/"}, false, 1},
		"to another way": {[]string{"https://[fd00::1]/"}, false, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			n := 0
			transport := &server{answer: func(*http.Request) (*http.Response, error) {
				if n++; n > len(tt.hops) {
					return response(200, "data"), nil
				}
				return response(302, "elsewhere", "Location", tt.hops[n-1]), nil
			}}
			c := newClient(t, Config{Transport: transport, Contact: "test@example.com"})
			got, err := c.Bound("op", "log").Get(t.Context(), nil, logURL, 4, false)
			if tt.ok && (err != nil || string(got) != "data") || !tt.ok && !errors.Is(err, ErrRedirect) || n != tt.n {
				t.Errorf("got %q and %v after %d requests", got, err, n)
			}
		})
	}
}

// One connection serves many requests, refused ones included, and HTTP/2 is spoken where the server does.
func TestConnectionsAreReused(t *testing.T) {
	var connections, requests, http2 atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 {
			http2.Add(1)
		}
		if n := requests.Add(1); n%10 == 0 {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(gzipped(t, []byte("data")))
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	for _, version := range []int{1, 2} {
		transport := (&Config{}).newTransport()
		transport.TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		transport.TLSClientConfig.NextProtos = nil
		transport.ForceAttemptHTTP2 = version == 2
		c := newClient(t, Config{Transport: transport})
		connections.Store(0)
		http2.Store(0)
		for range 50 {
			_, _ = c.Bound("op", "log").Get(t.Context(), nil, s.URL, 4, false)
		}
		if connections.Load() != 1 || http2.Load() != int64(50*(version-1)) {
			t.Errorf("HTTP/%d: %d connections, %d requests by HTTP/2", version, connections.Load(), http2.Load())
		}
	}
}

func TestBufferIsReused(t *testing.T) {
	data := strings.Repeat("tile", 10_000)
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(gzipped(t, []byte(data)))
	})
	b := newClient(t, Config{}).Bound("op", "log")
	buf := make([]byte, 0, len(data)+512) // gunzip wants a little more than it needs
	got, err := b.Get(t.Context(), func() []byte { return buf }, url, len(data), false)
	if err != nil || string(got) != data || &got[0] != &buf[:1][0] {
		t.Errorf("%d bytes, %v, or in another buffer", len(got), err)
	}
}

// A request that waits for its answer holds no room, and the room that was taken serves for the next attempt.
func TestRoomIsTakenForABody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts, rooms := 0, 0
		c, _ := bubble(t, Config{}, func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			attempts++
			if want := max(0, min(attempts-2, 1)); rooms != want {
				t.Errorf("%d rooms before answer %d, want %d", rooms, attempts, want)
			}
			switch attempts {
			case 1:
				return response(503, "later"), nil
			case 2:
				r := response(200, "dat")
				r.Body = io.NopCloser(io.MultiReader(r.Body, iotest.ErrReader(io.ErrUnexpectedEOF)))
				return r, nil
			}
			return response(200, "data"), nil
		})
		room := func() []byte { rooms++; return []byte("> ") }
		got, err := c.Bound("op", "log").Get(t.Context(), room, logURL, 4, false)
		if string(got) != "> data" || err != nil || attempts != 3 || rooms != 1 {
			t.Errorf("%q, %v, %d attempts, %d rooms", got, err, attempts, rooms)
		}
	})
}

func TestStates(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	c := newClient(t, Config{Limits: map[string]Limit{"b": {RequestsPerSecond: 7, Parallel: 3}}})
	for _, r := range []Request{{Operator: "b", URL: url}, {Operator: "a", URL: url + "x"}} {
		_, _ = c.Get(t.Context(), nil, r)
	}
	states := c.States()
	if len(states) != 2 || states[0].Operator != "a" || states[1].Operator != "b" {
		t.Fatalf("states %+v", states)
	}
	a, b := states[0], states[1]
	if a.RetryAfter != 10*time.Minute || time.Until(a.PausedUntil) < 9*time.Minute || a.Allowed == 0 || a.Parallel != 2 {
		t.Errorf("a: %+v", a)
	}
	if !b.PausedUntil.IsZero() || b.Cause != nil || b.Allowed != 7 || b.Parallel != 3 {
		t.Errorf("b: %+v", b)
	}
	var status *StatusError
	if !errors.As(a.Cause, &status) || !strings.Contains(fmt.Sprint(a.Cause), "retry after 10m0s") {
		t.Errorf("cause %v", a.Cause)
	}
}
