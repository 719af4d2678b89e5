package static_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/static"
)

// fill adds n entries, precertificates and certificates in turn.
func fill(log *cttest.Log, n int) {
	ca := cttest.NewRoot("Test Root", "static").Intermediate("Test CA", "static")
	for i := range n {
		iss := ca.Issue(cttest.Template{Names: []string{fmt.Sprintf("h%d.example.com", i)}, Key: "k", Bare: true})
		if i%2 == 0 {
			log.AddPrecert(iss)
		} else {
			log.AddFinal(iss)
		}
	}
}

// body is what the log keeps at a path, where a tile of n entries is partial.
func body(tb testing.TB, log *cttest.Log, path string, n int) []byte {
	tb.Helper()
	dir := tb.TempDir()
	if err := log.WriteDir(dir); err != nil {
		tb.Fatal(err)
	}
	if n < 256 {
		path += fmt.Sprintf(".p/%d", n)
	}
	data, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// open writes the log to a directory and reads it from there.
func open(tb testing.TB, log *cttest.Log) (dir string, r *static.Reader, head *ct.TreeHead) {
	tb.Helper()
	dir = tb.TempDir()
	if err := log.WriteDir(dir); err != nil {
		tb.Fatal(err)
	}
	r, err := static.New(log.Describe("file://"+dir+"/", true), static.Files{})
	if err != nil {
		tb.Fatal(err)
	}
	head, err = r.TreeHead(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return dir, r, head
}

// readAll reads every entry from index from on and returns the range that they lead to.
func readAll(tb testing.TB, r ct.Reader, at ct.Range, head *ct.TreeHead, each func(*ct.Entry)) ct.Range {
	tb.Helper()
	for at.Size() < head.Size {
		batch, err := r.Entries(tb.Context(), at.Size(), head.Size, head, false)
		if err != nil {
			tb.Fatal(err)
		}
		for i := range batch.Entries {
			e := &batch.Entries[i]
			if e.Index != at.Size() {
				tb.Fatalf("entry %d where %d is due", e.Index, at.Size())
			}
			at.Append(e.LeafHash())
			if each != nil {
				each(e)
			}
		}
		batch.Release()
	}
	return at
}

func TestReaderReadsWholeLogs(t *testing.T) {
	for _, n := range []int{0, 1, 255, 256, 257, 700} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			log := cttest.NewLog(cttest.Config{Origin: origin, Plain: func(n uint64) bool { return n == 1 }})
			fill(log, n)
			log.PublishAll()
			_, r, head := open(t, log)
			at := readAll(t, r, ct.Range{}, head, func(e *ct.Entry) {
				if e.Index%100 > 1 {
					return
				}
				s, err := r.Submission(t.Context(), e)
				if err != nil {
					t.Fatal(err)
				}
				if len(s.Chain) != 2 || s.Chain[0] == nil || s.Chain[1] == nil {
					t.Errorf("entry %d has a chain of %d", e.Index, len(s.Chain))
				}
				if want := log.Leaf(e.Index); e.Type == ct.PrecertEntry && !bytes.Equal(s.Cert, want.Precert) ||
					e.Type == ct.X509Entry && !bytes.Equal(s.Cert, want.Cert) {
					t.Errorf("entry %d: another certificate was submitted", e.Index)
				}
			})
			if at.Root() != head.Root || head.Size != uint64(n) {
				t.Errorf("root of %d entries is %v, signed is %v of %d", n, at.Root(), head.Root, head.Size)
			}
		})
	}
}

