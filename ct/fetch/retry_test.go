package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// server is a RoundTripper without a network, for synctest bubbles. It notes when it was asked.
type server struct {
	answer func(*http.Request) (*http.Response, error)

	mu    sync.Mutex
	asked []time.Time
	now   int // requests under way
	most  int
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.asked = append(s.asked, time.Now())
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.now--
	}()
	return s.answer(r)
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func response(code int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{
		StatusCode: code, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// broken is an answer whose body ends in an error.
func broken(body string) *http.Response {
	r := response(http.StatusOK, body)
	r.ContentLength = -1
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), tornError{}))
	return r
}

type tornError struct{}

func (tornError) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// hang answers when the request is given up.
func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// faults are what a server can do besides answering. wait is how long the client must leave it alone after the first.
var faults = map[string]struct {
	answer   func(*http.Request) (*http.Response, error)
	wait     time.Duration
	takes    time.Duration // until the fault is noticed
	repeated bool
}{
	"429": {func(*http.Request) (*http.Response, error) { return response(429, "slow down"), nil }, time.Second, 0, true},
	"429 for seconds": {func(*http.Request) (*http.Response, error) {
		return response(429, "", "Retry-After", "17"), nil
	}, 17 * time.Second, 0, true},
	"429 until a date": {func(*http.Request) (*http.Response, error) {
		server := time.Now().Add(-5 * time.Hour) // its clock is wrong
		return response(429, "", "Date", server.UTC().Format(http.TimeFormat),
			"Retry-After", server.Add(23*time.Second).UTC().Format(http.TimeFormat)), nil
	}, 23 * time.Second, 0, true},
	"503 for seconds": {func(*http.Request) (*http.Response, error) {
		return response(503, "", "Retry-After", " 9 "), nil
	}, 9 * time.Second, 0, true},
	"500": {func(*http.Request) (*http.Response, error) { return response(500, ""), nil }, time.Second, 0, true},
	"502": {func(*http.Request) (*http.Response, error) { return response(502, "<html>"), nil }, time.Second, 0, true},
	"HTML": {func(*http.Request) (*http.Response, error) {
		return response(200, "<p>", "Content-Type", "text/html; charset=utf-8"), nil
	}, time.Second, 0, true},
	"reset":   {func(*http.Request) (*http.Response, error) { return nil, errors.New("connection reset") }, time.Second, 0, true},
	"cut off": {func(*http.Request) (*http.Response, error) { return broken("dat"), nil }, time.Second, 0, true},
	"bad gzip": {func(*http.Request) (*http.Response, error) {
		return response(200, "data", "Content-Encoding", "gzip"), nil
	}, time.Second, 0, true},
	"no answer": {hang, time.Second, DefaultHeaderTimeout, true},
	"400":       {func(*http.Request) (*http.Response, error) { return response(400, "no"), nil }, time.Second, 0, false},
	"403":       {func(*http.Request) (*http.Response, error) { return response(403, "no"), nil }, time.Second, 0, false},
	"404":       {func(*http.Request) (*http.Response, error) { return response(404, "no"), nil }, 0, 0, false},
	"too large": {func(*http.Request) (*http.Response, error) { return response(200, "database"), nil }, time.Second, 0, false},
	"redirects": {func(*http.Request) (*http.Response, error) { return response(302, "", "Location", "/"), nil }, time.Second, 0, false},
}

const logURL = "https://log.example/tile"

func bubble(t *testing.T, config Config, answer func(*http.Request) (*http.Response, error)) (*Client, *server) {
	t.Helper()
	s := &server{answer: answer}
	config.Transport, config.Contact = s, "test@example.com"
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

func TestGetRepeats(t *testing.T) {
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				broke := false
				c, s := bubble(t, Config{}, func(r *http.Request) (*http.Response, error) {
					if !broke {
						broke = name != "redirects"
						return fault.answer(r)
					}
					return response(200, "data"), nil
				})
				began := time.Now()
				got, err := c.Bound("op", "log").Get(t.Context(), nil, logURL, 4, false)
				if !fault.repeated {
					if err == nil {
						t.Fatal("no error")
					}
					got, err = c.Bound("op", "other log").Get(t.Context(), nil, logURL, 4, false)
					if name == "redirects" {
						return
					}
					fault.wait = 0
				}
				if err != nil || string(got) != "data" || s.count() != 2 {
					t.Fatalf("got %q and %v after %d requests", got, err, s.count())
				}
				least := fault.takes + fault.wait
				if took := time.Since(began); took < least || took > least+fault.wait/4+time.Second/10 {
					t.Errorf("took %s, want a little more than %s", took, least)
				}
			})
		})
	}
}

// However many goroutines insist, and whatever the server does, it is asked once in a while only; and it is asked.
func TestNoStorm(t *testing.T) {
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := bubble(t, Config{}, fault.answer)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				var wg sync.WaitGroup
				for range 20 {
					wg.Go(func() {
						for ctx.Err() == nil {
							_, err := c.Bound("op", "log").Get(ctx, nil, logURL, 4, true)
							if _, paused := errors.AsType[*PausedError](err); paused {
								time.Sleep(time.Millisecond) // nobody was asked
							}
							if err == nil {
								t.Error("no error")
							}
						}
					})
				}
				wg.Wait()
				// A minute or more apart, after some at the beginning; a redirect is up to four requests.
				if n := s.count(); n < 20 || n > 100 && name != "redirects" || n > 280 {
					t.Errorf("%d requests in an hour", n)
				}
				if len(s.asked) > 0 && time.Since(s.asked[len(s.asked)-1]) > 5*time.Minute {
					t.Error("the server was given up")
				}
				if st := c.States()[0]; st.UnderWay != 0 || st.Waiting != 0 {
					t.Errorf("left behind: %+v", st)
				}
			})
		})
	}
}

func TestGetGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := bubble(t, Config{Attempts: 3}, faults["500"].answer)
		_, err := c.Bound("op", "log").Get(t.Context(), nil, logURL, 4, false)
		var status *StatusError
		if !errors.As(err, &status) || status.Code != 500 || status.URL != logURL || s.count() != 3 {
			t.Errorf("got %v after %d requests", err, s.count())
		}
	})
}

// What a log asks for is capped, and who cannot wait so long is told at once.
func TestRetryAfterIsCapped(t *testing.T) {
	for _, value := range []string{"86400", "Fri, 31 Dec 9999 23:59:59 GMT", strconv.Itoa(1<<32 - 1)} {
		synctest.Test(t, func(t *testing.T) {
			c, s := bubble(t, Config{}, func(*http.Request) (*http.Response, error) {
				return response(429, "", "Retry-After", value), nil
			})
			began := time.Now()
			for range 3 {
				_, err := c.Bound("op", "log").Get(t.Context(), nil, logURL, 4, false)
				var paused *PausedError
				var status *StatusError
				if !errors.As(err, &paused) || !errors.As(err, &status) || status.RetryAfter < time.Hour {
					t.Fatalf("got %v", err)
				}
				if wait := time.Until(paused.Until); wait < maxRetryAfter || wait > maxRetryAfter*5/4 {
					t.Errorf("paused for %s", wait)
				}
			}
			if s.count() != 1 || time.Since(began) != 0 {
				t.Errorf("%d requests in %s", s.count(), time.Since(began))
			}
			st := c.States()[0]
			if st.RetryAfter < time.Hour || !st.RetryAfterAt.Equal(began) || st.PausedUntil.IsZero() || st.Cause == nil {
				t.Errorf("state %+v", st)
			}
			time.Sleep(maxRetryAfter * 5 / 4)
			_, _ = c.Bound("op", "log").Get(t.Context(), nil, logURL, 4, false)
			if s.count() != 2 {
				t.Errorf("%d requests when the pause was over", s.count())
			}
		})
	}
}

// The end of the context ends every kind of waiting at once and leaves nothing behind.
func TestGetIsCancelled(t *testing.T) {
	tests := map[string]struct {
		config  Config
		answer  func(*http.Request) (*http.Response, error)
		callers int
	}{
		"request": {Config{}, hang, 1},
		"queue":   {Config{}, hang, 20},
		"pause":   {Config{}, faults["429 for seconds"].answer, 20},
		"turn": {
			Config{Limits: map[string]Limit{"op": {RequestsPerSecond: 0.01}}},
			func(*http.Request) (*http.Response, error) { return response(200, "data"), nil },
			20,
		},
		"bytes": {Config{BytesPerSecond: 1}, func(*http.Request) (*http.Response, error) {
			return response(200, strings.Repeat("x", 2*wireRead)), nil
		}, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := bubble(t, tt.config, tt.answer)
				ctx, cancel := context.WithCancel(t.Context())
				began := time.Now()
				time.AfterFunc(10*time.Second, cancel)
				failed := 0
				var mu sync.Mutex
				var wg sync.WaitGroup
				for range tt.callers {
					wg.Go(func() {
						_, err := c.Bound("op", "log").Get(ctx, nil, logURL, 1<<20, false)
						mu.Lock()
						defer mu.Unlock()
						if errors.Is(err, context.Canceled) {
							failed++
						}
					})
				}
				wg.Wait()
				if took := time.Since(began); took != 10*time.Second || failed < tt.callers-1 {
					t.Errorf("%d of %d cancelled after %s", failed, tt.callers, took)
				}
				if st := c.States()[0]; st.UnderWay != 0 || st.Waiting != 0 {
					t.Errorf("left behind: %+v", st)
				}
			})
		})
	}
}

// drip gives n bytes at a time, one portion each interval.
type drip struct {
	data     []byte
	n        int
	interval time.Duration
	gone     <-chan struct{}
}

func (d *drip) Read(p []byte) (int, error) {
	select {
	case <-time.After(d.interval):
	case <-d.gone:
		return 0, context.Canceled
	}
	if len(d.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, d.data[:min(d.n, len(d.data))])
	d.data = d.data[n:]
	return n, nil
}

func TestStalledBodies(t *testing.T) {
	data := bytes.Repeat([]byte("x"), 400_000)
	tests := map[string]struct {
		n        int
		interval time.Duration
		stalled  bool
	}{
		"slow but steady": {1000, time.Second, false}, // six minutes
		"in gusts":        {100_000, 19 * time.Second, false},
		"single bytes":    {1, time.Second, true},
		"nothing":         {1000, time.Hour, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := bubble(t, Config{Attempts: 1}, func(r *http.Request) (*http.Response, error) {
					resp := response(200, "")
					resp.ContentLength = -1
					resp.Body = io.NopCloser(&drip{data, tt.n, tt.interval, r.Context().Done()})
					return resp, nil
				})
				began := time.Now()
				got, err := c.Bound("op", "log").Get(t.Context(), nil, logURL, len(data), false)
				if tt.stalled {
					if !errors.Is(err, ErrStalled) || time.Since(began) > DefaultStallTimeout {
						t.Errorf("got %v after %s", err, time.Since(began))
					}
				} else if err != nil || len(got) != len(data) {
					t.Errorf("got %d bytes and %v after %s", len(got), err, time.Since(began))
				}
			})
		})
	}
}
