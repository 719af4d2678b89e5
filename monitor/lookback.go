package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pinwatch/ct"
	"pinwatch/store"
)

// LookedBack says what came of looking back at one log.
type LookedBack struct {
	Log *ct.Log
	// From and To bound the entries that were to be looked at, [From, To), and Left is how many of them were not looked at
	// for the names of now yet.
	From, To, Left uint64
	Counts         Counts // of what was read
	// Err is why not all was read; nil where it was. Misbehaviour is set where the log broke a promise.
	Err          error
	Misbehaviour *ct.Misbehaviour
}

// Complete says that all that was wanted of the log is looked at for the names of now.
func (r *LookedBack) Complete() bool { return r.Err == nil && r.Left == 0 }

// LookBack reads the entries before the position of every log that were not read for the names of the watch list yet: those
// that were read for other names, and, where start lies before the place at which a log was begun, those that never were.
// start says how far back; nil is as far as the record of each log goes. It must not be Start.Now.
//
// All that is read is verified against the head that the position was proved against, and recorded as if it had been
// found when the log was followed. Positions stay where they are. What is done is done: where it ends early, the next
// time goes on. The results are in the order of the sources, of which those are left out that were not begun or left. The error
// is the store's or the cause of ctx; what went wrong with a log stands in its LookedBack.
func LookBack(ctx context.Context, opt Options, sources []Source, start *Start) ([]LookedBack, error) {
	opt.setDefaults()
	spans := map[ct.LogID]store.LogSpan{}
	err := opt.Store.Snapshot(ctx, func(s *store.Snapshot) error {
		all, err := s.LogSpans(ctx)
		for _, span := range all {
			spans[span.LogID] = span
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all []*retrospect
	shared := opt.scanner()
	for _, src := range sources {
		if span, begun := spans[src.Log.ID]; begun && !src.Leaving {
			all = append(all, newRetrospect(&opt, src, shared, span, start))
		}
	}
	atOnce(len(all), cancel, func(i int) error { return all[i].do(ctx, all[i].plan) })
	if slices.ContainsFunc(all, func(r *retrospect) bool { return len(r.gaps) > 0 }) && ctx.Err() == nil {
		err = lookBack(ctx, cancel, &opt, all)
	}
	results := make([]LookedBack, len(all))
	for i, r := range all {
		results[i] = r.res
	}
	return results, errors.Join(context.Cause(ctx), err)
}

// lookBack reads what was planned, as a run.
func lookBack(ctx context.Context, cancel context.CancelCauseFunc, opt *Options, all []*retrospect) error {
	list := opt.Watchlist
	run, err := opt.Store.StartRun(ctx, store.Run{Kind: "lookback", Policy: list.Policy(), Names: list.Names()}, opt.Now())
	if err != nil {
		return err
	}
	atOnce(len(all), cancel, func(i int) error {
		all[i].tailer.run = run
		return all[i].do(ctx, all[i].readGaps)
	})
	complete := !slices.ContainsFunc(all, func(r *retrospect) bool { return !r.res.Complete() })
	return opt.Store.EndRun(context.WithoutCancel(ctx), run, outcome(complete, context.Cause(ctx)), opt.Now())
}

// retrospect looks back at one log.
type retrospect struct {
	tailer *tailer
	span   store.LogSpan // what was looked at, for whatever names
	start  *Start
	names  [32]byte
	wanted store.Range
	gaps   []store.Range // of what is wanted: what was not looked at for the names
	gap    store.Range   // the one that is being read
	read   uint64        // entries of those before it
	res    LookedBack
}

func newRetrospect(opt *Options, src Source, shared *scanner, span store.LogSpan, start *Start) *retrospect {
	r := &retrospect{span: span, start: start, names: opt.Watchlist.Names(), res: LookedBack{Log: src.Log}}
	own := *opt
	own.Progress = func(log *ct.Log, position, _ uint64) {
		opt.Progress(log, r.read+min(position, r.gap.To)-r.gap.From, entries(r.gaps))
	}
	r.tailer = newTailer(&own, src, shared, 0, opt.Watchlist.Policy())
	r.tailer.write = r.write
	return r
}

func entries(ranges []store.Range) (n uint64) {
	for _, r := range ranges {
		n += r.To - r.From
	}
	return n
}

// do does a part of the work, unless one before it failed, and notes how it ended. Only the store's failure is an error.
func (r *retrospect) do(ctx context.Context, part func(context.Context) error) error {
	if r.res.Err != nil {
		return nil
	}
	err := part(ctx)
	var stop *storeError
	var m *ct.Misbehaviour
	switch {
	case err != nil && ctx.Err() != nil:
		r.res.Err = context.Cause(ctx)
	case errors.As(err, &stop):
		r.res.Err = err
		return err
	case errors.As(err, &m):
		r.res.Misbehaviour, r.res.Err = m, err
		if err := r.tailer.alarm(ctx, m); err != nil {
			return &storeError{err}
		}
	default:
		r.res.Err = err
	}
	return nil
}

// plan finds out what is to be read.
func (r *retrospect) plan(ctx context.Context) error {
	if err := r.tailer.restore(ctx); err != nil {
		return err
	}
	failed := r.want(ctx)
	gaps, err := r.unlooked(context.WithoutCancel(ctx), r.wanted)
	r.res.From, r.res.To, r.res.Left = r.wanted.From, r.wanted.To, entries(gaps)
	if failed != nil || err != nil {
		return errors.Join(failed, err)
	}
	r.gaps = gaps
	return nil
}

func (r *retrospect) unlooked(ctx context.Context, within store.Range) ([]store.Range, error) {
	gaps, err := r.tailer.opt.Store.Unlooked(ctx, r.tailer.src.Log.ID, r.names, within)
	if err != nil {
		return nil, &storeError{err}
	}
	return gaps, nil
}

// want says what is to have been looked at.
func (r *retrospect) want(ctx context.Context) error {
	position := r.tailer.at.Size()
	r.wanted = store.Range{From: min(r.span.Start, position), To: position}
	if r.start == nil {
		return nil
	}
	if r.start.Since.IsZero() {
		r.wanted.From = min(r.start.Index, position)
		return nil
	}
	if done, err := r.wantSince(ctx, r.start.Since); done || err != nil {
		return err
	}
	from, _, err := r.start.position(ctx, r.tailer.src.Reader, r.tailer.verified, r.tailer.src.Log.MMD)
	if err != nil {
		return fmt.Errorf("find where to look back to: %w", err)
	}
	r.wanted.From = min(from, position)
	return nil
}

// wantSince says whether all was looked at behind an entry that is known to precede what is stamped then or later: where
// the date lies need not be asked of the log.
func (r *retrospect) wantSince(ctx context.Context, since time.Time) (done bool, err error) {
	at, err := r.tailer.opt.Store.PlaceOf(ctx, r.tailer.src.Log.ID, since)
	if err != nil {
		return false, &storeError{err}
	}
	if !since.Before(r.span.From) {
		at = max(at, r.wanted.From)
	} else if at == 0 {
		return false, nil
	}
	gaps, err := r.unlooked(ctx, store.Range{From: at, To: r.wanted.To})
	if err != nil || len(gaps) > 0 {
		return false, err
	}
	r.wanted.From = min(at, r.wanted.To)
	return true, nil
}

// readGaps reads what is to be read.
func (r *retrospect) readGaps(ctx context.Context) error {
	head := r.tailer.verified
	var err error
	for _, r.gap = range r.gaps {
		if err = r.readGap(ctx, head); err != nil {
			break
		}
		r.read += r.gap.To - r.gap.From
	}
	if m, ok := errors.AsType[*ct.Misbehaviour](err); ok {
		m.Detail = "it does not show what it showed before: " + m.Detail
	}
	r.res.Counts = r.tailer.res.Counts
	return errors.Join(err, r.close(context.WithoutCancel(ctx)))
}

// errBeyond ends the reading of a gap: all of it is recorded.
var errBeyond = errors.New("beyond what is wanted")

func (r *retrospect) readGap(ctx context.Context, head *ct.TreeHead) (err error) {
	t := r.tailer
	if t.at, err = t.src.Reader.Frontier(ctx, r.gap.From, head); err != nil {
		return fmt.Errorf("look back to entry %d: %w", r.gap.From, err)
	}
	t.opt.Progress(t.src.Log, r.gap.From, head.Size)
	if err = t.catchUp(ctx, head, r.gap.To); errors.Is(err, errNoProof) && r.gap.To < head.Size {
		err = t.catchUp(ctx, head, head.Size) // what lies behind has a proof, or else the root at the head is left
	}
	if errors.Is(err, errBeyond) {
		return nil
	}
	return err
}

// close counts what is left. Promises whose entries nobody had looked for are looked at again when nothing is.
func (r *retrospect) close(ctx context.Context) error {
	left, err := r.unlooked(ctx, r.wanted)
	if err != nil {
		return err
	}
	r.res.Left = entries(left)
	r.res.Counts.Entries = entries(r.gaps) - r.res.Left // some were read beyond, perhaps
	if r.res.Left > 0 || len(r.gaps) == 0 {
		return nil
	}
	if _, err := r.tailer.opt.Store.ReopenUnseen(ctx, r.res.Log.ID); err != nil {
		return &storeError{err}
	}
	return nil
}

// write records what follows from a stretch. It may reach beyond the gap where the log had to be read to its head to prove
// it: what lies there is not wanted, or was looked at.
func (r *retrospect) write(ctx context.Context, c *store.Commit) (*store.Committed, error) {
	if c.From >= r.gap.To {
		return nil, errBeyond
	}
	l := &store.Lookback{Commit: *c, Names: r.names}
	l.To = min(l.To, r.gap.To)
	l.Sightings = slices.DeleteFunc(l.Sightings, func(s store.Sighting) bool { return s.Index >= l.To })
	l.Undetermined = slices.DeleteFunc(l.Undetermined, func(u store.Undetermined) bool { return u.Index >= l.To })
	if r.start != nil && l.From == r.wanted.From {
		l.Since = r.start.Since
	}
	return r.tailer.opt.Store.LookBack(ctx, l)
}
