package fetch

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// latency is a server that answers well after the time that a distant one takes.
type latency time.Duration

func (l latency) answer(*http.Request) (*http.Response, error) {
	time.Sleep(time.Duration(l))
	return response(200, "data"), nil
}

// load has callers get for a time, again and again, and counts what they got. Callers wait after an error, as a
// tailer does.
func load(t *testing.T, b *Bound, callers int, d time.Duration) (successes int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := b.Get(ctx, nil, logURL, 4, false); err != nil {
					time.Sleep(time.Second)
					continue
				}
				mu.Lock()
				successes++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return successes
}

func TestWindowGrowsAndIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := bubble(t, Config{}, latency(time.Second).answer)
		load(t, c.Bound("op", "log"), 100, 900*time.Millisecond)
		if s.most != startWindow {
			t.Errorf("%d requests at once in the beginning", s.most)
		}
		load(t, c.Bound("op", "log"), 100, time.Minute)
		if s.most != maxWindow || c.States()[0].Parallel != maxWindow {
			t.Errorf("%d requests at once", s.most)
		}
	})
}

// On loopback the window is wide until there is trouble, and what is configured counts there, too.
func TestWindowOnLoopback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const local = "http://127.0.0.1/tile"
		var sick atomic.Bool
		c, s := bubble(t, Config{Limits: map[string]Limit{"few": {Parallel: 2}}}, func(r *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			if sick.Load() {
				return response(503, ""), nil
			}
			return response(200, "data"), nil
		})
		ask := func(operator string) int {
			s.most = 0
			var wg sync.WaitGroup
			for range 200 {
				wg.Go(func() { _, _ = c.Bound(operator, "log").Get(t.Context(), nil, local, 4, false) })
			}
			wg.Wait()
			return s.most
		}
		if got := ask("few"); got != 2 {
			t.Errorf("%d requests at once, 2 are configured", got)
		}
		if got := ask("here"); got != loopbackWindow || c.States()[1].Parallel != loopbackWindow {
			t.Errorf("%d requests at once", got)
		}
		sick.Store(true)
		ask("here")
		sick.Store(false)
		time.Sleep(time.Hour)
		if got := ask("here"); got > maxWindow {
			t.Errorf("%d requests at once after trouble", got)
		}
	})
}

func TestLimitsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := bubble(t, Config{Limits: map[string]Limit{
			"few":  {Parallel: 2},
			"slow": {RequestsPerSecond: 2},
		}}, latency(100*time.Millisecond).answer)
		if got := load(t, c.Bound("few", "log"), 10, time.Minute); s.most != 2 || got < 1100 {
			t.Errorf("%d requests at once, %d in a minute", s.most, got)
		}
		if got := load(t, c.Bound("slow", "log"), 10, time.Minute); got < 110 || got > 130 {
			t.Errorf("%d requests in a minute, want 120", got)
		}
		if got := load(t, c.Bound("any other", "log"), 100, time.Minute); got > publicRate*60*11/10 {
			t.Errorf("%d requests in a minute", got)
		}
	})
}

func TestBytesPerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := strings.Repeat("x", 200_000)
		c, _ := bubble(t, Config{BytesPerSecond: 100_000}, func(*http.Request) (*http.Response, error) {
			return response(200, body), nil
		})
		began := time.Now()
		var wg sync.WaitGroup
		for _, op := range []string{"a", "b", "c"} {
			wg.Go(func() {
				for range 5 {
					if _, err := c.Bound(op, "").Get(t.Context(), nil, logURL, len(body), false); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took < 28*time.Second || took > 31*time.Second {
			t.Errorf("3 MB at 100 kB/s took %s", took)
		}
	})
}

// bucket is a rate limiter as logs have them.
type bucket struct {
	mu      sync.Mutex
	rate    float64
	burst   float64
	tokens  float64
	last    time.Time
	refused int
}

func (b *bucket) answer(r *http.Request) (*http.Response, error) {
	b.mu.Lock()
	now := time.Now()
	b.tokens = min(b.burst, b.tokens+now.Sub(b.last).Seconds()*b.rate)
	b.last = now
	allowed := b.tokens >= 1
	if allowed {
		b.tokens--
	} else {
		b.refused++
	}
	b.mu.Unlock()
	if !allowed {
		return response(429, ""), nil
	}
	return latency(100 * time.Millisecond).answer(r)
}

// A log that allows few requests, and does not say how many, is soon asked as often as it likes.
func TestAdaptsToTheLog(t *testing.T) {
	for _, rate := range []float64{0.17, 1, 10} {
		synctest.Test(t, func(t *testing.T) {
			b := &bucket{rate: rate, burst: max(1, rate)}
			c, s := bubble(t, Config{}, b.answer)
			load(t, c.Bound("op", "log"), 20, 15*time.Minute)
			asked, refused := s.count(), b.refused
			got := load(t, c.Bound("op", "log"), 20, time.Hour)
			asked, refused = s.count()-asked, b.refused-refused
			if want := rate * 3600 * 0.6; float64(got) < want {
				t.Errorf("%v/s: got %d in an hour, want at least %.0f", rate, got, want)
			}
			if refused > asked/8 {
				t.Errorf("%v/s: %d of %d requests refused", rate, refused, asked)
			}
			t.Logf("%v/s: %d requests, %d refused, %.0f %% of what is allowed", rate, asked, refused, float64(got)/rate/36)
		})
	}
}

// An operator with one broken log is asked for its others as before.
func TestOneLogIsNotAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		healthy := latency(100 * time.Millisecond).answer
		c, _ := bubble(t, Config{}, healthy)
		alone := load(t, c.Bound("op", "good"), 8, 3*time.Minute)

		for name, fault := range faults {
			if v, _ := judge(firstError(fault.answer)); v == limited {
				continue // that is the operator's
			}
			fault := fault.answer
			c, s := bubble(t, Config{}, healthy)
			s.answer = func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/broken" {
					return fault(r)
				}
				return healthy(r)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					for ctx.Err() == nil {
						_, _ = c.Bound("op", "bad").Get(ctx, nil, "https://log.example/broken", 4, false)
						time.Sleep(time.Second)
					}
				})
			}
			if got := load(t, c.Bound("op", "good"), 8, 3*time.Minute); got < alone*7/10 {
				t.Errorf("%s: %d requests next to a broken log, %d alone", name, got, alone)
			}
			wg.Wait()
			cancel()
		}
	})
}

func firstError(answer func(*http.Request) (*http.Response, error)) error {
	c, err := New(Config{Transport: &server{answer: answer}, Attempts: 1, Contact: "test"})
	if err != nil {
		return err
	}
	_, err = c.Bound("op", "log").Get(context.Background(), nil, logURL, 4, false)
	return err
}

// A server that recovers is asked at once by all who waited, and at full speed soon.
func TestRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mended atomic.Bool
		healthy := latency(100 * time.Millisecond).answer
		c, s := bubble(t, Config{}, func(r *http.Request) (*http.Response, error) {
			if !mended.Load() {
				return response(500, ""), nil
			}
			return healthy(r)
		})
		time.AfterFunc(10*time.Minute, func() { mended.Store(true) })
		load(t, c.Bound("op", "log"), 20, 10*time.Minute)
		before := s.count()
		if got := load(t, c.Bound("op", "log"), 20, 3*time.Minute); got < 5000 {
			t.Errorf("%d requests in the three minutes after, %d before", got, before)
		}
	})
}

// Answers that are rejected are failures to the gate, however well they were sent.
func TestRejectedAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := bubble(t, Config{}, latency(time.Millisecond).answer)
		b := c.Bound("op", "log")
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				for ctx.Err() == nil {
					if _, err := b.Get(ctx, nil, logURL, 4, false); err == nil {
						b.Reject(errors.New("no entries"))
					} else {
						time.Sleep(time.Millisecond)
					}
				}
			})
		}
		wg.Wait()
		if n := s.count(); n < 20 || n > 100 {
			t.Errorf("%d requests in an hour", n)
		}
		time.Sleep(time.Hour)
		s.asked = nil
		if got := load(t, b, 1, time.Second); got < 100 {
			t.Errorf("%d requests in the second after a good answer", got)
		}
	})
}
