package monitor

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"pinwatch/ct"
	"pinwatch/matcher"
	"pinwatch/store"
)

// Options is what a scan works with. Store, Watchlist and Now must be set.
type Options struct {
	Store     *store.Store
	Watchlist *matcher.Watchlist
	Rules     Rules
	Now       func() time.Time
	Log       *slog.Logger // default: silence
	// Until is when ctx will be done, so that most of what was read by then is kept; zero where that is not known.
	Until time.Time
	// SecondLook is how long to wait before a log that seems to lie is asked again. Default 2 s.
	SecondLook time.Duration
	// PartialAfter is how long the tile at the end of a static log may stay partial before it is read. 0 is at once.
	PartialAfter time.Duration
	// Poll is how often Watch asks a log for its head. Default 60 s.
	Poll time.Duration
	// Found, if set, is told by Watch of findings that were born or changed, from several goroutines.
	Found func(log *ct.Log, ids []string)
	// Passed, if set, is told by Watch how each pass over a log went, from several goroutines.
	Passed func(LogResult)
	// Catalogue, if set, says which logs are known, followed or not, and by which lists. It is asked when a run begins and,
	// by Watch, with every set, from several goroutines.
	Catalogue func() *store.Catalogue
	// Progress, if set, is told the position of a log and the size of the head it goes for, from several goroutines. LookBack
	// tells how many entries were read, and how many there are to read.
	Progress func(log *ct.Log, position, size uint64)
}

func (o *Options) setDefaults() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Poll == 0 {
		o.Poll = time.Minute
	}
	if o.Found == nil {
		o.Found = func(*ct.Log, []string) {}
	}
	if o.Passed == nil {
		o.Passed = func(LogResult) {}
	}
	if o.SecondLook == 0 {
		o.SecondLook = 2 * time.Second
	}
	if o.Progress == nil {
		o.Progress = func(*ct.Log, uint64, uint64) {}
	}
}

// scanner makes the scanner that all logs share.
func (o *Options) scanner() *scanner {
	return &scanner{list: o.Watchlist, rules: ruling{Rules: o.Rules}, now: o.Now}
}

// Source is a log and how it is read.
type Source struct {
	Log    *ct.Log
	Reader ct.Reader
	Start  Start
	// Listed says that the log came from a log list. One that appears there after a first run is begun at 0, whatever
	// Start says: what it holds has never been looked at.
	Listed bool
	// Leaving says that the log is followed no more: what its last head covers is still read, and no head is asked for.
	Leaving bool
}

// Counts says what was seen in the entries of a pass.
type Counts struct {
	Entries, Precerts uint64
	Undetermined      uint64 // entries that could not be read in full; their bytes are kept
	// New and Changed are the IDs of the findings born in this pass, and of those decided now that were not before.
	New, Changed []string
}

// LogResult says how far one log was taken.
type LogResult struct {
	Log      *ct.Log
	Reached  bool         // the log showed a head that it may show
	Head     *ct.TreeHead // nil if it was not reached
	From, To uint64       // the entries verified in this pass: [From, To)
	Counts   Counts
	// Err is why the pass ended before the head; nil where it did not. Misbehaviour is set where the log broke a promise.
	Err          error
	Misbehaviour *ct.Misbehaviour
	// Broken are the promises of the log, in SCTs of final certificates, that were found now not to be kept. They do not end
	// a pass.
	Broken []*ct.Misbehaviour
	// Left says that the log is followed no more, and that this is what became of the entries its last head covers.
	Left bool
}

// Complete says that the log is verified and matched up to its head.
func (r *LogResult) Complete() bool { return r.Err == nil && r.Head != nil && r.To == r.Head.Size }

// Scan takes every log from its position to its current head, all logs at the same time. The results are in the order
// of the sources. The error is the store's or the cause of ctx; what went wrong with a log stands in its LogResult.
func Scan(ctx context.Context, opt Options, sources []Source) ([]LogResult, error) {
	opt.setDefaults()
	policy := opt.Watchlist.Policy()
	run, err := opt.Store.StartRun(ctx, store.Run{Kind: "scan", Policy: policy, Names: opt.Watchlist.Names()}, opt.Now())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	shared := opt.scanner()
	if err := opt.takeUp(ctx, run, shared, sources); err != nil {
		cancel(err)
	}
	results := make([]LogResult, len(sources))
	tailers := make([]*tailer, len(sources))
	each := func(do func(i int) error) { atOnce(len(sources), cancel, do) }
	// A promise of one log may stand in a certificate that another showed.
	checkFinals := func() {
		if ctx.Err() == nil {
			if err := shared.scts.check(ctx, opt.Store, opt.Now()); err != nil {
				cancel(err)
			}
		}
	}
	checkFinals()
	each(func(i int) error {
		t := newTailer(&opt, sources[i], shared, run, policy)
		tailers[i] = t
		if err := t.keepOldPromises(ctx); err != nil {
			return err
		}
		results[i].Broken = t.res.Broken
		if sources[i].Leaving {
			return t.finish(ctx)
		}
		return t.step(ctx)
	})
	checkFinals()
	each(func(i int) error { return tailers[i].keepPromises(ctx) })
	for i, t := range tailers {
		t.res.Broken = slices.Concat(results[i].Broken, t.res.Broken)
		results[i] = t.res
	}
	cause := context.Cause(ctx)
	complete := !slices.ContainsFunc(results, func(r LogResult) bool { return !r.Complete() })
	err = opt.Store.EndRun(context.WithoutCancel(ctx), run, outcome(complete, cause), opt.Now())
	return results, errors.Join(cause, err)
}

// atOnce does something for each of n at the same time. An error cancels.
func atOnce(n int, cancel context.CancelCauseFunc, do func(i int) error) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := do(i); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
}

// outcome is the word for a run in the record. complete says that every log was taken to where it was to be.
func outcome(complete bool, cause error) string {
	switch {
	case errors.Is(cause, context.DeadlineExceeded):
		return "out of time"
	case errors.Is(cause, context.Canceled):
		return "interrupted"
	case cause != nil:
		return "failed: " + cause.Error()
	case !complete:
		return "incomplete"
	}
	return "complete"
}
