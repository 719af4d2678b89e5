package rfc6962

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"pinwatch/ct"
)

// Find asks the log for the entry with a leaf hash (RFC 6962 section 4.5) and verifies its audit path. A log that
// answers 404 says that there is none.
func (r *Reader) Find(ctx context.Context, leaf ct.Hash, head *ct.TreeHead) (uint64, error) {
	u := r.base + "get-proof-by-hash?hash=" + url.QueryEscape(leaf.String()) + "&tree_size=" + decimal(head.Size)
	raw, err := r.get.Get(ctx, nil, u, maxProof, true)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%w: %w", ct.ErrNoEntry, err)
	}
	if err != nil {
		return 0, err
	}
	index, path, err := parseProofByHash(raw)
	if err != nil {
		return 0, r.reject("get-proof-by-hash", err)
	}
	nodes := make([][]byte, len(path))
	for i := range path {
		nodes[i] = path[i][:]
	}
	if index >= head.Size {
		return 0, r.reject("get-proof-by-hash", fmt.Errorf("entry %d in a tree of %d", index, head.Size))
	}
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, head.Size, leaf[:], nodes, head.Root[:]); err != nil {
		return 0, r.reject("get-proof-by-hash", err)
	}
	return index, nil
}
