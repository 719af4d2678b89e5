package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pinwatch/ct"
)

// clockSkew is how far in the future a head may lie before it is an accusation: our own clock may be the wrong one.
const clockSkew = time.Hour

// maxTree bounds the trees that are believed: leaf_index of static-ct-api has 40 bits, and the largest log ever had a few
// 2^31 entries.
const maxTree = 1 << 48

// What can be wrong with a head that is no lie.
var (
	// ErrOldHead says that a log answered with a head older than one it showed before: a cache.
	ErrOldHead = errors.New("the log answered with a tree head older than one it showed before")
	// ErrStaleHead says that a log has signed no head for longer than its MMD: it does not show what it has promised.
	ErrStaleHead = errors.New("stale head")
)

// head fetches the log's head and checks it against the last one. A head that accuses its log is fetched a second
// time first: one bad answer of a cache is not a crime.
func (t *tailer) head(ctx context.Context) (*ct.TreeHead, error) {
	head, err := t.headOnce(ctx)
	if m, ok := errors.AsType[*ct.Misbehaviour](err); ok {
		t.log.Warn("tree head refused, asking again", "kind", m.Kind, "detail", m.Detail)
		if err := sleep(ctx, t.opt.SecondLook); err != nil {
			return nil, err
		}
		head, err = t.headOnce(ctx)
	}
	return head, err
}

func (t *tailer) headOnce(ctx context.Context) (*ct.TreeHead, error) {
	head, err := t.src.Reader.TreeHead(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the tree head: %w", err)
	}
	if head.Size > maxTree {
		return nil, fmt.Errorf("a tree head of %d entries is not believed", head.Size)
	}
	if err := checkHead(head, t.last, t.opt.Now()); err != nil {
		return nil, err
	}
	return head, checkFinal(head, t.src.Log.Final)
}

// checkFinal holds the head of a readonly log against the final_tree_head of its log list, nil where there is none.
func checkFinal(head *ct.TreeHead, final *ct.FinalHead) error {
	if final == nil || head.Size < final.Size || head.Size == final.Size && head.Root == final.Root {
		return nil
	}
	return &ct.Misbehaviour{
		Kind: ct.NotFinal, Head: head,
		Detail: fmt.Sprintf("the head has %d entries and the root %s, the final one of the log list %d and %s",
			head.Size, head.Root, final.Size, final.Root),
	}
}

// checkFresh says whether the head shows the log as it is now: a log must sign a head at least once in each MMD (RFC
// 6962 section 3.5), unless it is frozen.
func checkFresh(head *ct.TreeHead, log *ct.Log, now time.Time) error {
	if log.Final != nil && head.Size < log.Final.Size {
		return fmt.Errorf("%w: the log shows %d entries, and ended with %d by its log list", ErrStaleHead, head.Size, log.Final.Size)
	}
	if log.MMD == 0 || log.Final != nil || log.State == "readonly" || log.State == "retired" {
		return nil
	}
	if age := now.Sub(head.Time()); age > log.MMD+clockSkew {
		return fmt.Errorf("%w: the log has signed none since %s, for %s: its MMD is %s", ErrStaleHead,
			head.Time().Format(time.RFC3339), age.Round(time.Minute), log.MMD)
	}
	return nil
}

// checkHead says what is wrong with a signed head, given the last one that was accepted (nil at first). That the new
// tree extends the old one is not checked here: the entries between the two show it.
func checkHead(head, last *ct.TreeHead, now time.Time) error {
	if head.Time().After(now.Add(clockSkew)) {
		return &ct.Misbehaviour{
			Kind: ct.FutureHead, Head: head,
			Detail: fmt.Sprintf("the tree head is of %s, now it is %s", head.Time().Format(time.RFC3339), now.UTC().Format(time.RFC3339)),
		}
	}
	switch {
	case last == nil:
		return nil
	case head.Size == last.Size && head.Root != last.Root:
		return &ct.Misbehaviour{
			Kind: ct.Fork, Head: head, Other: last,
			Detail: fmt.Sprintf("two signed heads of %d entries with the roots %s and %s", head.Size, last.Root, head.Root),
		}
	case head.Size >= last.Size:
		return nil
	case head.Timestamp > last.Timestamp:
		return &ct.Misbehaviour{
			Kind: ct.Shrunk, Head: head, Other: last,
			Detail: fmt.Sprintf("the head of %s has %d entries, that of %s had %d",
				head.Time().Format(time.RFC3339), head.Size, last.Time().Format(time.RFC3339), last.Size),
		}
	}
	return fmt.Errorf("%w: %d entries of %s, after %d", ErrOldHead, head.Size, head.Time().Format(time.RFC3339), last.Size)
}

// sleep waits for d or until ctx is done.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
