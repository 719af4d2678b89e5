package ct

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// LeafHash is the Merkle tree hash of a leaf, given its TimestampedEntry: SHA-256 over 0x00 (a leaf, RFC 6962 section
// 2.1), version v1, leaf type timestamped_entry (section 3.4) and the entry.
func LeafHash(timestamped []byte) Hash {
	var h Hash
	d := sha256.New()
	d.Write([]byte{0, 0, 0})
	d.Write(timestamped)
	d.Sum(h[:0])
	return h
}

// nodeHash is the hash of an inner node (RFC 6962 section 2.1).
func nodeHash(left, right *Hash) Hash {
	var buf [1 + 2*sha256.Size]byte
	buf[0] = 1
	copy(buf[1:], left[:])
	copy(buf[1+sha256.Size:], right[:])
	return sha256.Sum256(buf[:])
}

// Range is the compact range of the first Size entries of a log: the roots of the perfect subtrees they fall into. It
// is all that must be remembered to go on verifying from there. The zero value is the empty tree; a copy is a
// snapshot.
type Range struct {
	size uint64
	// nodes[i] is the root of the perfect subtree of 2^i leaves, meaningful where bit i of size is set.
	nodes [64]Hash
}

// Size is the number of entries in the range.
func (r *Range) Size() uint64 { return r.size }

// Append adds the next leaf.
func (r *Range) Append(leaf Hash) { r.append(0, leaf) }

// append adds the root of a perfect subtree of 2^level leaves. The size must be a multiple of that.
func (r *Range) append(level int, node Hash) {
	leaves := uint64(1) << level
	for ; r.size>>level&1 == 1; level++ {
		node = nodeHash(&r.nodes[level], &node)
	}
	r.nodes[level] = node
	r.size += leaves
}

// Join adds the entries of s, which must begin where the range ends.
func (r *Range) Join(s *Span) {
	for i := range s.nodes {
		r.append(s.nodes[i].level, s.nodes[i].hash)
	}
}

// Root is the root of the tree that consists of the range alone: what a head of this size must sign.
func (r *Range) Root() Hash {
	if r.size == 0 {
		return sha256.Sum256(nil)
	}
	level := bits.TrailingZeros64(r.size)
	root := r.nodes[level]
	for level++; level < bits.Len64(r.size); level++ {
		if r.size>>level&1 == 1 {
			root = nodeHash(&r.nodes[level], &root)
		}
	}
	return root
}

// Nodes lists the subtree roots, the largest (leftmost) subtree first.
func (r *Range) Nodes() []Hash {
	var out []Hash
	for level := bits.Len64(r.size) - 1; level >= 0; level-- {
		if r.size>>level&1 == 1 {
			out = append(out, r.nodes[level])
		}
	}
	return out
}

// NewRange makes the compact range of size entries from its subtree roots, in the order of Nodes.
func NewRange(size uint64, nodes []Hash) (Range, error) {
	r := Range{size: size}
	if len(nodes) != bits.OnesCount64(size) {
		return Range{}, fmt.Errorf("a compact range of %d entries has %d nodes, not %d", size, bits.OnesCount64(size), len(nodes))
	}
	for level := bits.Len64(size) - 1; level >= 0; level-- {
		if size>>level&1 == 1 {
			r.nodes[level], nodes = nodes[0], nodes[1:]
		}
	}
	return r, nil
}

// VerifyConsistency checks that the range is a prefix of the tree of head.
func (r *Range) VerifyConsistency(head *TreeHead, nodes []Hash) error {
	return VerifyConsistency(r.size, r.Root(), head, nodes)
}

// VerifyConsistency checks that the tree of size entries with the given root is a prefix of the tree of head, by a
// proof as RFC 6962 section 2.1.2 orders it. Equal sizes need no proof: the roots must be equal.
func VerifyConsistency(size uint64, root Hash, head *TreeHead, nodes []Hash) error {
	if size > head.Size {
		return fmt.Errorf("%d entries are no prefix of a tree of %d", size, head.Size)
	}
	if size == head.Size {
		if root != head.Root {
			return errors.New("the roots differ")
		}
		return nil
	}
	raw := make([][]byte, len(nodes))
	for i := range nodes {
		raw[i] = nodes[i][:]
	}
	return proof.VerifyConsistency(rfc6962.DefaultHasher, size, head.Size, raw, root[:], head.Root[:])
}
