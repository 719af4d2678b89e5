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
	w.p.noteLearned(e.policy, next)
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
	later.list, later.caughtUp = next.Watchlist, told.caughtUp()
	return &later
}

// tellWarnings says which warnings are new, and which are over. Files that cannot be read are told again every day: what
// was pinned long ago must not be trusted for good because nobody remembers.
func (w *watcher) tellWarnings(old, next []policy.Health) {
	has := func(all []policy.Health, one *policy.Health) bool {
		return slices.ContainsFunc(all, func(o policy.Health) bool { return o.Thread() == one.Thread() })
	}
	now := w.p.now()
	if w.warned == nil {
		w.warned = map[string]time.Time{}
	}
	for i := range next {
		one := &next[i]
		told, known := w.warned[one.Thread()]
		if known && one.Kind == policy.PinsKept && now.Sub(told) >= tellAgain || !has(old, one) {
			w.p.policyWarning(one)
			known = false
		}
		if !known {
			w.warned[one.Thread()] = now
		}
	}
	for i := range old {
		if one := &old[i]; !has(next, one) {
			delete(w.warned, one.Thread())
			if one.Kind == policy.PinsKept {
				w.p.note("read again, or not asked for any more: " + one.File)
			}
		}
	}
}
