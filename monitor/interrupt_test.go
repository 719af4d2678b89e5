package monitor_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/monitor"
)

// flaky calls trip before every n-th request for entries; a trip that returns an error is the request's.
type flaky struct {
	ct.Reader
	calls atomic.Int64
	at    int64
	trip  func() error
}

func (f *flaky) Entries(ctx context.Context, from, to uint64, head *ct.TreeHead, fresh bool) (*ct.Batch, error) {
	if f.calls.Add(1) == f.at {
		if err := f.trip(); err != nil {
			return nil, err
		}
	}
	return f.Reader.Entries(ctx, from, to, head, fresh)
}

// Wherever a scan is interrupted, or an answer is lost, the next one goes on without losing or repeating an entry.
func TestInterruptedAnywhere(t *testing.T) {
	log := cttest.NewLog(cttest.Config{Origin: origin})
	whole := newWorld(t)
	for i := range 40 {
		whole.strangers(log, 50)
		log.AddPrecert(whole.issue(fmt.Sprintf("h%d.example.com", i), "thief"))
	}
	src := whole.source(log, t.TempDir())
	whole.scan(src)
	want := whole.findings()

	for _, way := range []string{"cancelled", "failed"} {
		for at := int64(1); at <= 8; at++ {
			t.Run(fmt.Sprint(way, " at request ", at), func(t *testing.T) {
				w := newWorld(t)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				r := &flaky{Reader: src.Reader, at: at, trip: func() error { return errors.New("connection reset") }}
				if way == "cancelled" {
					r.trip = func() error { cancel(); return nil }
				}
				res, err := monitor.Scan(ctx, w.options(), []monitor.Source{{Log: src.Log, Reader: r}})
				if way == "cancelled" && !errors.Is(err, context.Canceled) {
					t.Errorf("error %v", err)
				}
				if way == "failed" && (err != nil || res[0].Err == nil || res[0].Complete()) {
					t.Errorf("error %v, result %+v", err, res[0])
				}
				w.check()
				again := w.scan(src)
				if !again[0].Complete() {
					t.Errorf("%+v", again[0])
				}
				if diff := cmp.Diff(want, w.findings()); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// A failure of the store ends the scan, and is not blamed on a log.
func TestStoreFailureStopsTheScan(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 300)
	src := w.source(log, t.TempDir())
	r := &flaky{Reader: src.Reader, at: 1, trip: func() error { return w.store.Close() }}
	_, err := monitor.Scan(t.Context(), w.options(), []monitor.Source{{Log: src.Log, Reader: r}})
	if err == nil {
		t.Fatal("no error")
	}
}