func TestReaderProves(t *testing.T) {
	log := cttest.NewLog(cttest.Config{Origin: origin})
	fill(log, 700)
	log.PublishAll()
	dir, r, head := open(t, log)
	var at ct.Range
	for size := range uint64(701) {
		if size%37 != 0 && size != 256 && size != 512 && size != 700 {
			continue
		}
		frontier, err := r.Frontier(t.Context(), size, head)
		if err != nil {
			t.Fatalf("frontier of %d: %v", size, err)
		}
		if frontier.Size() != size || frontier.Root() != log.Root(size) {
			t.Errorf("frontier of %d has the root %v, want %v", size, frontier.Root(), log.Root(size))
		}
		nodes, err := r.Consistency(t.Context(), size, head, false)
		if err != nil {
			t.Fatalf("consistency of %d: %v", size, err)
		}
		if err := frontier.VerifyConsistency(head, nodes); err != nil {
			t.Errorf("consistency of %d: %v", size, err)
		}
		at = frontier
	}
	if at.Root() != head.Root {
		t.Error("the last frontier is not the tree")
	}
	// A flipped bit in a hash tile is found out before a hash of it is used.
	flip(t, filepath.Join(dir, "tile/0/001"), 5)
	r, err := static.New(log.Describe("file://"+dir+"/", true), static.Files{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Frontier(t.Context(), 300, head); err == nil {
		t.Error("a frontier was read from a wrong hash tile")
	}
}

func flip(t *testing.T, file string, at int) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[at] ^= 1
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPartialTileThatVanished(t *testing.T) {
	log := cttest.NewLog(cttest.Config{Origin: origin, DropPartial: true})
	fill(log, 300)
	log.PublishAll()
	dir, r, head := open(t, log)
	fill(log, 300)
	log.PublishAll()
	if err := log.WriteDir(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "tile/data/001.p/44")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the partial tile is still there: %v", err)
	}
	if at := readAll(t, r, ct.Range{}, head, nil); at.Root() != head.Root {
		t.Error("the entries of the older head were not read right from the full tile")
	}
	if err := os.Remove(filepath.Join(dir, "tile/data/001")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Entries(t.Context(), 256, 300, head, false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("neither tile is there, and the error is %v", err)
	}
}

func TestReaderRefusesAForeignLogID(t *testing.T) {
	log := cttest.NewLog(cttest.Config{Origin: origin}).Describe("file:///nowhere/", true)
	log.ID[0] ^= 1
	if _, err := static.New(log, static.Files{}); err == nil {
		t.Error("accepted")
	}
}

// The first two data tiles of Navigli 2025h2: every leaf hash is that of the log's own hash tiles, and every name of
// its names tiles belongs to the entry it names.
func TestRealTiles(t *testing.T) {
	base := "../../../shared/data/logs/navigli2025h2/tile/"
	if _, err := os.Stat(base); err != nil {
		t.Skip("no ../shared/data/logs/navigli2025h2")
	}
	for n, name := range []string{"000", "001"} {
		data, err := os.ReadFile(base + "data/" + name)
		if err != nil {
			t.Fatal(err)
		}
		hashes, err := os.ReadFile(base + "0/" + name)
		if err != nil {
			t.Fatal(err)
		}
		names, err := os.ReadFile(base + "names/" + name)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := static.DecodeTile(nil, data, uint64(n)*256, 256)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(names))
		lines.Buffer(nil, 1<<20)
		for i := range entries {
			e := &entries[i]
			if h := e.LeafHash(); !bytes.Equal(h[:], hashes[i*32:i*32+32]) {
				t.Fatalf("leaf hash of entry %d is %v", e.Index, h)
			}
			if index, ok := static.LeafIndex(e); !ok || index != e.Index {
				t.Errorf("entry %d has the leaf_index %d", e.Index, index)
			}
			var line struct {
				Timestamp uint64
				DNS       []string
			}
			if !lines.Scan() || json.Unmarshal(lines.Bytes(), &line) != nil {
				t.Fatalf("no line %d in the names tile", i)
			}
			if line.Timestamp != e.Timestamp {
				t.Errorf("entry %d is of %d, its names line of %d", e.Index, e.Timestamp, line.Timestamp)
			}
			for _, name := range line.DNS {
				if !bytes.Contains(e.Cert, []byte(name)) {
					t.Errorf("entry %d does not hold the name %s", e.Index, name)
				}
			}
		}
	}
}

func BenchmarkEntries(b *testing.B) {
	log := cttest.NewLog(cttest.Config{Origin: origin})
	fill(log, 256)
	log.PublishAll()
	_, r, head := open(b, log)
	for b.Loop() {
		batch, err := r.Entries(b.Context(), 0, 256, head, false)
		if err != nil {
			b.Fatal(err)
		}
		batch.Release()
	}
}
