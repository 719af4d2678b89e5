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

// errStale says that a log answered with a head older than one it showed before: a cache, not a lie.
var errStale = errors.New("the log answered with a tree head older than one it showed before")

// head fetches the log's head and checks it against the last one. A head that accuses its log is fetched a second
// time first: one bad answer of a cache is not a crime.
func (t *tailer) head(ctx context.Context) (*ct.TreeHead, error) {
	head, err := t.headOnce(ctx)
	var m *ct.Misbehaviour
	if errors.As(err, &m) {
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
	return head, checkHead(head, t.last, t.opt.Now())
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
	return fmt.Errorf("%w: %d entries of %s, after %d", errStale, head.Size, head.Time().Format(time.RFC3339), last.Size)
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
