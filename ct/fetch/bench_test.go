package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"
)

// tile is a real data tile of 256 entries where one is at hand, and one that packs about as well otherwise.
func tile(tb testing.TB) []byte {
	tb.Helper()
	data, err := os.ReadFile("../../../shared/data/logs/navigli2025h2/tile/data/000")
	if err == nil {
		return data
	}
	tb.Log("no ../shared/data/logs/navigli2025h2: the tile is made up")
	random := rand.New(rand.NewPCG(1, 2))
	same := make([]byte, 1200)
	for i := range same {
		same[i] = byte(random.Uint32())
	}
	for range 256 {
		data = append(data, same...)
		for range 400 {
			data = append(data, byte(random.Uint32()))
		}
	}
	return data
}

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

// BenchmarkInflate unpacks a data tile, beside the standard library.
func BenchmarkInflate(b *testing.B) {
	data := tile(b)
	packed := gzipped(b, data)
	b.Run("body", func(b *testing.B) {
		c := newClient(b, Config{})
		stall := time.NewTimer(time.Hour)
		var buf []byte
		room := func() []byte { return buf[:0] }
		answer := &http.Response{Header: http.Header{"Content-Encoding": {"gzip"}}, ContentLength: int64(len(packed))}
		benchmarkTiles(b, data, func() (err error) {
			buf, err = (&body{client: c, source: bytes.NewReader(packed), stall: stall}).read(answer, room, len(data))
			return err
		})
	})
	b.Run("compress-gzip", func(b *testing.B) {
		zr := new(gzip.Reader)
		benchmarkTiles(b, data, func() error {
			if err := zr.Reset(bytes.NewReader(packed)); err != nil {
				return err
			}
			_, err := io.Copy(io.Discard, zr)
			return err
		})
	})
}

func benchmarkTiles(b *testing.B, data []byte, work func() error) {
	b.Helper()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := work(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(256*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkGet fetches a data tile of 256 entries, gzip-encoded, over loopback, 16 at a time. The server shares the
// processors.
func BenchmarkGet(b *testing.B) {
	tile := tile(b)
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
