package monitor

import (
	"context"
	"fmt"
	"sort"
	"time"

	"pinwatch/ct"
)

// Start says where a log that was never read is begun. The zero value is the beginning.
type Start struct {
	// Now begins at the current head: only what is logged from now on is looked at.
	Now bool
	// Since begins at the first entry that may have been logged at or after this time.
	Since time.Time
	// Index begins at this entry. A log that is shorter fails until it has grown that far.
	Index uint64
}

// String is how the start is written in a configuration.
func (s Start) String() string {
	switch {
	case s.Now:
		return "now"
	case !s.Since.IsZero():
		return s.Since.UTC().Format(time.RFC3339)
	case s.Index > 0:
		return fmt.Sprint(s.Index)
	}
	return "beginning"
}

// position finds the index to begin at, and the words that say why.
func (s Start) position(ctx context.Context, r ct.Reader, head *ct.TreeHead, mmd time.Duration) (uint64, string, error) {
	var at uint64
	var err error
	switch {
	case s.Now:
		at = head.Size
	case !s.Since.IsZero():
		at, err = indexBefore(ctx, r, head, s.Since.Add(-max(mmd, minMergeDelay)))
	case s.Index > head.Size:
		err = fmt.Errorf("the log has %d entries, and is to be begun at entry %d", head.Size, s.Index)
	default:
		at = s.Index
	}
	return at, "start: " + s.String(), err
}

// minMergeDelay is the disorder of timestamps that is allowed for where the log's MMD is shorter or not known: a log
// stamps an entry when it promises it, up to the MMD before the entry gets its index (RFC 6962 section 3).
const minMergeDelay = 24 * time.Hour

// indexBefore finds by bisection an index that no entry stamped at or after t precedes, if timestamps are out of order
// by no more than what the caller has taken off t. The timestamps are covered by leaf hashes but these entries are not
// verified here: a log that lies about them can move the start, which only its own later entries would show.
func indexBefore(ctx context.Context, r ct.Reader, head *ct.TreeHead, t time.Time) (uint64, error) {
	var failed error
	at := sort.Search(int(head.Size), func(i int) bool {
		if failed != nil {
			return true
		}
		batch, err := r.Entries(ctx, uint64(i), uint64(i)+1, head, false)
		if err != nil {
			failed = err
			return true
		}
		defer batch.Release()
		return !batch.Entries[0].Time().Before(t)
	})
	return uint64(at), failed
}
