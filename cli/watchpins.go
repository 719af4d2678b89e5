package cli

import (
	"context"
	"slices"
	"time"

	"pinwatch/policy"
)

// pinsEvery is how often the files of pins are read again. A key that is declared must count within a minute.
const pinsEvery = 30 * time.Second

// expect loads the watch list of an era with all its pins.
func (w *watcher) expect(ctx context.Context, e *era) error {
	var err error
	if e.policy, err = w.p.loadPolicy(ctx, e.cfg, w.store.Reader); err != nil {
		return err
	}
	e.list = e.policy.Watchlist
	return e.policy.Save(ctx, w.store, w.p.now())
}

// renew loads the pins again. If what is expected changed, it returns an era that has it and is otherwise the same.
// Otherwise it tells what was pending and is due. A failure leaves all as it is, and is told.
func (w *watcher) renew(ctx context.Context, e *era, told *news) *era {
	next, err := e.policy.Renew(ctx, w.store.Reader, w.p.policyOptions())
	if err == nil {
		err = next.Save(ctx, w.store, w.p.now())
	}
	if err != nil {
		if ctx.Err() == nil {
			w.p.complain(err)
		}
		return nil
	}
	w.tellWarnings(e.policy.Warnings, next.Warnings)
	e.policy = next
	if next.Watchlist == e.list || next.Watchlist.Policy() == e.list.Policy() {
		due, err := w.store.OpenDue(ctx, w.p.now())
		if err == nil && len(due) > 0 {
			told.found(nil, due)
		}
		if err != nil && ctx.Err() == nil {
			w.p.complain(err)
		}
		return nil
	}
	later := *e
	later.list = next.Watchlist
	return &later
}

// tellWarnings says which warnings are new, and which are over.
func (w *watcher) tellWarnings(old, next []policy.Warning) {
	has := func(all []policy.Warning, one *policy.Warning) bool {
		return slices.ContainsFunc(all, func(o policy.Warning) bool { return o.Kind == one.Kind && o.Text == one.Text })
	}
	for i := range next {
		if !has(old, &next[i]) {
			w.p.policyWarning(&next[i])
		}
	}
	for i := range old {
		if one := &old[i]; one.Kind == policy.PinsKept && !has(next, one) {
			w.p.note("read again, or not asked for any more: " + one.File)
		}
	}
}
