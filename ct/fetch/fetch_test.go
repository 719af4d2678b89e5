package fetch

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// newClient makes a client that gives up at the first failure.
func newClient(t testing.TB, config Config) *Client {
	t.Helper()
	if config.Attempts == 0 {
		config.Attempts = 1
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// serve starts a server on loopback.
func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL + "/"
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGet(t *testing.T) {
	data := bytes.Repeat([]byte("tile"), 30_000)
	tests := map[string]struct {
		handler http.HandlerFunc
		max     int
		want    error // nil: data
		text    string
	}{
		"announced": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(data)))
			w.Write(data)
		}, len(data), nil, ""},
		"chunked": {func(w http.ResponseWriter, _ *http.Request) {
			for part := range bytes.SplitSeq(data, []byte("e")) {
				w.Write(part)
				w.Write([]byte("e")[:min(1, len(part))])
			}
		}, len(data), nil, ""},
		"gzip": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(gzipped(t, data))
		}, len(data), nil, ""},
		"announced too large": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(data)))
			w.Write(data)
		}, len(data) - 1, ErrTooLarge, "120000 bytes announced"},
		"chunked too large": {func(w http.ResponseWriter, _ *http.Request) {
			w.Write(data[:100])
			w.(http.Flusher).Flush()
			w.Write(data[100:])
		}, len(data) - 1, ErrTooLarge, "more than 119999 bytes"},
		"gzip bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(gzipped(t, data))
		}, len(data) - 1, ErrTooLarge, "more than 119999 bytes"},
		"gzip of nothing without end": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			for member := gzipped(t, nil); r.Context().Err() == nil; {
				if _, err := w.Write(member); err != nil {
					return
				}
			}
		}, 1000, ErrTooLarge, "compressed to more than"},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(data); err != nil {
					return
				}
			}
		}, len(data), ErrTooLarge, "more than 120000 bytes"},
		"unknown encoding": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "zstd")
			w.Write(data)
		}, len(data), ErrEncoding, `"zstd"`},
		"HTML": {func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte("\n<!DOCTYPE HTML><p>too many\x1b[31m"))
		}, len(data), ErrHTML, `"<!DOCTYPE HTML><p>too many\x1b[31m"`},
		"missing": {http.NotFound, len(data), fs.ErrNotExist, `404 Not Found: "404 page not found"`},
		"gone": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusGone)
		}, len(data), fs.ErrNotExist, "410 Gone"},
		"not in S3": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>AccessDenied</Code></Error>"))
		}, len(data), fs.ErrNotExist, "403 Forbidden"},
		"forbidden": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "blocked", http.StatusForbidden)
		}, len(data), &StatusError{}, `403 Forbidden: "blocked"`},
		"partial content": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusPartialContent)
			w.Write(data)
		}, len(data), &StatusError{}, "206"},
		"304 without being asked": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotModified)
		}, len(data), &StatusError{}, "304"},
		"gzip error page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(http.StatusBadRequest)
			w.Write(gzipped(t, []byte("no such entry")))
		}, len(data), &StatusError{}, `400 Bad Request: "no such entry"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, Config{})
			got, err := c.Bound("op", "log").Get(t.Context(), func() []byte { return []byte("dst") }, serve(t, tt.handler), tt.max, false)
			checkGet(t, got, err, data, tt.want, tt.text)
		})
	}
}

func checkGet(t *testing.T, got []byte, err error, data []byte, want error, text string) {
	t.Helper()
	var status *StatusError
	switch {
	case want == nil:
		if err != nil || string(got) != "dst"+string(data) {
			t.Errorf("got %d bytes and %v, want dst and %d bytes", len(got), err, len(data))
		}
		return
	case errors.As(want, &status):
		if !errors.As(err, &status) || errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("got %v, want a StatusError", err)
		}
	case !errors.Is(err, want):
		t.Fatalf("got %v, want %v", err, want)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("error %q does not say %q", err, text)
	}
}
