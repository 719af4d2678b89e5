package static

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"pinwatch/ct"
)

// LeafAt reads the leaf hash of an entry from hash tiles, authenticated against head's root.
func (r *Reader) LeafAt(ctx context.Context, index uint64, head *ct.TreeHead, fresh bool) (ct.Hash, error) {
	if index >= head.Size || head.Size > maxSize {
		return ct.Hash{}, fmt.Errorf("no entry %d in a tree of %d", index, head.Size)
	}
	hashes, err := r.hashes(ctx, head, fresh).ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
	if err != nil {
		return ct.Hash{}, err
	}
	return ct.Hash(hashes[0]), nil
}
