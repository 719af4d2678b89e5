package monitor_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pinwatch/ct/cttest"
	"pinwatch/ct/fetch"
	"pinwatch/ct/rfc6962"
	"pinwatch/monitor"
)

// A log that allows few requests, scanned for a while from cron: each scan keeps nearly all it read, or at least most of it.
func TestSlowLogGetsOn(t *testing.T) {
	for _, tt := range []struct {
		every, lasts time.Duration
		pages        uint64 // that a scan keeps at least
	}{{6 * time.Second, 5 * time.Minute, 20}, {time.Second, time.Minute, 20}} {
		t.Run(tt.lasts.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.store.Close()
				log := cttest.NewLog(cttest.Config{Origin: origin, RFC6962: true})
				w.strangers(log, 256*200)
				log.PublishAll()
				transport, stop := cttest.Serve(cttest.NewServer(log))
				defer stop()
				client, err := fetch.New(fetch.Config{
					Version: "test", Contact: "test@example.com", Transport: transport,
					Limits: map[string]fetch.Limit{"test": {RequestsPerSecond: 1 / tt.every.Seconds()}},
				})
				if err != nil {
					t.Fatal(err)
				}
				defer client.Close()
				src := monitor.Source{Log: log.Describe("http://log.example/", false)}
				src.Log.MMD = 0
				if src.Reader, err = rfc6962.New(src.Log, client.Bound("test", "log")); err != nil {
					t.Fatal(err)
				}
				opt := w.options()
				begun := time.Now()
				opt.Now = func() time.Time { return now.Add(time.Since(begun)) }
				var at uint64
				for range 3 {
					ctx, cancel := context.WithTimeout(t.Context(), tt.lasts)
					opt.Until = opt.Now().Add(tt.lasts)
					res, err := monitor.Scan(ctx, opt, []monitor.Source{src})
					cancel()
					if !errors.Is(err, context.DeadlineExceeded) || res[0].To < at+256*tt.pages {
						t.Errorf("from %d to %d: %v", res[0].From, res[0].To, err)
					}
					at = res[0].To
				}
			})
		})
	}
}

// A log whose hash tiles cannot be had is asked at the pace of failures, and read to its head all the same.
func TestNoProofIsNoStorm(t *testing.T) {
	for name, fault := range map[string]cttest.Fault{"404": cttest.Status(404), "corrupt": cttest.CorruptByte(20)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.store.Close()
				log := cttest.NewLog(cttest.Config{Origin: origin})
				w.strangers(log, 600)
				log.PublishAll()
				server, src, stop := w.network(log, true)
				defer stop()
				server.Break(cttest.Tiles, -1, fault)
				opt := w.options()
				opt.PartialAfter = 5 * time.Minute
				begun := time.Now()
				opt.Now = func() time.Time { return now.Add(time.Since(begun)) }
				done := make(chan struct{})
				opt.Passed = func(r monitor.LogResult) {
					if r.To == 600 {
						close(done)
					}
				}
				ctx, cancel := context.WithCancel(t.Context())
				sets := make(chan []monitor.Source, 1)
				sets <- []monitor.Source{src}
				ended := make(chan error)
				go func() { ended <- monitor.Watch(ctx, opt, sets) }()
				<-done
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				if n := len(server.Requests()); n > 60 {
					t.Errorf("%d requests in %s", n, time.Since(begun))
				}
			})
		})
	}
}

// A bit that flipped in what the leaf hash does not cover is no finding, and is not kept.
func TestFlippedBitBesideTheLeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.store.Close()
		log := cttest.NewLog(cttest.Config{Origin: origin, Plain: func(uint64) bool { return true }})
		log.AddFinal(w.issue("final.example.com", "owner"))
		log.AddPrecert(w.issue("pre.example.com", "owner"))
		log.PublishAll()
		server, src, stop := w.network(log, true)
		defer stop()
		final, pre := log.Leaf(0), log.Leaf(1)
		server.Break(cttest.Entries, 1, cttest.Rewrite(func(b []byte) []byte {
			b[8+2+3+len(final.Cert)+2+8+2] ^= 1      // the fingerprint of the issuer of the first entry
			b[len(b)-len(pre.Fingerprints)-2-1] ^= 1 // the signature of the precertificate
			return b
		}))
		res := w.scan(src)
		if !res[0].Complete() {
			t.Fatalf("%+v", res[0])
		}
		for i, id := range res[0].Counts.New {
			f, err := w.store.Finding(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			want := [][]byte{final.Cert, pre.Precert}[i]
			if f.Verdict != "expected" || len(f.Certificates) != 1 || string(f.Certificates[0].DER) != string(want) {
				t.Errorf("entry %d: %s %v", i, f.Verdict, f.Reasons)
			}
		}
	})
}
