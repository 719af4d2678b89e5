package ct_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"pinwatch/ct"
)

// tlogTree keeps the hashes of a tree as golang.org/x/mod/sumdb/tlog does: the oracle of these tests.
type tlogTree []tlog.Hash

func (t tlogTree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = t[x]
	}
	return out, nil
}

func (t *tlogTree) add(tb testing.TB, n int64, leaf ct.Hash) {
	tb.Helper()
	hashes, err := tlog.StoredHashesForRecordHash(n, tlog.Hash(leaf), *t)
	if err != nil {
		tb.Fatal(err)
	}
	*t = append(*t, hashes...)
}

func (t tlogTree) root(tb testing.TB, n int64) ct.Hash {
	tb.Helper()
	h, err := tlog.TreeHash(n, t)
	if err != nil {
		tb.Fatal(err)
	}
	return ct.Hash(h)
}

func leaf(i int) ct.Hash { return ct.LeafHash(fmt.Appendf(nil, "entry %d", i)) }

func TestRangeAgreesWithTlog(t *testing.T) {
	var r ct.Range
	var tree tlogTree
	if got, want := r.Root(), ct.Hash(sha256.Sum256(nil)); got != want {
		t.Errorf("root of the empty tree is %v, want %v", got, want)
	}
	for i := range 1000 {
		r.Append(leaf(i))
		tree.add(t, int64(i), leaf(i))
		if got, want := r.Root(), tree.root(t, int64(i+1)); got != want {
			t.Fatalf("root of %d entries is %v, want %v", i+1, got, want)
		}
		again, err := ct.NewRange(r.Size(), r.Nodes())
		if err != nil {
			t.Fatal(err)
		}
		if again.Root() != r.Root() {
			t.Fatalf("range of %d entries does not survive Nodes and NewRange", i+1)
		}
	}
}

func TestLeafHashIsThatOfAMerkleTreeLeaf(t *testing.T) {
	// MerkleTreeLeaf: version v1 (0), leaf type timestamped_entry (0), then the entry.
	want := ct.Hash(tlog.RecordHash(append([]byte{0, 0}, "entry"...)))
	if got := ct.LeafHash([]byte("entry")); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestVerifyConsistency(t *testing.T) {
	const n = 300
	var tree tlogTree
	for i := range n {
		tree.add(t, int64(i), leaf(i))
	}
	head := &ct.TreeHead{Size: n, Root: tree.root(t, n)}
	var r ct.Range
	for i := range n {
		r.Append(leaf(i))
		size := int64(i + 1)
		proof, err := tlog.ProveTree(n, size, tree)
		if err != nil {
			t.Fatal(err)
		}
		nodes := make([]ct.Hash, len(proof))
		for j := range proof {
			nodes[j] = ct.Hash(proof[j])
		}
		if err := r.VerifyConsistency(head, nodes); err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		other := *head
		other.Root[0] ^= 1
		if r.VerifyConsistency(&other, nodes) == nil {
			t.Fatalf("size %d: consistent with another root", size)
		}
		forged, _ := ct.NewRange(r.Size(), r.Nodes())
		forged.Append(ct.Hash{})
		if forged.VerifyConsistency(head, nodes) == nil {
			t.Fatalf("size %d: a forged entry is consistent", size+1)
		}
	}
}

func TestNewRangeRefusesTheWrongNumberOfNodes(t *testing.T) {
	if _, err := ct.NewRange(5, make([]ct.Hash, 3)); err == nil {
		t.Error("5 entries with 3 nodes accepted")
	}
}

func TestRangeAppendDoesNotAllocate(t *testing.T) {
	var r ct.Range
	h := leaf(0)
	if got := testing.AllocsPerRun(1000, func() { r.Append(h) }); got != 0 {
		t.Errorf("%v allocations per entry", got)
	}
}

func BenchmarkRangeAppend(b *testing.B) {
	var r ct.Range
	h := leaf(0)
	for b.Loop() {
		r.Append(h)
	}
}

func BenchmarkLeafHash(b *testing.B) {
	entry := make([]byte, 1600)
	b.SetBytes(int64(len(entry)))
	b.ReportAllocs()
	for b.Loop() {
		ct.LeafHash(entry)
	}
}

func TestLeafHashDoesNotAllocate(t *testing.T) {
	entry := make([]byte, 1600)
	if got := testing.AllocsPerRun(1000, func() { ct.LeafHash(entry) }); got != 0 {
		t.Errorf("%v allocations per entry", got)
	}
}
