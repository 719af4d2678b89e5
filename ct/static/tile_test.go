package static_test

import (
	"bytes"
	"testing"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/static"
)

// tile is a data tile of n entries, precertificates and certificates in turn.
func tile(tb testing.TB, n int) []byte {
	tb.Helper()
	log := cttest.NewLog(cttest.Config{Origin: origin, Plain: func(uint64) bool { return true }})
	fill(log, n)
	log.PublishAll()
	return body(tb, log, "tile/data/000", n)
}

func TestDecodeTile(t *testing.T) {
	data := tile(t, 6)
	entries, err := static.DecodeTile(nil, data, 512, 6)
	if err != nil {
		t.Fatal(err)
	}
	var again []byte
	for i := range entries {
		e := &entries[i]
		if e.Index != uint64(512+i) {
			t.Errorf("entry %d has the index %d", i, e.Index)
		}
		if index, ok := static.LeafIndex(e); !ok || index != uint64(i) {
			t.Errorf("leaf_index %d, %v, want %d", index, ok, i)
		}
		again = append(again, e.Timestamped...)
		if e.Type == ct.PrecertEntry {
			again = append(again, byte(len(e.Precert)>>16), byte(len(e.Precert)>>8), byte(len(e.Precert)))
			again = append(again, e.Precert...)
		}
		again = append(again, byte(len(e.Fingerprints)>>8), byte(len(e.Fingerprints)))
		again = append(again, e.Fingerprints...)
	}
	if !bytes.Equal(again, data) {
		t.Error("the entries are not the tile")
	}
}

func TestDecodeTileRefuses(t *testing.T) {
	data := tile(t, 6)
	for n := range data {
		if _, err := static.DecodeTile(nil, data[:n], 0, 6); err == nil {
			t.Fatalf("a tile cut to %d of %d bytes is accepted", n, len(data))
		}
	}
	for name, bad := range map[string][]byte{
		"trailing byte":           append(bytes.Clone(data), 0),
		"unknown entry type":      append(append(bytes.Clone(data[:8]), 0x80, 0), data[10:]...),
		"a whole entry too many":  append(bytes.Clone(data), data...),
		"chain of half a hash":    append(bytes.Clone(data[:len(data)-66]), append([]byte{0, 63}, data[len(data)-63:]...)...),
		"certificate of 16 MB":    append(append(bytes.Clone(data[:42]), 0xff, 0xff, 0xff), data[45:]...),
		"nothing":                 nil,
		"entries of another tile": data[1:],
	} {
		if _, err := static.DecodeTile(nil, bad, 0, 6); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestLeafIndexRefuses(t *testing.T) {
	for name, ext := range map[string][]byte{
		"nothing":     nil,
		"other type":  {1, 0, 5, 0, 0, 0, 0, 1},
		"four bytes":  {0, 0, 4, 0, 0, 0, 1},
		"ends early":  {0, 0, 5, 0, 0},
		"only a type": {0},
	} {
		if index, ok := static.LeafIndex(&ct.Entry{Extensions: ext}); ok {
			t.Errorf("%s: read as %d", name, index)
		}
	}
	if index, ok := static.LeafIndex(&ct.Entry{Extensions: []byte{7, 0, 1, 9, 0, 0, 5, 1, 0, 0, 0, 2}}); !ok || index != 1<<32+2 {
		t.Errorf("behind another extension: %d, %v", index, ok)
	}
}

func FuzzDecodeTile(f *testing.F) {
	f.Add(tile(f, 3), 3)
	f.Add(tile(f, 1)[:40], 1)
	f.Fuzz(func(t *testing.T, data []byte, width int) {
		if width < 0 || width > 256 {
			return
		}
		entries, err := static.DecodeTile(nil, data, 0, width)
		if err != nil {
			return
		}
		total := 0
		for i := range entries {
			total += len(entries[i].Timestamped) + len(entries[i].Fingerprints) + 2
			if entries[i].Type == ct.PrecertEntry {
				total += len(entries[i].Precert) + 3
			}
		}
		if len(entries) != width || total != len(data) {
			t.Errorf("%d entries of %d bytes from a tile of %d and %d", len(entries), total, width, len(data))
		}
	})
}

// BenchmarkDecodeTile splits a tile that is unpacked already.
func BenchmarkDecodeTile(b *testing.B) {
	data := tile(b, 256)
	var entries []ct.Entry
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if entries, err = static.DecodeTile(entries[:0], data, 0, 256); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(256*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
