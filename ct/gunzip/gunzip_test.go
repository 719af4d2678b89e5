package gunzip

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kgzip "github.com/klauspost/compress/gzip"
)

// bodies are things to pack: what all levels and all kinds of blocks are needed for.
func bodies(tb testing.TB) map[string][]byte {
	tb.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	skewed := make([]byte, 100_000) // many lengths of codes
	for i := range skewed {
		skewed[i] = byte(min(random.ExpFloat64()*12, 255))
	}
	out := map[string][]byte{
		"nothing": nil, "a byte": {'x'}, "noise": noise, "skewed": skewed,
		"a run":     bytes.Repeat([]byte{'a'}, 100_000),
		"short run": []byte(strings.Repeat("abc", 1000)),
		"far":       append(append(noise[:32_000:32_000], skewed[:768]...), noise[:32_000]...),
	}
	if tile, err := os.ReadFile("../../../shared/data/logs/navigli2025h2/tile/data/000"); err == nil {
		out["tile"] = tile
	} else {
		tb.Log("no ../shared/data/logs/navigli2025h2: no real tile")
	}
	return out
}

func pack(tb testing.TB, data []byte, level int) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// standard unpacks with the standard library.
func standard(packed []byte, limit int) ([]byte, error) {
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(zr, int64(limit)+1))
	if err == nil && len(out) > limit {
		err = ErrTooLarge
	}
	return out, err
}

func TestAppend(t *testing.T) {
	var u Unpacker
	for name, data := range bodies(t) {
		for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
			packed := pack(t, data, level)
			got, err := u.Append([]byte("> "), packed, len(data))
			if err != nil || string(got) != "> "+string(data) {
				t.Errorf("%s, level %d: %d bytes of %d, %v", name, level, len(got)-2, len(data), err)
			}
			if len(data) == 0 {
				continue
			}
			if got, err = u.Append([]byte("> "), packed, len(data)-1); !errors.Is(err, ErrTooLarge) || len(got) > 2+len(data)-1 {
				t.Errorf("%s, level %d, a byte too long: %d bytes, %v", name, level, len(got), err)
			}
			for _, n := range []int{1, 5, 9, 10, 11, len(packed) / 2, len(packed) - 9, len(packed) - 1} {
				if _, err = u.Append(nil, packed[:n], len(data)); !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%s, level %d, %d bytes of %d: %v", name, level, n, len(packed), err)
				}
			}
		}
	}
}

// Members follow each other, and a match never reaches into the one before.
func TestMembers(t *testing.T) {
	var u Unpacker
	data := []byte(strings.Repeat("abc", 1000))
	one := pack(t, data, 9)
	got, err := u.Append(nil, append(one[:len(one):len(one)], one...), 6000)
	if err != nil || !bytes.Equal(got, append(data[:3000:3000], data...)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	// A stream that begins with a match: fixed codes, length 3, distance 1.
	begin := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}
	reach := append(begin, 3, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	for _, before := range [][]byte{nil, one} {
		got, err := u.Append(nil, append(before[:len(before):len(before)], reach...), 6000)
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d bytes from a match without a beginning: %v", len(got), err)
		}
	}
}

