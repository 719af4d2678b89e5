package static

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"pinwatch/ct"
	"pinwatch/ct/gunzip"
)

// Bounds of what one answer may hold, in bytes after inflating.
const (
	// maxDataTile is 256 entries of 256 kB on average. The largest tiles of public logs are below 2 MB.
	maxDataTile = 64 << 20
	maxIssuer   = 1 << 20
)

// Getter fetches one resource of a log.
type Getter interface {
	// Get appends the resource at url, content encodings undone, to what room returns, or to nil where room is nil; at
	// most max bytes of it. room is called once, when the resource arrives: a request that waits for it holds no
	// memory. fresh asks caches on the way to be passed over. A resource that is not there is an error that matches
	// fs.ErrNotExist.
	Get(ctx context.Context, room func() []byte, url string, max int, fresh bool) ([]byte, error)
}

// Reader reads one static-ct-api log. It implements ct.Reader.
type Reader struct {
	log      *ct.Log
	base     string // the monitoring prefix, ending in a slash
	get      Getter
	verifier *ct.Verifier
	known    Issuers       // nil: none
	buffers  sync.Pool     // of *buffer
	inUse    chan struct{} // holds one for each buffer that is in use

	mu      sync.Mutex
	issuers map[[sha256.Size]byte][]byte // verified against their fingerprints; at most maxIssuers
	tiles   tileCache
}

// maxIssuers bounds the issuer certificates kept in memory. All public CAs together have a few thousand.
const maxIssuers = 4096

// maxBuffers bounds how many tiles are unpacked and worked on at a time, however many are on their way: several for each
// processor that one log can be read with.
const maxBuffers = 16

// buffer is what one data tile is read into.
type buffer struct {
	data    []byte // the decoded tile
	packed  []byte // the tile as stored, where that is gzip
	entries []ct.Entry
	gunzip  gunzip.Unpacker
}

// New makes a reader of log, whose MonitoringURL and Key must be set; and SubmissionURL, if its TreeHead is asked.
func New(log *ct.Log, get Getter, options ...Option) (*Reader, error) {
	v, err := ct.NewVerifier(log.Key)
	if err != nil {
		return nil, err
	}
	if v.ID() != log.ID {
		return nil, fmt.Errorf("log ID %s is not the SHA-256 of the log's key (%s)", log.ID, v.ID())
	}
	r := &Reader{
		log: log, get: get, verifier: v,
		base:    strings.TrimRight(log.MonitoringURL, "/") + "/",
		issuers: make(map[[sha256.Size]byte][]byte), inUse: make(chan struct{}, maxBuffers),
	}
	for _, o := range options {
		o(r)
	}
	return r, nil
}

// TreeHead fetches the checkpoint and verifies its origin and signature.
func (r *Reader) TreeHead(ctx context.Context) (*ct.TreeHead, error) {
	raw, err := r.get.Get(ctx, nil, r.base+"checkpoint", maxCheckpoint, true)
	if err != nil {
		return nil, err
	}
	return ParseCheckpoint(raw, r.log.Origin(), r.verifier)
}

// PageSize is the width of a tile.
func (r *Reader) PageSize() uint64 { return tileWidth }

// take takes a buffer, when there are not too many in use.
func (r *Reader) take() *buffer {
	r.inUse <- struct{}{}
	b, _ := r.buffers.Get().(*buffer)
	if b == nil {
		b = new(buffer)
	}
	return b
}

// give gives a buffer back.
func (r *Reader) give(b *buffer) {
	r.buffers.Put(b)
	<-r.inUse
}

// Entries reads the data tile that holds the entry from, and returns its entries from there on, up to to. It waits while
// 16 batches of the log are in use: who holds one must not wait for another.
func (r *Reader) Entries(ctx context.Context, from, to uint64, head *ct.TreeHead, fresh bool) (*ct.Batch, error) {
	if from >= to || to > head.Size {
		return nil, fmt.Errorf("no entries from %d to %d in a tree of %d", from, to, head.Size)
	}
	n := from / tileWidth
	first := n * tileWidth
	b, width, err := r.dataTile(ctx, n, int(min(tileWidth, head.Size-first)), fresh)
	if err != nil {
		return nil, fmt.Errorf("data tile %d: %w", n, err)
	}
	if err := b.decode(first, width); err != nil {
		r.give(b)
		r.reject(err)
		return nil, fmt.Errorf("data tile %d: %w", n, err)
	}
	entries := b.entries[from-first : min(to-first, uint64(width))]
	return ct.NewBatch(entries, func() { r.give(b) }), nil
}

// reject tells the getter, if it wants to know, that an answer was worthless though it looked well: servers in trouble
// give such answers, and must be asked less.
func (r *Reader) reject(err error) {
	if g, ok := r.get.(interface{ Reject(cause error) }); ok {
		g.Reject(err)
	}
}

// dataTile fetches data tile n, which has width entries at the head in hand, and says how many entries it has: a
// partial tile may be gone once the full one exists (static-ct-api, "Partial Tiles").
func (r *Reader) dataTile(ctx context.Context, n uint64, width int, fresh bool) (*buffer, int, error) {
	b, err := r.tile(ctx, tilePath("data", n, width), fresh)
	if width == tileWidth || !errors.Is(err, fs.ErrNotExist) {
		return b, width, err
	}
	partialErr := err
	b, err = r.tile(ctx, tilePath("data", n, tileWidth), fresh)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("neither the partial nor the full tile is there: %w", partialErr)
	}
	return b, tileWidth, err
}

// tile fetches a data tile into a buffer, which is taken when there is something to put into it.
func (r *Reader) tile(ctx context.Context, path string, fresh bool) (*buffer, error) {
	var b *buffer
	data, err := r.get.Get(ctx, func() []byte {
		b = r.take()
		return b.data[:0]
	}, r.base+path, maxDataTile, fresh)
	switch {
	case err == nil:
		b.data = data
		return b, nil
	case b != nil:
		r.give(b)
	}
	return nil, err
}

// decode reads the entries of b.data, a tile of so many of which the first has the index first.
func (b *buffer) decode(first uint64, width int) (err error) {
	if err = b.inflate(); err == nil {
		b.entries, err = DecodeTile(b.entries[:0], b.data, first, width)
	}
	return err
}

// inflate undoes gzip where the tile is stored so and the server did not say it: directories of tiles hold them that
// way. No data tile begins like a gzip member: it begins with a timestamp, which would lie 72 million years ahead.
func (b *buffer) inflate() error {
	if len(b.data) < 2 || b.data[0] != 0x1f || b.data[1] != 0x8b {
		return nil
	}
	b.data, b.packed = b.packed, b.data
	var err error
	b.data, err = b.gunzip.Append(b.data[:0], b.packed, maxDataTile)
	return err
}

// Submission returns the certificate or precertificate of e and the issuers its fingerprints name. The pre_certificate
// of a data tile is the log's word: the leaf hash does not cover it.
func (r *Reader) Submission(ctx context.Context, e *ct.Entry) (*ct.Submission, error) {
	s := &ct.Submission{Cert: bytes.Clone(e.Cert)}
	if e.Type == ct.PrecertEntry {
		s.Cert = bytes.Clone(e.Precert)
	}
	for rest := e.Fingerprints; len(rest) >= sha256.Size; rest = rest[sha256.Size:] {
		der, err := r.issuer(ctx, [sha256.Size]byte(rest))
		if err != nil {
			return nil, fmt.Errorf("issuer %x: %w", rest[:sha256.Size], err)
		}
		s.Chain = append(s.Chain, der)
	}
	return s, nil
}
