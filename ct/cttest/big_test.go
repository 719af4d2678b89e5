package cttest_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"pinwatch/ct"
	"pinwatch/ct/certscan"
	"pinwatch/ct/cttest"
)

// dirSource reads tiles from a directory for tlog.
type dirSource string

func (dirSource) Height() int { return 8 }

func (dir dirSource) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		body, err := os.ReadFile(filepath.Join(string(dir), strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		out = append(out, body)
	}
	return out, nil
}

func (dirSource) SaveTiles([]tlog.Tile, [][]byte) {}

func TestWriteBig(t *testing.T) {
	for _, entries := range []uint64{0, 1, 256, 778} {
		t.Run(fmt.Sprint(entries), func(t *testing.T) { checkBig(t, entries) })
	}
	t.Run("two levels", func(t *testing.T) {
		if testing.Short() {
			t.Skip("writes 30 MB")
		}
		checkBig(t, 1<<16+300)
	})
}

func checkBig(t *testing.T, entries uint64) {
	t.Helper()
	dir := t.TempDir()
	log, err := cttest.WriteBig(dir, cttest.Big{
		Origin: "big.example/2026", Entries: entries, Watched: []string{"example.com", "example.org"}, Every: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(log.MonitoringURL, filepath.ToSlash(dir)+"/") || log.Origin() != "big.example/2026" {
		t.Errorf("monitoring URL %s, origin %s", log.MonitoringURL, log.Origin())
	}
	tree := checkpointTree(t, filepath.Join(dir, "checkpoint"))
	if tree.N != int64(entries) {
		t.Fatalf("%d entries, want %d", tree.N, entries)
	}
	reader := tlog.TileHashReader(tree, dirSource(dir))
	step := max(1, entries/5/256)
	watched := 0
	for n := uint64(0); n*256 < entries; n += step {
		watched += checkBigTile(t, dir, n, entries, reader)
	}
	if want := int((entries + 50) / 100); step == 1 && watched != want {
		t.Errorf("%d entries for watched names, want %d", watched, want)
	}
}

func checkpointTree(t *testing.T, path string) tlog.Tree {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(raw), "\n")
	var tree tlog.Tree
	if _, err := fmt.Sscan(lines[1], &tree.N); err != nil {
		t.Fatal(err)
	}
	if tree.Hash, err = tlog.ParseHash(lines[2]); err != nil {
		t.Fatal(err)
	}
	return tree
}

// checkBigTile compares the entries of data tile n with the tree, and returns how many are for watched names.
func checkBigTile(t *testing.T, dir string, n, entries uint64, reader tlog.HashReader) (watched int) {
	t.Helper()
	tile := tlog.Tile{H: 8, L: -1, N: int64(n), W: int(min(256, entries-n*256))}
	body, err := dirSource(dir).ReadTiles([]tlog.Tile{tile})
	if err != nil {
		t.Fatal(err)
	}
	data := gunzip(t, body[0])
	if average := len(data) / tile.W; tile.W > 100 && (average < 1200 || average > 2000) {
		t.Errorf("tile %d: %d bytes an entry", n, average)
	}
	var scanner certscan.Scanner
	for i := range tile.W {
		index := n*256 + uint64(i)
		var e ct.Entry
		rest, err := e.DecodeTimestamped(data)
		if err != nil {
			t.Fatal(err)
		}
		cert := scanner.TBS(e.Cert)
		if e.Type == ct.PrecertEntry {
			if _, rest, err = opaque24(rest); err != nil {
				t.Fatal(err)
			}
		} else {
			cert = scanner.Certificate(e.Cert)
		}
		if cert.Problems != 0 || len(cert.Names) == 0 {
			t.Errorf("entry %d: %v, %d names", index, cert.Problems, len(cert.Names))
		} else if bytes.HasPrefix(cert.Names[0].Value, []byte("example.")) {
			watched++
		}
		if !bytes.HasSuffix(e.Extensions, []byte{byte(index >> 16), byte(index >> 8), byte(index)}) {
			t.Errorf("entry %d has extensions %x", index, e.Extensions)
		}
		if _, data, _ = ct.CutOpaque16(rest); err != nil {
			t.Fatal(err)
		}
		want, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
		if err != nil {
			t.Fatal(err)
		}
		if e.LeafHash() != ct.Hash(want[0]) {
			t.Errorf("entry %d has another hash than its tile says", index)
		}
	}
	return watched
}

// BenchmarkWriteBig says how long it takes to make a log to measure with.
func BenchmarkWriteBig(b *testing.B) {
	const entries = 100 * 256
	for b.Loop() {
		if _, err := cttest.WriteBig(b.TempDir(), cttest.Big{Origin: "big.example/2026", Entries: entries}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*entries)/b.Elapsed().Seconds(), "entries/s")
}
