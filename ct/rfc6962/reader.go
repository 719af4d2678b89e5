package rfc6962

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"pinwatch/ct"
)

// Bounds of what one answer may hold, in bytes after inflating.
const (
	maxSTH   = 16 << 10
	maxProof = 64 << 10
	// maxPageBody bounds an answer of several entries: 1,024 of 32 kB of JSON each, four times the usual. Where that
	// is too little, fewer entries are asked for.
	maxPageBody = 32 << 20
	// maxEntryBody bounds an answer of one entry: a certificate, a precertificate and a chain of 16 MB each, in base64.
	maxEntryBody = 72 << 20
)

// Getter fetches one resource of a log.
type Getter interface {
	// Get appends the resource at url, content encodings undone, to what room returns, or to nil where room is nil; at
	// most max bytes of it. room is called once, when the resource arrives: a request that waits for it holds no
	// memory. fresh asks caches on the way to be passed over. The error of a larger resource has a method TooLarge()
	// bool that says true.
	//
	// The Reader repeats no request that failed but one that was too large, and that with fewer entries: when to ask
	// again is up to the Getter and to the caller.
	//
	// A Getter with a method Reject(error) is told of answers that are not what was asked for.
	Get(ctx context.Context, room func() []byte, url string, max int, fresh bool) ([]byte, error)
}

// Reader reads one RFC 6962 log. It implements ct.Reader.
type Reader struct {
	heads    string // the URL of get-sth
	base     string // the prefix of the other client messages
	get      Getter
	verifier *ct.Verifier
	pages    pageSize
	buffers  sync.Pool // of *buffer
}

// New makes a reader of log, whose Key must be set, and URL or HeadURL. With HeadURL tree heads come from there; with
// HeadURL alone they are all that can be read.
func New(log *ct.Log, get Getter) (*Reader, error) {
	v, err := ct.NewVerifier(log.Key)
	if err != nil {
		return nil, err
	}
	if v.ID() != log.ID {
		return nil, fmt.Errorf("log ID %s is not the SHA-256 of the log's key (%s)", log.ID, v.ID())
	}
	if log.URL == "" && log.HeadURL == "" {
		return nil, errors.New("the log has no URL")
	}
	r := &Reader{get: get, verifier: v, base: prefix(log.URL), pages: newPageSize()}
	r.heads = r.base + "get-sth"
	if log.HeadURL != "" {
		r.heads = prefix(log.HeadURL) + "get-sth"
	}
	return r, nil
}

// reject passes an error on, and tells the Getter.
func (r *Reader) reject(message string, err error) error {
	err = fmt.Errorf("%s: %w", message, err)
	if g, ok := r.get.(interface{ Reject(cause error) }); ok {
		g.Reject(err)
	}
	return err
}

func prefix(u string) string { return strings.TrimRight(u, "/") + "/ct/v1/" }

// TreeHead fetches the log's signed tree head and verifies it (RFC 6962 section 4.3).
func (r *Reader) TreeHead(ctx context.Context) (*ct.TreeHead, error) {
	raw, err := r.get.Get(ctx, nil, r.heads, maxSTH, true)
	if err != nil {
		return nil, err
	}
	head, err := parseSTH(raw, r.verifier)
	if err != nil {
		return nil, r.reject("get-sth", err)
	}
	return head, nil
}

// PageSize is how many entries the log gives at once, as far as it has been learned.
func (r *Reader) PageSize() uint64 { return r.pages.now() }

// Consistency fetches a consistency proof (RFC 6962 section 4.4).
func (r *Reader) Consistency(ctx context.Context, size uint64, head *ct.TreeHead, fresh bool) ([]ct.Hash, error) {
	if size > head.Size {
		return nil, fmt.Errorf("no proof from %d entries to a tree of %d", size, head.Size)
	}
	if size == 0 || size == head.Size {
		return nil, nil
	}
	u := r.base + "get-sth-consistency?first=" + decimal(size) + "&second=" + decimal(head.Size)
	raw, err := r.get.Get(ctx, nil, u, maxProof, fresh)
	if err != nil {
		return nil, err
	}
	nodes, err := parseConsistency(raw)
	if err != nil {
		return nil, r.reject("get-sth-consistency", err)
	}
	return nodes, nil
}

// entryAndProof fetches the leaf hash of an entry and its audit path (RFC 6962 section 4.8).
func (r *Reader) entryAndProof(ctx context.Context, index uint64, head *ct.TreeHead) (ct.Hash, []ct.Hash, error) {
	u := r.base + "get-entry-and-proof?leaf_index=" + decimal(index) + "&tree_size=" + decimal(head.Size)
	raw, err := r.get.Get(ctx, nil, u, maxEntryBody, false)
	if err != nil {
		return ct.Hash{}, nil, err
	}
	leaf, path, err := parseEntryAndProof(raw)
	if err != nil {
		return ct.Hash{}, nil, r.reject("get-entry-and-proof", err)
	}
	return leaf, path, nil
}

// proofByHash fetches an entry, and then its audit path (RFC 6962 section 4.5).
func (r *Reader) proofByHash(ctx context.Context, index uint64, head *ct.TreeHead) (ct.Hash, []ct.Hash, error) {
	batch, err := r.Entries(ctx, index, index+1, head, false)
	if err != nil {
		return ct.Hash{}, nil, err
	}
	leaf := batch.Entries[0].LeafHash()
	batch.Release()
	u := r.base + "get-proof-by-hash?hash=" + url.QueryEscape(leaf.String()) + "&tree_size=" + decimal(head.Size)
	raw, err := r.get.Get(ctx, nil, u, maxProof, false)
	if err != nil {
		return ct.Hash{}, nil, err
	}
	at, path, err := parseProofByHash(raw)
	if err == nil && at != index {
		err = fmt.Errorf("the leaf of entry %d is found at %d", index, at)
	}
	if err != nil {
		return ct.Hash{}, nil, r.reject("get-proof-by-hash", err)
	}
	return leaf, path, nil
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
