package cli

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"pinwatch/ct"
	"pinwatch/monitor"
	"pinwatch/policy"
)

// news tells what happens in an era of a watch: findings on stdout, the troubles of logs on stderr. It is told by
// several goroutines.
type news struct {
	*watcher
	era *era
	end context.CancelCauseFunc // ends it

	mu       sync.Mutex
	troubles map[ct.LogID]*trouble
	// behind are the logs that were not read to a head yet.
	behind map[ct.LogID]bool
	// early are findings that were told before the log that brought them came to say so: another had just something to
	// tell.
	early map[string]bool
}

// trouble is a log's, as long as it lasts.
type trouble struct {
	since    time.Time
	failures int
	kind     ct.Kind   // of the misbehaviour that was told last
	told     time.Time // zero: not told
}

func newNews(w *watcher, e *era, end context.CancelCauseFunc) *news {
	n := &news{watcher: w, era: e, end: end, troubles: map[ct.LogID]*trouble{}, behind: map[ct.LogID]bool{}, early: map[string]bool{}}
	for _, src := range e.logs.sources {
		if !src.Leaving && !e.caughtUp {
			n.behind[src.Log.ID] = true
		}
	}
	return n
}

// caughtUp says whether every log was read to a head.
func (n *news) caughtUp() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.behind) == 0
}

// begin tells what is to be told before a log is read: what the policy of this era makes of the record, and what a
// process found that was killed before it could tell.
func (n *news) begin(ctx context.Context, pol *policy.Policy) error {
	ids, err := n.p.renewRecord(ctx, n.store, pol)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	_, err = n.print(ctx, ids)
	return err
}

// found prints findings that were born or changed. A failure to do so ends the watch: nobody would hear of them.
func (n *news) found(_ *ct.Log, ids []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	ids = slices.DeleteFunc(ids, func(id string) bool {
		was := n.early[id]
		delete(n.early, id)
		return was
	})
	// What is in the database already is told even where the watch is being stopped.
	untold, err := n.print(context.Background(), ids)
	if err != nil {
		n.end(fmt.Errorf("print findings: %w", err))
	}
	for _, id := range untold {
		if !slices.Contains(ids, id) {
			n.early[id] = true
		}
	}
}

// print prints the findings with these IDs and all that nobody was told of, the worst first. It returns the latter.
func (n *news) print(ctx context.Context, ids []string) (untold []string, err error) {
	defer n.era.sending.Wake()
	if untold, err = n.store.Untold(ctx, maxTold); err != nil {
		return nil, err
	}
	if !n.prints() {
		return untold, n.markTold(ctx, untold) // the receivers are told
	}
	found, err := n.store.Gists(ctx, unique(slices.Concat(untold, ids)))
	if err != nil {
		return nil, err
	}
	if err := n.p.printFindings(found, byID(ctx, n.store.Reader), n.asJSON); err != nil {
		return nil, err
	}
	if err := n.p.stdout.Flush(); err != nil {
		return nil, err
	}
	return untold, n.markTold(ctx, untold)
}

// prints says whether findings are printed: where that was asked for, or nobody else is told.
func (n *news) prints() bool { return n.stdout || len(n.era.cfg.Notify) == 0 }

func (n *news) markTold(ctx context.Context, untold []string) error {
	if len(untold) == 0 {
		return nil
	}
	return n.store.MarkTold(ctx, untold[len(untold)-1])
}

const (
	// patience is how many passes over a log may fail in a row before that is told: one lost packet is no news.
	patience = 3
	// tellAgain is how often a trouble that goes on is told.
	tellAgain = 24 * time.Hour
)

// passed tells when a log gets into trouble, and out of it.
func (n *news) passed(r monitor.LogResult) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.p.brokenPromises(&r)
	if r.Err == nil {
		n.well(&r)
		return
	}
	now := n.p.now()
	t := n.troubles[r.Log.ID]
	if t == nil {
		t = &trouble{since: now}
		n.troubles[r.Log.ID] = t
	}
	t.failures++
	again := t.told.IsZero() || now.Sub(t.told) >= tellAgain
	switch {
	case r.Misbehaviour != nil && (again || t.kind != r.Misbehaviour.Kind):
		n.p.trouble(&r)
		t.told, t.kind = now, r.Misbehaviour.Kind
	case r.Misbehaviour == nil && again && t.failures >= patience:
		n.p.warn(fmt.Sprintf("%s: %s since %s, tried %d times: %v", r.Log.Name(), shortTrouble(&r), timestamp(t.since), t.failures, r.Err))
		t.told = now
	}
}

// well notes a pass without trouble.
func (n *news) well(r *monitor.LogResult) {
	if t := n.troubles[r.Log.ID]; t != nil {
		if !t.told.IsZero() && !r.Left {
			n.p.note(r.Log.Name() + " is read again")
		}
		delete(n.troubles, r.Log.ID)
	}
	if r.Left {
		n.p.note(fmt.Sprintf("%s has left and is read to the end, entry %d", r.Log.Name(), r.To))
		return
	}
	if n.behind[r.Log.ID] {
		delete(n.behind, r.Log.ID)
		if len(n.behind) == 0 {
			n.p.note("caught up: every log was read to its head")
		}
	}
}
