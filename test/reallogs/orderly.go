package reallogs

import (
	"context"
	"sync"
	"time"

	"github.com/google/trillian"
	"github.com/google/trillian/storage"
	"google.golang.org/protobuf/proto"
)

// orderly is Trillian's storage in memory without two habits of it. It keeps the leaves it is given, which the
// sequencer then changes while the log server still writes them into its answer; and its readers write to the tree
// that they share.
type orderly struct {
	storage.LogStorage
	reading sync.Mutex
}

// QueueLeaves queues copies.
func (s *orderly) QueueLeaves(
	ctx context.Context, tree *trillian.Tree, leaves []*trillian.LogLeaf, at time.Time,
) ([]*trillian.QueuedLogLeaf, error) {
	own := make([]*trillian.LogLeaf, len(leaves))
	for i, leaf := range leaves {
		own[i] = proto.CloneOf(leaf)
	}
	queued, err := s.LogStorage.QueueLeaves(ctx, tree, own, at)
	for i := range queued {
		queued[i].Leaf = leaves[i]
	}
	return queued, err
}

// SnapshotForTree waits until the snapshot before is closed.
func (s *orderly) SnapshotForTree(ctx context.Context, tree *trillian.Tree) (storage.ReadOnlyLogTreeTX, error) {
	s.reading.Lock()
	tx, err := s.LogStorage.SnapshotForTree(ctx, tree)
	if err != nil {
		s.reading.Unlock()
		return nil, err
	}
	return &snapshot{ReadOnlyLogTreeTX: tx, leave: sync.OnceFunc(s.reading.Unlock)}, nil
}

// snapshot is the only one at a time.
type snapshot struct {
	storage.ReadOnlyLogTreeTX
	leave func()
}

// Commit ends it.
func (s *snapshot) Commit(ctx context.Context) error {
	defer s.leave()
	return s.ReadOnlyLogTreeTX.Commit(ctx)
}

// Close ends it, if Commit did not.
func (s *snapshot) Close() error {
	defer s.leave()
	return s.ReadOnlyLogTreeTX.Close()
}
