package ct_test

import (
	"crypto/sha256"
	"testing"

	"pinwatch/ct"
)

// The leaf hash of what can be decoded and of what cannot is the same function of the bytes of the leaf.
func TestLeafHashCoversTheWholeLeaf(t *testing.T) {
	leaf := []byte("\x00\x00" + "timestamp" + "entry")
	want := ct.Hash(sha256.Sum256(append([]byte{0}, leaf...)))
	if got := (&ct.Entry{Timestamped: leaf[2:]}).LeafHash(); got != want {
		t.Errorf("decoded: %s, want %s", got, want)
	}
	if got := (&ct.Entry{Leaf: leaf}).LeafHash(); got != want {
		t.Errorf("not decoded: %s, want %s", got, want)
	}
	empty := ct.Hash(sha256.Sum256([]byte{0}))
	if got := (&ct.Entry{Leaf: []byte{}}).LeafHash(); got != empty {
		t.Errorf("empty leaf: %s, want %s", got, empty)
	}
}
