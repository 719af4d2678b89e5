package monitor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"pinwatch/ct"
	"pinwatch/store"
)

// tailer follows one log.
type tailer struct {
	opt     *Options
	src     Source
	log     *slog.Logger
	scanner *scanner
	run     int64
	policy  [32]byte
	// write takes what follows from a stretch: Store.Commit, or what looks back.
	write func(context.Context, *store.Commit) (*store.Committed, error)

	started bool
	at      ct.Range     // the position: everything before it is verified and committed
	last    *ct.TreeHead // the largest head that was accepted
	// verified is the head that the entries before the position were proved against.
	verified *ct.TreeHead
	res      LogResult

	// partialSince is when the tile at the end of the log was first seen partial.
	partialSince time.Time
	// unproved says that the log gave no proof for what was read: only the root at its head is left to prove it.
	unproved bool
	// askAfter is when the log may be asked again for entries that it promised.
	askAfter time.Time
}

func newTailer(opt *Options, src Source, shared *scanner, run int64, policy [32]byte) *tailer {
	return &tailer{
		opt: opt, src: src, scanner: shared, run: run, policy: policy, write: opt.Store.Commit,
		log: opt.Log.With("log", src.Log.Name()), res: LogResult{Log: src.Log},
	}
}

// storeError is a failure of the store: the only one that stops everything.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// step takes the log from its position to its current head and records how that went. Only the store's failure is an
// error.
func (t *tailer) step(ctx context.Context) error {
	t.res = LogResult{Log: t.src.Log}
	return t.settle(ctx, t.pass(ctx))
}

func (t *tailer) pass(ctx context.Context) error {
	if err := t.restore(ctx); err != nil {
		return err
	}
	head, err := t.head(ctx)
	if err != nil {
		return err
	}
	t.res.Reached = true
	if err := t.saveHead(ctx, head); err != nil {
		return err
	}
	if err := t.begin(ctx, head); err != nil {
		return err
	}
	t.res.From, t.res.Head = t.at.Size(), head
	defer func() { t.res.To = t.at.Size() }()
	t.opt.Progress(t.src.Log, t.at.Size(), head.Size)
	if err := t.catchUp(ctx, head, t.target(head)); err != nil {
		return err
	}
	return checkFresh(head, t.src.Log, t.opt.Now())
}

// target is how far the entries are read now. Behind the last full page only when told to: the partial tile at the end
// of a log that grows is a full one soon, and fetching both costs twice (static-ct-api, "Partial Tiles"). A directory is
// no burden to anybody.
func (t *tailer) target(head *ct.TreeHead) uint64 {
	if t.unproved || t.opt.PartialAfter == 0 || !t.src.Log.Static() || strings.HasPrefix(t.src.Log.MonitoringURL, "file:") {
		return head.Size
	}
	full := head.Size - head.Size%t.src.Reader.PageSize()
	now := t.opt.Now()
	if full > t.at.Size() || t.partialSince.IsZero() {
		t.partialSince = now
	}
	if now.Sub(t.partialSince) < t.opt.PartialAfter {
		return max(full, t.at.Size())
	}
	t.partialSince = time.Time{}
	return head.Size
}

// restore reads the position and the last head from the store.
func (t *tailer) restore(ctx context.Context) error {
	l := t.src.Log
	state, err := t.opt.Store.EnsureLog(ctx, store.Log{
		ID: l.ID, Key: l.Key, Description: l.Description, Operator: l.Operator, URL: l.URL, MonitoringURL: l.MonitoringURL,
	}, t.opt.Now())
	if err != nil {
		return &storeError{err}
	}
	t.started = state.Started
	if state.Late && t.src.Listed {
		t.src.Start = Start{}
	}
	if t.at, err = ct.NewRange(state.Position, hashes(state.Nodes)); err != nil {
		return &storeError{fmt.Errorf("position of %s in the store: %w", l.Name(), err)}
	}
	t.last, t.verified = treeHead(state.LastHead), treeHead(state.VerifiedHead)
	return nil
}

func treeHead(h *store.Head) *ct.TreeHead {
	if h == nil {
		return nil
	}
	return &ct.TreeHead{
		Size: h.Size, Root: h.Root, Timestamp: uint64(h.Timestamp.UnixMilli()), Signature: h.Signature, Raw: h.Raw,
	}
}

func hashes(nodes [][32]byte) []ct.Hash {
	out := make([]ct.Hash, len(nodes))
	for i := range nodes {
		out[i] = nodes[i]
	}
	return out
}

func rows(nodes []ct.Hash) [][32]byte {
	out := make([][32]byte, len(nodes))
	for i := range nodes {
		out[i] = nodes[i]
	}
	return out
}

func headRow(h *ct.TreeHead) store.Head {
	return store.Head{Size: h.Size, Root: h.Root, Timestamp: h.Time(), Signature: h.Signature, Raw: h.Raw}
}

// saveHead keeps a head that was accepted: heads are kept for ever, whatever becomes of the entries.
func (t *tailer) saveHead(ctx context.Context, head *ct.TreeHead) error {
	if err := t.opt.Store.SaveHead(ctx, t.src.Log.ID, headRow(head), t.opt.Now()); err != nil {
		return &storeError{err}
	}
	return nil
}

// begin decides where a log that was never read is begun.
func (t *tailer) begin(ctx context.Context, head *ct.TreeHead) error {
	if t.started {
		return nil
	}
	position, why, err := t.src.Start.position(ctx, t.src.Reader, head, t.src.Log.MMD)
	if err != nil {
		return fmt.Errorf("find where to start: %w", err)
	}
	if t.at, err = t.src.Reader.Frontier(ctx, position, head); err != nil {
		return fmt.Errorf("start at entry %d: %w", position, err)
	}
	err = t.opt.Store.SetStart(ctx, t.src.Log.ID, position, rows(t.at.Nodes()), why, headRow(head), t.opt.Now())
	if err != nil {
		return &storeError{err}
	}
	t.started, t.verified = true, head
	return nil
}

// settle records how the pass ended. It is told what pass returned.
func (t *tailer) settle(ctx context.Context, err error) error {
	var stop *storeError
	if errors.As(err, &stop) && ctx.Err() == nil {
		t.res.Err = err
		return err
	}
	end := store.Pass{Run: t.run, LogID: t.src.Log.ID, Cut: err != nil && ctx.Err() != nil}
	cause := context.Cause(ctx)
	ctx = context.WithoutCancel(ctx)
	var m *ct.Misbehaviour
	switch {
	case end.Cut:
		t.res.Err = cause
	case errors.As(err, &m):
		t.res.Misbehaviour, t.res.Err = m, err
		end.Failure, end.Misbehaved = err.Error(), true
		if err := t.alarm(ctx, m); err != nil {
			return &storeError{err}
		}
	case err != nil:
		t.res.Err = err
		end.Failure = err.Error()
	}
	if err := t.opt.Store.RecordPass(ctx, end, t.opt.Now()); err != nil && !end.Cut {
		return &storeError{err}
	}
	return nil
}
