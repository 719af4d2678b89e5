package cttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Fault breaks the answer to one request. It gets the handler that would have answered well.
type Fault func(http.Handler) http.Handler

// Status answers with a status code, with header fields given as names and values in turn, and with a short text.
func Status(code int, header ...string) Fault {
	return answer(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		http.Error(w, http.StatusText(code), code)
	})
}

// RetryAfter answers 429 and asks to wait for a number of seconds.
func RetryAfter(seconds int) Fault {
	return Status(http.StatusTooManyRequests, "Retry-After", strconv.Itoa(seconds))
}

// RetryAt answers 429 and asks to wait until a time, as an HTTP date.
func RetryAt(t time.Time) Fault {
	return Status(http.StatusTooManyRequests, "Retry-After", t.UTC().Format(http.TimeFormat))
}

// HTML answers 200 with a page for people, as front ends do.
func HTML() Fault {
	return answer(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!DOCTYPE html><html><title>Just a moment...</title><body>Please wait.</body></html>\n")
	})
}

// Redirect sends the client elsewhere.
func Redirect(url string) Fault {
	return answer(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, http.StatusFound) })
}

// RedirectLoop sends the client back to where it came from.
func RedirectLoop() Fault {
	return answer(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.RequestURI(), http.StatusFound)
	})
}

// Hang never answers, and ends when the client has left.
func Hang() Fault {
	return answer(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	})
}

// Stall sends the first n bytes of the body and then nothing, until the client has left.
func Stall(n int) Fault {
	return body(func(w http.ResponseWriter, r *http.Request, raw []byte) {
		send(w, raw[:min(n, len(raw))])
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	})
}

// Reset sends the first n bytes of the body and cuts the connection.
func Reset(n int) Fault {
	return body(func(w http.ResponseWriter, _ *http.Request, raw []byte) {
		send(w, raw[:min(n, len(raw))])
		panic(http.ErrAbortHandler)
	})
}

// Slow sends the body in the given number of pieces, with a pause after each.
func Slow(pieces int, pause time.Duration) Fault {
	return body(func(w http.ResponseWriter, r *http.Request, raw []byte) {
		for size := max(1, (len(raw)+pieces-1)/pieces); len(raw) > 0; {
			n := min(size, len(raw))
			send(w, raw[:n])
			raw = raw[n:]
			select {
			case <-r.Context().Done():
				panic(http.ErrAbortHandler)
			case <-time.After(pause):
			}
		}
	})
}

// WrongLength announces more bytes than it sends.
func WrongLength(more int) Fault {
	return body(func(w http.ResponseWriter, _ *http.Request, raw []byte) {
		w.Header().Set("Content-Length", strconv.Itoa(len(raw)+more))
		w.Write(raw)
	})
}

// Endless sends zeros until the client has left.
func Endless() Fault {
	return answer(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 32<<10)); err != nil {
				return
			}
		}
	})
}

// GzipBomb answers with a gzip-encoded body that inflates to size zeros.
func GzipBomb(size int64) Fault {
	return answer(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		zw := gzip.NewWriter(w)
		defer zw.Close()
		for ; size > 0; size -= 1 << 20 {
			if _, err := zw.Write(make([]byte, min(size, 1<<20))); err != nil {
				return
			}
		}
	})
}

// From answers from another log: one with another key, a fork, an older state.
func From(log *Log) Fault {
	return func(http.Handler) http.Handler { return log }
}

// Rewrite changes the body of a good answer. The body is not encoded; the answer will be as the good one was.
func Rewrite(change func(body []byte) []byte) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			good := record(next, r)
			raw := good.Body.Bytes()
			zipped := good.Header().Get("Content-Encoding") == "gzip"
			if zipped {
				raw = decompress(raw)
			}
			raw = change(bytes.Clone(raw))
			if zipped {
				raw = compress(raw, gzip.DefaultCompression)
			}
			copyHeader(w, good)
			w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
			w.WriteHeader(good.Code)
			w.Write(raw)
		})
	}
}

// Truncate leaves the last n bytes of the body out. Nothing else tells that they are missing.
func Truncate(n int) Fault {
	return Rewrite(func(body []byte) []byte { return body[:max(0, len(body)-n)] })
}

// CorruptByte flips a bit of the byte at offset i; a negative offset counts from the end of the body.
func CorruptByte(i int) Fault {
	return Rewrite(func(body []byte) []byte {
		at := i
		if at < 0 {
			at += len(body)
		}
		body[at] ^= 0x10
		return body
	})
}

// RewriteEntries changes the list that get-entries answers. With nil the log gives no entries.
func RewriteEntries(change func(entries []json.RawMessage) []json.RawMessage) Fault {
	return Rewrite(func(body []byte) []byte {
		var page struct {
			Entries []json.RawMessage `json:"entries"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			panic(fmt.Sprintf("rewrite entries of what is no page of entries: %v", err))
		}
		if page.Entries = change(page.Entries); page.Entries == nil {
			page.Entries = []json.RawMessage{}
		}
		out, err := json.Marshal(page)
		if err != nil {
			panic(fmt.Sprintf("rewrite entries: %v", err))
		}
		return out
	})
}

// answer is a fault that needs no good answer.
func answer(f http.HandlerFunc) Fault {
	return func(http.Handler) http.Handler { return f }
}

// body is a fault that sends the good answer's body in its own way, with the good header.
func body(f func(w http.ResponseWriter, r *http.Request, raw []byte)) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			good := record(next, r)
			copyHeader(w, good)
			f(w, r, good.Body.Bytes())
		})
	}
}

func record(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func copyHeader(w http.ResponseWriter, good *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), good.Header())
}

// send writes and flushes, so that the client has the bytes before anything else happens.
func send(w http.ResponseWriter, raw []byte) {
	w.Write(raw)
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

func decompress(raw []byte) []byte {
	zr, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		panic(fmt.Sprintf("decompress: %v", err))
	}
	out, err := io.ReadAll(zr)
	if err != nil {
		panic(fmt.Sprintf("decompress: %v", err))
	}
	return out
}
