package rfc6962

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"pinwatch/ct"
)

// maxTreeSize bounds a tree, so that no sum of an index and a count can overflow.
const maxTreeSize = 1 << 62

// parseSTH reads and verifies the body of get-sth.
//
// An error is a *ct.Misbehaviour where the body is a head that the log's key did not sign. A body that is no head at
// all is an ordinary error: it may come from anything that stands between the log and us.
func parseSTH(raw []byte, v *ct.Verifier) (*ct.TreeHead, error) {
	var body struct {
		Size      *uint64 `json:"tree_size"`
		Timestamp *uint64 `json:"timestamp"`
		Root      []byte  `json:"sha256_root_hash"`
		Signature []byte  `json:"tree_head_signature"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, fmt.Errorf("read the tree head: %w", err)
	}
	switch {
	case body.Size == nil:
		return nil, errors.New("the tree head has no tree_size")
	case *body.Size > maxTreeSize:
		return nil, fmt.Errorf("tree_size %d is absurd", *body.Size)
	case body.Timestamp == nil:
		return nil, errors.New("the tree head has no timestamp")
	case len(body.Root) != sha256.Size:
		return nil, fmt.Errorf("sha256_root_hash has %d bytes, not %d", len(body.Root), sha256.Size)
	}
	head := &ct.TreeHead{
		Size: *body.Size, Root: ct.Hash(body.Root), Timestamp: *body.Timestamp, Signature: body.Signature, Raw: raw,
	}
	if err := v.Verify(head); err != nil {
		return nil, &ct.Misbehaviour{
			Kind: ct.BadSignature, Detail: fmt.Sprintf("tree head not signed by the log's key: %v", err), Raw: raw,
		}
	}
	return head, nil
}
