package rfc6962

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"pinwatch/ct"
)

// maxNodes bounds a proof: a tree of 64-bit size has no longer ones (RFC 6962 section 2.1.2).
const maxNodes = 65

// parseConsistency reads the body of get-sth-consistency.
func parseConsistency(raw []byte) ([]ct.Hash, error) {
	var body struct {
		Nodes [][]byte `json:"consistency"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, fmt.Errorf("read the proof: %w", err)
	}
	return hashes(body.Nodes)
}

// parseProofByHash reads the body of get-proof-by-hash.
func parseProofByHash(raw []byte) (index uint64, path []ct.Hash, err error) {
	var body struct {
		Index json.Number `json:"leaf_index"` // old logs wrote it as a string
		Path  [][]byte    `json:"audit_path"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return 0, nil, fmt.Errorf("read the proof: %w", err)
	}
	if index, err = strconv.ParseUint(body.Index.String(), 10, 64); err != nil {
		return 0, nil, fmt.Errorf("read leaf_index: %w", err)
	}
	path, err = hashes(body.Path)
	return index, path, err
}

// parseEntryAndProof reads the body of get-entry-and-proof. Of the entry only its hash is wanted.
func parseEntryAndProof(raw []byte) (leaf ct.Hash, path []ct.Hash, err error) {
	var body struct {
		Leaf []byte   `json:"leaf_input"`
		Path [][]byte `json:"audit_path"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return ct.Hash{}, nil, fmt.Errorf("read the proof: %w", err)
	}
	if len(body.Leaf) == 0 {
		return ct.Hash{}, nil, errors.New("the answer has no leaf_input")
	}
	path, err = hashes(body.Path)
	return (&ct.Entry{Leaf: body.Leaf}).LeafHash(), path, err
}

func hashes(nodes [][]byte) ([]ct.Hash, error) {
	if nodes == nil {
		return nil, errors.New("the answer has no proof")
	}
	if len(nodes) > maxNodes {
		return nil, fmt.Errorf("a proof of %d nodes is absurd", len(nodes))
	}
	out := make([]ct.Hash, len(nodes))
	for i, n := range nodes {
		if len(n) != sha256.Size {
			return nil, fmt.Errorf("node %d of the proof has %d bytes, not %d", i, len(n), sha256.Size)
		}
		out[i] = ct.Hash(n)
	}
	return out, nil
}

// Frontier returns the compact range of the first size entries. It asks for the audit path of the last of them in the
// tree of head: what stands to the left of that path are the subtrees that make up the range before it. That needs no
// proof for a tree size that the log never signed, which section 4 does not oblige it to give.
func (r *Reader) Frontier(ctx context.Context, size uint64, head *ct.TreeHead) (ct.Range, error) {
	if size > head.Size {
		return ct.Range{}, fmt.Errorf("%d entries are no prefix of a tree of %d", size, head.Size)
	}
	if size == 0 {
		return ct.Range{}, nil
	}
	var failures []error
	for _, ask := range []func(context.Context, uint64, *ct.TreeHead) (ct.Hash, []ct.Hash, error){
		r.entryAndProof, r.proofByHash,
	} {
		leaf, path, err := ask(ctx, size-1, head)
		if err == nil {
			var before ct.Range
			if before, err = leftOf(size-1, leaf, path, head); err == nil {
				before.Append(leaf)
				return before, nil
			}
			err = r.reject("proof", err)
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	return ct.Range{}, fmt.Errorf("prove entry %d: %w", size-1, errors.Join(failures...))
}

// leftOf verifies that the leaf is the entry at index in the tree of head, and returns the compact range of the index
// entries before it.
func leftOf(index uint64, leaf ct.Hash, path []ct.Hash, head *ct.TreeHead) (ct.Range, error) {
	raw := make([][]byte, len(path))
	for i := range path {
		raw[i] = path[i][:]
	}
	err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, head.Size, leaf[:], raw, head.Root[:])
	if err != nil {
		return ct.Range{}, fmt.Errorf("audit path of entry %d in a tree of %d: %w", index, head.Size, err)
	}
	// Upwards from the leaf: node and last are the positions of the path and of the tree's right edge on a level. A
	// node on the right edge that has no sibling is passed up as it is.
	var left []ct.Hash
	node, last := index, head.Size-1
	for _, sibling := range path {
		for node&1 == 0 && node == last {
			node, last = node>>1, last>>1
		}
		if node&1 == 1 {
			left = append(left, sibling)
		}
		node, last = node>>1, last>>1
	}
	slices.Reverse(left)
	return ct.NewRange(index, left)
}
