package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pinwatch/ct"
)

// What bounds a stretch: what a crash makes us read again, and how many candidates are held in memory.
const (
	maxStretch    = 256  // pages
	maxCandidates = 4096 // a watch may concern every entry of a log
	// maxStretchTime is for logs that allow a request in six seconds: what they gave is kept, at the price of one proof
	// in ten requests.
	maxStretchTime = time.Minute
	// timeShare is the part of what is left of the time of a scan that a stretch may take: one that ends by --max-duration
	// keeps most of what it read, however short that is.
	timeShare = 4
)

// stretchTime is how long a stretch may take that is begun now.
func (o *Options) stretchTime() time.Duration {
	if o.Until.IsZero() {
		return maxStretchTime
	}
	return min(maxStretchTime, o.Until.Sub(o.Now())/timeShare)
}

// What the check of a stretch can find wrong. errRoot is final; errProof may be the fault of the proof.
var (
	errRoot  = errors.New("the entries do not give the signed root")
	errProof = errors.New("the entries are not consistent with the signed root")
)

// errNoProof says that everything was read and could not be proved: the log gives no proof, and its head lies further.
var errNoProof = errors.New("the log gives no consistency proof for the entries that were read")

func isMismatch(err error) bool { return errors.Is(err, errRoot) || errors.Is(err, errProof) }

// stretch is a run of entries that was read and is not committed yet.
type stretch struct {
	base, next ct.Range // before and behind the entries of the stretch
	begun      time.Time
	lasts      time.Duration // from begun until a proof is asked for
	due, full  int           // pages, or candidates, at which a proof is asked for next
	pages      int
	precerts   int
	candidates []candidate
}

func newStretch(base ct.Range, now time.Time, lasts time.Duration) *stretch {
	return &stretch{base: base, next: base, begun: now, lasts: lasts, due: maxStretch, full: maxCandidates}
}

// ripe says whether it is time to prove and commit the stretch, which is on its way to the entry to.
func (s *stretch) ripe(to uint64, now time.Time) bool {
	return s.pages >= s.due || len(s.candidates) >= s.full || s.next.Size() >= to ||
		s.pages > 0 && now.Sub(s.begun) >= s.lasts
}

// wait puts the next proof off: this one was not to be had.
func (s *stretch) wait(now time.Time) {
	s.due, s.full, s.begun = s.pages+maxStretch, len(s.candidates)+maxCandidates, now
}

func (s *stretch) add(p *page) {
	s.next.Join(&p.tree)
	s.pages++
	s.precerts += p.precerts
	s.candidates = append(s.candidates, p.candidates...)
}

// catchUp reads, verifies and commits everything from the position up to the entry to, which head covers.
func (t *tailer) catchUp(ctx context.Context, head *ct.TreeHead, to uint64) error {
	for t.at.Size() < to {
		err := t.read(ctx, to, head, false)
		if isMismatch(err) {
			err = t.readAgain(ctx, head)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// read reads up to the entry to and commits stretch by stretch. Where the log fails on the way, what it gave before is
// committed all the same. fresh passes over caches: the second look before a log is accused.
func (t *tailer) read(ctx context.Context, to uint64, head *ct.TreeHead, fresh bool) error {
	s := newStretch(t.at, t.opt.Now(), t.opt.stretchTime())
	finish := func() error {
		proved, err := t.prove(ctx, &s.next, head, fresh)
		if err != nil {
			return err
		}
		if !proved { // go on: the next proof or the head itself will show it
			s.wait(t.opt.Now())
			return nil
		}
		if err := t.commit(ctx, s, head); err != nil {
			return err
		}
		s = newStretch(t.at, t.opt.Now(), t.opt.stretchTime())
		return nil
	}
	stopped := false // by what finish says, not by the log
	err := t.scanner.readAhead(ctx, &t.src, t.at.Size(), to, head, fresh, func(p *page) error {
		s.add(p)
		if !s.ripe(to, t.opt.Now()) {
			return nil
		}
		err := finish()
		stopped = err != nil
		return err
	})
	switch {
	case err == nil && s.pages > 0:
		t.unproved = true
		return fmt.Errorf("%w: %d to %d", errNoProof, s.base.Size(), s.next.Size())
	case err == nil || stopped || s.pages == 0 || ctx.Err() != nil:
		return err
	}
	return errors.Join(err, finish())
}

// prove checks that r is a prefix of the tree of head. It answers false, without an error, if the log gives no proof
// of that in the middle of its tree: only the root at the head is sure to be had.
func (t *tailer) prove(ctx context.Context, r *ct.Range, head *ct.TreeHead, fresh bool) (bool, error) {
	if r.Size() == head.Size {
		if root := r.Root(); root != head.Root {
			return false, fmt.Errorf("%w: %d entries give %s, signed is %s", errRoot, head.Size, root, head.Root)
		}
		return true, nil
	}
	nodes, err := t.src.Reader.Consistency(ctx, r.Size(), head, fresh)
	if err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		t.log.Warn("no consistency proof, reading on to the next", "size", r.Size(), "head", head.Size, "error", err)
		return false, nil
	}
	if err := r.VerifyConsistency(head, nodes); err != nil {
		return false, fmt.Errorf("%w: %d entries and the head of %d: %w", errProof, r.Size(), head.Size, err)
	}
	return true, nil
}

// readAgain reads the stretch behind the position once more, past all caches, before the log is accused. If the
// entries still do not lead to the signed root, all of them up to the head are read: a wrong proof in the middle
// proves nothing, the root does.
func (t *tailer) readAgain(ctx context.Context, head *ct.TreeHead) error {
	t.log.Warn("entries do not lead to the signed root, reading them again", "position", t.at.Size(), "head", head.Size)
	to := min(head.Size, t.at.Size()+maxStretch*max(t.src.Reader.PageSize(), 1))
	err := t.read(ctx, to, head, true)
	if !isMismatch(err) && !errors.Is(err, errNoProof) {
		return err
	}
	if m := t.accuse(ctx, head, err); m != nil {
		return m
	}
	s := newStretch(t.at, t.opt.Now(), t.opt.stretchTime())
	err = t.scanner.readAhead(ctx, &t.src, t.at.Size(), head.Size, head, true, func(p *page) error {
		s.add(p)
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := t.prove(ctx, &s.next, head, true); err != nil {
		return &ct.Misbehaviour{Kind: ct.RootMismatch, Head: head, Detail: err.Error()}
	}
	return t.commit(ctx, s, head)
}

// accuse says which promise the log broke when its entries, read twice, do not lead to the signed root; nil if that is
// not certain yet. A compact range that was verified before and is not in the new tree is a fork.
func (t *tailer) accuse(ctx context.Context, head *ct.TreeHead, cause error) *ct.Misbehaviour {
	m := &ct.Misbehaviour{Kind: ct.RootMismatch, Head: head, Detail: cause.Error()}
	frontier, err := t.src.Reader.Frontier(ctx, t.at.Size(), head)
	switch {
	case err == nil && frontier.Root() != t.at.Root():
		m.Kind, m.Other = ct.Fork, t.verified
		m.Detail = fmt.Sprintf("the first %d entries, verified before, have the root %s; in the tree of %d entries they have %s",
			t.at.Size(), t.at.Root(), head.Size, frontier.Root())
		return m
	case errors.Is(cause, errRoot):
		return m
	}
	return nil
}
