package monitor

import (
	"context"

	"pinwatch/ct"
	"pinwatch/ct/certscan"
)

// maxLooks bounds the second looks in one stretch: a log whose chains never fit must not double the work.
const maxLooks = 16

// submission is what was submitted for an entry. The leaf hash does not cover it, so a byte that flipped in some cache
// goes unnoticed by all other checks: what does not fit the entry is fetched once more, past caches. head covers the
// entry; looks is how many more second looks there may be.
func (t *tailer) submission(ctx context.Context, e *ct.Entry, head *ct.TreeHead, looks *int) (*ct.Submission, error) {
	sub, err := submission(ctx, t.src.Reader, e)
	if err != nil || *looks == 0 || !t.scanner.doubtful(e, sub) {
		return sub, err
	}
	*looks--
	again, err := t.again(ctx, e, head)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil || again == nil {
		t.log.Warn("the chain of an entry does not fit it, and a second look brought nothing", "index", e.Index, "error", err)
		return sub, nil
	}
	return again, nil
}

// again fetches the entry past caches. The answer is nil if it is no better than the first one.
func (t *tailer) again(ctx context.Context, e *ct.Entry, head *ct.TreeHead) (*ct.Submission, error) {
	batch, err := t.src.Reader.Entries(ctx, e.Index, e.Index+1, head, true)
	if err != nil {
		return nil, err
	}
	defer batch.Release()
	fresh := &batch.Entries[0]
	if fresh.LeafHash() != e.LeafHash() {
		return nil, nil
	}
	sub, err := submission(ctx, t.src.Reader, fresh)
	if err != nil || t.scanner.doubtful(fresh, sub) {
		return nil, err
	}
	return sub, nil
}

// doubtful says that what the log shows beside the leaf does not fit it: the chain cannot be proved, or it did not sign
// the precertificate.
func (s *scanner) doubtful(e *ct.Entry, sub *ct.Submission) bool {
	if e.Leaf != nil {
		return false
	}
	var scan certscan.Scanner
	if from := s.signed.trace(e, read(&scan, e), sub.Chain); !from.complete {
		return true
	}
	return e.Type == ct.PrecertEntry && (len(sub.Chain) == 0 || !s.signed.signedBy(scan.Certificate(sub.Cert), sub.Chain[0]))
}
