package monitor

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/static"
	"pinwatch/matcher"
)

// tile is a full data tile, inflated.
type tile struct {
	data  []byte
	first uint64
	span  ct.Span // that its entries are folded into: the one allocation of a page
}

const tileWidth = 256

// dataTiles are those of a real log where they are at hand, and of one made here otherwise.
func dataTiles(tb testing.TB) []tile {
	tb.Helper()
	dir := "../../shared/data/logs/navigli2025h2/tile/data"
	if _, err := os.Stat(dir); err != nil {
		tb.Log("no ../shared/data/logs/navigli2025h2: the tiles are made up")
		dir = madeTiles(tb)
	}
	return readTiles(tb, dir)
}

func readTiles(tb testing.TB, dir string) []tile {
	tb.Helper()
	var out []tile
	for i, name := range []string{"000", "001"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			tb.Fatal(err)
		}
		if zr, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			if data, err = io.ReadAll(zr); err != nil {
				tb.Fatal(err)
			}
		}
		first := uint64(i * tileWidth)
		out = append(out, tile{data, first, ct.NewSpan(first)})
	}
	return out
}

// madeTiles writes a log of two tiles of precertificates and returns the directory of its data tiles.
func madeTiles(tb testing.TB) string {
	tb.Helper()
	log := cttest.NewLog(cttest.Config{Origin: "bench.example/2026h2"})
	ca := cttest.NewRoot("Root", "bench").Intermediate("CA", "bench")
	for i := range 2 * tileWidth {
		name := fmt.Sprintf("host%d.some-owner.net", i)
		log.AddPrecert(ca.Issue(cttest.Template{CN: name, Names: []string{name, "www." + name}, Key: "bench"}))
	}
	log.PublishAll()
	dir := tb.TempDir()
	if err := log.WriteDir(dir); err != nil {
		tb.Fatal(err)
	}
	return filepath.Join(dir, "tile/data")
}

// strangers is a watch list that no entry of the tiles concerns.
func strangers(tb testing.TB, n int) *matcher.Watchlist {
	tb.Helper()
	watches := make([]matcher.Watch, n)
	for i := range watches {
		watches[i].Name = fmt.Sprintf("watched-%d.%s", i, [...]string{"com", "net", "org", "de", "it", "co.uk"}[i%6])
	}
	list, err := matcher.New(watches)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// path is all that happens to a tile in memory: decode, hash the leaves, walk, match, fold.
type path struct {
	scanner scanner
	ws      workspace
	page    page
	entries []ct.Entry
	tree    ct.Range
}

func (p *path) run(tb testing.TB, t *tile) {
	var err error
	if p.entries, err = static.DecodeTile(p.entries[:0], t.data, t.first, tileWidth); err != nil {
		tb.Fatal(err)
	}
	p.page.tree = t.span
	for i := range p.entries {
		p.scanner.entry(&p.page, &p.ws, &p.entries[i])
	}
	p.tree.Join(&p.page.tree)
	if len(p.page.candidates) > 0 {
		tb.Fatalf("an entry concerns a watch: %+v", p.page.candidates[0].hits)
	}
}

// BenchmarkPath is the whole way of entries that concern nobody, against watch lists of several sizes. It may take
// twice as long as BenchmarkLeafHashesAlone.
func BenchmarkPath(b *testing.B) {
	tiles := dataTiles(b)
	for _, n := range []int{1, 10_000, 1_000_000} {
		b.Run(fmt.Sprintf("watches=%d", n), func(b *testing.B) {
			p := path{scanner: scanner{list: strangers(b, n)}}
			benchTiles(b, tiles, func(t *tile) { p.run(b, t) })
		})
	}
}

// BenchmarkLeafHashesAlone hashes the leaves of the same tiles and does nothing else.
func BenchmarkLeafHashesAlone(b *testing.B) {
	tiles := dataTiles(b)
	h := newHashing(b, tiles)
	benchTiles(b, tiles, h.run)
}

// BenchmarkPathToHashing takes the two in turn and gives the ratio of the best times of both: what else the machine does
// makes single ones longer, never shorter.
func BenchmarkPathToHashing(b *testing.B) {
	tiles := dataTiles(b)
	h := newHashing(b, tiles)
	for _, n := range []int{1, 10_000, 1_000_000} {
		b.Run(fmt.Sprintf("watches=%d", n), func(b *testing.B) {
			p := path{scanner: scanner{list: strangers(b, n)}}
			hashing, whole := time.Hour, time.Hour
			for b.Loop() {
				start := time.Now()
				for i := range tiles {
					h.run(&tiles[i])
				}
				middle := time.Now()
				for i := range tiles {
					p.run(b, &tiles[i])
				}
				hashing, whole = min(hashing, middle.Sub(start)), min(whole, time.Since(middle))
			}
			b.ReportMetric(float64(whole)/float64(hashing), "path/hashing")
			b.ReportMetric(float64(len(tiles)*tileWidth)/whole.Seconds(), "entries/s")
		})
	}
}

// hashing hashes the leaves of tiles that are decoded already.
type hashing struct {
	entries map[uint64][]ct.Entry
	all     byte // of all hashes, so that none is left out
}

func newHashing(tb testing.TB, tiles []tile) *hashing {
	tb.Helper()
	h := &hashing{entries: map[uint64][]ct.Entry{}}
	for _, t := range tiles {
		entries, err := static.DecodeTile(nil, t.data, t.first, tileWidth)
		if err != nil {
			tb.Fatal(err)
		}
		h.entries[t.first] = entries
	}
	return h
}

func (h *hashing) run(t *tile) {
	entries := h.entries[t.first]
	for i := range entries {
		leaf := entries[i].LeafHash()
		h.all ^= leaf[0]
	}
}

// benchTiles does the work for one tile after the other.
func benchTiles(b *testing.B, tiles []tile, work func(*tile)) {
	size := 0
	for _, t := range tiles {
		size += len(t.data)
	}
	b.SetBytes(int64(size / len(tiles)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		work(&tiles[i])
		if i++; i == len(tiles) {
			i = 0
		}
	}
	b.ReportMetric(float64(b.N)*tileWidth/b.Elapsed().Seconds(), "entries/s")
}

// TestPathAllocatesNothing: an entry that concerns nobody costs no memory.
func TestPathAllocatesNothing(t *testing.T) {
	for name, tiles := range map[string][]tile{"made": readTiles(t, madeTiles(t)), "real": dataTiles(t)} {
		p := path{scanner: scanner{list: strangers(t, 1000)}}
		allocs := testing.AllocsPerRun(10, func() {
			for i := range tiles {
				p.run(t, &tiles[i])
			}
		})
		if allocs != 0 {
			t.Errorf("%s tiles: %v allocations for %d entries", name, allocs, len(tiles)*tileWidth)
		}
	}
}
