package cttest_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
)

// grow adds n small entries, precertificates and final certificates in turn.
func grow(log *cttest.Log, ca *cttest.CA, n int) {
	for range n {
		issuance := ca.Issue(cttest.Template{Names: []string{fmt.Sprintf("h%d.example", log.Size())}, Bare: true})
		if log.Size()%2 == 0 {
			log.AddPrecert(issuance)
		} else {
			log.AddFinal(issuance)
		}
	}
}

func newLog(config cttest.Config, sizes ...uint64) *cttest.Log {
	config.Origin = "log.example/2026"
	log := cttest.NewLog(config)
	ca := cttest.NewRoot("Root", "seed").Intermediate("CA", "seed")
	for _, size := range sizes {
		grow(log, ca, int(size-log.Size()))
		log.PublishAll()
	}
	return log
}

// get asks a handler without a network.
func get(t *testing.T, h http.Handler, path string) (int, []byte) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	body := w.Body.Bytes()
	if w.Header().Get("Content-Encoding") == "gzip" {
		body = gunzip(t, body)
	}
	return w.Code, body
}

func gunzip(t *testing.T, body []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// tileSource reads tiles over the log's handler for tlog, which checks them against the root.
type tileSource struct {
	t   *testing.T
	log *cttest.Log
}

func (tileSource) Height() int { return 8 }

func (s tileSource) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "/tile/", 1)
		code, body := get(s.t, s.log, path)
		if code != http.StatusOK {
			return nil, fmt.Errorf("%s: status %d", path, code)
		}
		out = append(out, body)
	}
	return out, nil
}

func (tileSource) SaveTiles([]tlog.Tile, [][]byte) {}

func TestStaticTreeVerifies(t *testing.T) {
	log := newLog(cttest.Config{}, 1, 255, 256, 257, 700)
	head := log.Head()
	tree := tlog.Tree{N: int64(head.Size), Hash: tlog.Hash(head.Root)}
	reader := tlog.TileHashReader(tree, tileSource{t, log})
	index := uint64(0)
	for n := range 3 {
		path := fmt.Sprintf("/tile/data/%03d", n)
		if n == 2 {
			path += ".p/188"
		}
		code, data := get(t, log, path)
		if code != http.StatusOK {
			t.Fatalf("%s: status %d", path, code)
		}
		for len(data) > 0 {
			data = checkTileLeaf(t, data, index, reader)
			index++
		}
	}
	if index != head.Size {
		t.Errorf("%d entries, want %d", index, head.Size)
	}
}

// checkTileLeaf decodes the first TileLeaf of data and compares its leaf hash with the hash tiles.
func checkTileLeaf(t *testing.T, data []byte, index uint64, reader tlog.HashReader) []byte {
	t.Helper()
	var e ct.Entry
	rest, err := e.DecodeTimestamped(data)
	if err != nil {
		t.Fatal(err)
	}
	if wantType := ct.EntryType((index + 1) % 2); e.Type != wantType {
		t.Errorf("entry %d is %v", index, e.Type)
	}
	if want := []byte{0, 0, 5, 0, 0, 0, byte(index >> 8), byte(index)}; !bytes.Equal(e.Extensions, want) {
		t.Errorf("entry %d has extensions %x", index, e.Extensions)
	}
	if e.Type == ct.PrecertEntry {
		if _, rest, err = opaque24(rest); err != nil {
			t.Fatal(err)
		}
	}
	chain, rest, ok := ct.CutOpaque16(rest)
	if !ok || len(chain) != 2*sha256.Size {
		t.Fatalf("entry %d has %d bytes of fingerprints", index, len(chain))
	}
	want, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
	if err != nil {
		t.Fatal(err)
	}
	if e.LeafHash() != ct.Hash(want[0]) {
		t.Errorf("entry %d has another hash than its tile says", index)
	}
	return rest
}

func opaque24(data []byte) (value, rest []byte, err error) {
	value, rest, ok := ct.CutOpaque24(data)
	if !ok {
		return nil, nil, io.ErrUnexpectedEOF
	}
	return value, rest, nil
}

func TestWhichTilesExist(t *testing.T) {
	keep := newLog(cttest.Config{}, 100, 256, 300, 700)
	keep.Publish(600)
	drop := newLog(cttest.Config{DropPartial: true}, 100, 256, 300, 700)
	for _, test := range []struct {
		path       string
		kept, drop bool
	}{
		{"/tile/0/000", true, true},
		{"/tile/0/001", true, true},
		{"/tile/0/002", false, false},
		{"/tile/0/000.p/100", true, false},
		{"/tile/0/000.p/101", false, false}, // never a head of this size
		{"/tile/0/001.p/44", true, false},
		{"/tile/0/002.p/188", true, true},
		{"/tile/0/002.p/88", true, false}, // published later, when the tree shrank
		{"/tile/1/000.p/1", true, true},
		{"/tile/1/000.p/2", true, true},
		{"/tile/1/000.p/3", false, false},
		{"/tile/data/000", true, true},
		{"/tile/data/000.p/100", true, false},
		{"/tile/data/002.p/188", true, true},
		{"/tile/data/002.p/189", false, false},
		{"/tile/0/0", false, false},
		{"/tile/6/000", false, false},
		{"/issuer/00", false, false},
	} {
		for log, want := range map[*cttest.Log]bool{keep: test.kept, drop: test.drop} {
			if code, _ := get(t, log, test.path); (code == http.StatusOK) != want {
				t.Errorf("%s: status %d, want it to exist: %v", test.path, code, want)
			}
		}
	}
}

func TestIssuers(t *testing.T) {
	log := newLog(cttest.Config{}, 2)
	for _, der := range log.Leaf(0).Chain {
		sum := sha256.Sum256(der)
		code, body := get(t, log, "/issuer/"+hex.EncodeToString(sum[:]))
		if code != http.StatusOK || !bytes.Equal(body, der) {
			t.Errorf("issuer %x: status %d, %d bytes", sum, code, len(body))
		}
	}
}

func TestWriteDir(t *testing.T) {
	dir := t.TempDir()
	log := newLog(cttest.Config{DropPartial: true, Plain: func(n uint64) bool { return n == 1 }}, 300)
	if err := log.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	grow(log, cttest.NewRoot("Root 2", "seed"), 400)
	log.PublishAll()
	if err := log.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	for path, wantGzip := range map[string]bool{
		"checkpoint": false, "tile/0/000": false, "tile/0/001": false, "tile/0/002.p/188": false,
		"tile/1/000.p/1": false, "tile/1/000.p/2": false,
		"tile/data/000": true, "tile/data/001": false, "tile/data/002.p/188": true,
	} {
		raw, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Error(err)
			continue
		}
		if gzipped := bytes.HasPrefix(raw, []byte{0x1f, 0x8b}); gzipped != wantGzip {
			t.Errorf("%s: gzip is %v", path, gzipped)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "tile/0/001.p")); err == nil {
		t.Error("tile/0/001.p is still there")
	}
}

func TestFork(t *testing.T) {
	log := newLog(cttest.Config{}, 300)
	fork := log.Fork(200)
	if fork.Root(200) != log.Root(200) {
		t.Error("the fork has another root where it should have the same")
	}
	grow(fork, cttest.NewRoot("Other root", "seed"), 100)
	fork.PublishAll()
	if a, b := log.Head(), fork.Head(); a.Size != b.Size || a.Root == b.Root {
		t.Errorf("sizes %d and %d, roots equal: %v", a.Size, b.Size, a.Root == b.Root)
	}
}
