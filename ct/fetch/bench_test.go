package fetch

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
)

// BenchmarkGate is what the gate adds to a request of a healthy log on loopback.
func BenchmarkGate(b *testing.B) {
	c := newClient(b, Config{})
	o := c.operator("op")
	patience := DefaultMaxPause
	b.ReportAllocs()
	for b.Loop() {
		t, err := o.start(context.Background(), "log", true, &patience)
		if err != nil {
			b.Fatal(err)
		}
		o.finish(t, success, 0, nil)
	}
}

// BenchmarkGet fetches a real data tile of 256 entries, gzip-encoded, over loopback, 16 at a time. The server shares the
// processors.
func BenchmarkGet(b *testing.B) {
	tile, err := os.ReadFile("../../../shared/data/logs/navigli2025h2/tile/data/000")
	if err != nil {
		b.Skip(err)
	}
	packed := gzipped(b, tile)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(packed)
	}))
	b.Cleanup(s.Close)
	log := newClient(b, Config{}).Bound("op", "log")
	b.SetBytes(int64(len(tile)))
	b.ReportAllocs()
	b.ReportMetric(float64(len(tile))/float64(len(packed)), "ratio")
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		var buf []byte
		room := func() []byte { return buf[:0] }
		for pb.Next() {
			var err error
			if buf, err = log.Get(context.Background(), room, s.URL, len(tile), false); err != nil || !bytes.Equal(buf[:8], tile[:8]) {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tiles/s")
}