func TestHeaders(t *testing.T) {
	packed := pack(t, []byte("data"), 9)
	with := func(flags byte, fields string) []byte {
		return append(append([]byte{0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255}, fields...), packed[10:]...)
	}
	for name, tt := range map[string]struct {
		packed []byte
		want   error
	}{
		"plain":            {with(0, ""), nil},
		"text":             {with(1, ""), nil},
		"name":             {with(8, "a name\x00"), nil},
		"comment":          {with(16, "\x00"), nil},
		"extra":            {with(4, "\x03\x00abc"), nil},
		"all but a sum":    {with(4|8|16, "\x00\x00name\x00comment\x00"), nil},
		"extra is cut off": {with(4, "\xff\xff"), io.ErrUnexpectedEOF},
		"wrong sum":        {with(2, "\x00\x00"), ErrHeader},
		"reserved flag":    {with(32, ""), ErrHeader},
		"other method":     {append([]byte{0x1f, 0x8b, 9}, packed[3:]...), ErrHeader},
		"no gzip":          {[]byte("<!doctype html><html>"), ErrHeader},
		"empty":            {nil, io.ErrUnexpectedEOF},
		"more behind it":   {append(packed[:len(packed):len(packed)], "more bytes"...), ErrHeader},
		"other sum":        {binary.LittleEndian.AppendUint32(packed[:len(packed)-4:len(packed)-4], 5), ErrCorrupt},
	} {
		var u Unpacker
		got, err := u.Append(nil, tt.packed, 4)
		if !errors.Is(err, tt.want) || err == nil && string(got) != "data" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// Room grows with what was unpacked: a small bomb does not take the memory that it announces.
func TestRoomIsBounded(t *testing.T) {
	packed := pack(t, make([]byte, 10<<20), 9)
	var u Unpacker
	got, err := u.Append(nil, packed, 100_000)
	if !errors.Is(err, ErrTooLarge) || len(got) != 100_000 || cap(got) > 300_000 {
		t.Errorf("%d bytes in room for %d, %v", len(got), cap(got), err)
	}
	buf := make([]byte, 0, 10<<20+step)
	if allocs := testing.AllocsPerRun(10, func() {
		if _, err := u.Append(buf, packed, 10<<20); err != nil {
			t.Error(err)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// FuzzAppend holds what comes out against the standard library. That is stricter with names in headers, and does not
// look at reserved flags.
func FuzzAppend(f *testing.F) {
	for name, data := range bodies(f) {
		if name != "noise" {
			f.Add(pack(f, data[:min(len(data), 4000)], 9))
			f.Add(pack(f, data[:min(len(data), 2000)], flate.HuffmanOnly))
		}
	}
	f.Add(append(pack(f, []byte("one"), 1), pack(f, nil, 9)...))
	f.Fuzz(func(t *testing.T, packed []byte) {
		const limit = 1 << 20
		var u Unpacker
		got, err := u.Append(nil, packed, limit)
		want, wantErr := standard(packed, limit)
		if err == nil && wantErr == nil && !bytes.Equal(got, want) {
			t.Error(cmp.Diff(want, got))
		}
		if header := packed[:min(len(packed), 4)]; len(header) == 4 && header[3] != 0 {
			return // the standard library may say otherwise, here or in a later member
		}
		if (err == nil) != (wantErr == nil) && !errors.Is(err, ErrHeader) {
			t.Errorf("%v, the standard library: %v", err, wantErr)
		}
	})
}

// TestFlippedBits does the same for real sizes.
func TestFlippedBits(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var u Unpacker
	for name, data := range bodies(t) {
		packed := pack(t, data, 6)
		for range 100 {
			bad := bytes.Clone(packed)
			bad[10+random.IntN(len(bad)-10)] ^= 1 << random.IntN(8)
			got, err := u.Append(nil, bad, len(data))
			want, wantErr := standard(bad, len(data))
			if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
				t.Fatalf("%s: %d bytes, %v; the standard library: %d, %v", name, len(got), err, len(want), wantErr)
			}
		}
	}
}

// BenchmarkAppend unpacks a tile, or something like it, beside two readers for streams.
func BenchmarkAppend(b *testing.B) {
	all := bodies(b)
	data := all["tile"]
	if data == nil {
		data = all["skewed"]
	}
	packed := pack(b, data, 6)
	buf := make([]byte, len(data)+step)
	run := func(name string, unpack func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if err := unpack(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	var u Unpacker
	run("gunzip", func() error {
		_, err := u.Append(buf[:0], packed, len(data))
		return err
	})
	var klauspost kgzip.Reader
	run("klauspost", func() error {
		if err := klauspost.Reset(bytes.NewReader(packed)); err != nil {
			return err
		}
		_, err := io.ReadFull(&klauspost, buf[:len(data)])
		return err
	})
	var std gzip.Reader
	run("compress-gzip", func() error {
		if err := std.Reset(bytes.NewReader(packed)); err != nil {
			return err
		}
		_, err := io.ReadFull(&std, buf[:len(data)])
		return err
	})
}

// Fixed codes after dynamic ones, and the other way round: the tables are those of the block.
func TestBlocksOfBothKinds(t *testing.T) {
	data := bodies(t)["skewed"]
	dynamic := pack(t, data, 9)
	fixed := pack(t, []byte("a"), 9) // too short for codes of its own
	var all []byte
	for _, member := range [][]byte{fixed, fixed, dynamic, fixed, dynamic, dynamic, fixed} {
		all = append(all, member...)
	}
	want, err := standard(all, 4*len(data))
	if err != nil {
		t.Fatal(err)
	}
	var u Unpacker
	if got, err := u.Append(nil, all, 4*len(data)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
}
