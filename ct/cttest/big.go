package cttest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"

	"pinwatch/ct"
)

// Big says what WriteBig writes.
type Big struct {
	Origin  string   // of its checkpoints
	Entries uint64   // how many
	Watched []string // names that are sprinkled over it, in turn
	Every   uint64   // one entry in so many is for a watched name, the first at Every/2; default 1000
	Key     *Key     // of the certificates for watched names; default: that of the seed "big"
	CA      *CA      // that issued them, and no others; default: one of its own
	Plain   bool     // data tiles are not gzip-encoded
}

// WriteBig writes a static-ct log of any size into a directory and describes it. It is for measuring: its entries are
// of the sizes that public logs have, and compress as theirs do, but only those for watched names are issued. The
// others are copies of a few with another serial number, name, key, signature and time, which takes a microsecond.
func WriteBig(dir string, b Big) (*ct.Log, error) {
	if b.Every == 0 {
		b.Every = 1000
	}
	if b.Key == nil {
		b.Key = NewKey("big")
	}
	if b.CA == nil {
		b.CA = NewRoot("Watched Root", "big").Intermediate("Watched CA", "big")
	}
	w := bigWriter{
		Big: b, dir: dir, log: NewLog(Config{Origin: b.Origin}), molds: molds(),
		root: (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0),
	}
	if err := w.write(); err != nil {
		return nil, fmt.Errorf("write the log %s: %w", b.Origin, err)
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return w.log.Describe("file://"+filepath.ToSlash(path)+"/", true), nil
}

// bigWriter writes data and hash tiles as they come and keeps only the edge of the tree.
type bigWriter struct {
	Big
	dir   string
	log   *Log // empty: it has the key
	molds []mold
	edge  [6][]tlog.Hash // per level, the hashes of the tile that is not full yet
	root  *compact.Range
}

func (w *bigWriter) write() error {
	issuers := w.CA.Chain()
	for _, m := range w.molds {
		issuers = append(issuers, m.chain...)
	}
	for _, der := range issuers {
		if err := w.file(fmt.Sprintf("issuer/%x", sha256.Sum256(der)), der); err != nil {
			return err
		}
	}
	if err := w.tiles(); err != nil {
		return err
	}
	for level, hashes := range w.edge {
		if err := w.hashTile(level, hashes); err != nil {
			return err
		}
	}
	root, err := w.root.GetRootHash(nil)
	if err != nil {
		return err
	}
	if w.Entries == 0 {
		root = rfc6962.DefaultHasher.EmptyRoot()
	}
	return w.file("checkpoint", Checkpoint(w.Origin, w.log.config.Key, w.Entries, ct.Hash(root), bigTime(w.Entries)))
}

func (w *bigWriter) file(path string, body []byte) error {
	return replaceFile(filepath.Join(w.dir, filepath.FromSlash(path)), body)
}

// tiles makes the data tiles on all processors and folds their hashes into the tree in order.
func (w *bigWriter) tiles() error {
	type made struct {
		hashes []tlog.Hash
		err    error
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	order := make(chan chan made, 2*runtime.GOMAXPROCS(0))
	var workers sync.WaitGroup
	defer workers.Wait()
	go func() {
		defer close(order)
		for n := uint64(0); n*tileWidth < w.Entries && ctx.Err() == nil; n++ {
			result := make(chan made, 1)
			order <- result
			workers.Go(func() {
				hashes, err := w.dataTile(n)
				result <- made{hashes, err}
			})
		}
	}()
	var first error
	for result := range order {
		m := <-result
		if first == nil {
			first = m.err
		}
		for _, h := range m.hashes {
			if first == nil {
				first = w.append(0, h)
			}
		}
		if first != nil {
			cancel()
		}
	}
	return first
}

// append adds a hash to a level; a full tile is written and its root added to the level above.
func (w *bigWriter) append(level int, h tlog.Hash) error {
	if level == 0 {
		if err := w.root.Append(h[:], nil); err != nil {
			return err
		}
	}
	w.edge[level] = append(w.edge[level], h)
	if len(w.edge[level]) < tileWidth {
		return nil
	}
	full := w.edge[level]
	w.edge[level] = nil
	if err := w.hashTile(level, full); err != nil {
		return err
	}
	for len(full) > 1 {
		for i := range len(full) / 2 {
			full[i] = tlog.NodeHash(full[2*i], full[2*i+1])
		}
		full = full[:len(full)/2]
	}
	return w.append(level+1, full[0])
}

// hashTile writes the last tile of a level as it is now.
func (w *bigWriter) hashTile(level int, hashes []tlog.Hash) error {
	if len(hashes) == 0 {
		return nil
	}
	var body []byte
	for _, h := range hashes {
		body = append(body, h[:]...)
	}
	n := int64(w.root.End()-1) >> (tileHeight * (level + 1))
	return w.file(tilePath(tlog.Tile{H: tileHeight, L: level, N: n, W: len(hashes)}), body)
}

// dataTile makes and writes data tile n.
func (w *bigWriter) dataTile(n uint64) ([]tlog.Hash, error) {
	stream := NewStream(fmt.Sprintf("%s tile %d", w.Origin, n))
	width := min(tileWidth, w.Entries-n*tileWidth)
	var body []byte
	hashes := make([]tlog.Hash, 0, width)
	for i := range width {
		index := n*tileWidth + i
		var leaf []byte
		if len(w.Watched) > 0 && index%w.Every == w.Every/2 {
			leaf = w.watched(index)
		} else {
			leaf = w.molds[stream.Pick(len(w.molds))].cast(index, stream)
		}
		var e ct.Entry
		if _, err := e.DecodeTimestamped(leaf); err != nil {
			return nil, fmt.Errorf("entry %d: %w", index, err)
		}
		hashes = append(hashes, tlog.RecordHash(append([]byte{0, 0}, e.Timestamped...)))
		body = append(body, leaf...)
	}
	if !w.Plain {
		body = compress(body, gzip.BestSpeed)
	}
	return hashes, w.file(tilePath(tlog.Tile{H: tileHeight, L: -1, N: int64(n), W: int(width)}), body)
}

// watched is a real precert_entry, or every fourth time an x509_entry, for one of the watched names.
func (w *bigWriter) watched(index uint64) []byte {
	count := index / w.Every
	name := w.Watched[count%uint64(len(w.Watched))]
	issuance := w.CA.Issue(Template{
		CN: name, Names: []string{name, "www." + name}, SPKI: w.Key.SPKI, Serial: binary.BigEndian.AppendUint64([]byte{1}, index),
	})
	leaf := PrecertLeaf(issuance)
	if count%4 == 3 {
		leaf = FinalLeaf(issuance)
	}
	leaf.Timestamp, leaf.Extensions, leaf.Fingerprints = bigTime(index), leafIndex(index), fingerprints(leaf.Chain)
	return leaf.tileLeaf()
}

// bigTime is the timestamp of an entry, a millisecond after the one before.
func bigTime(index uint64) uint64 {
	return uint64(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC).UnixMilli()) + index
}
