package monitor

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"pinwatch/ct"
	"pinwatch/store"
)

const (
	// promisesPage is how many promises are looked up at a time.
	promisesPage = 64
	// maxAsked bounds how many promises a log is asked about in one pass: those whose entry was not seen when the log was
	// read.
	maxAsked = 16
	// askAgain is how long a log is left alone that could not be asked.
	askAgain = 15 * time.Minute
	// maxWaiting is how many promises that cannot be settled yet are passed over in one pass, to get at later ones.
	maxWaiting = 8 * promisesPage
	// maxUnproved is how long after its delay a log may fail to say whether it has an entry.
	maxUnproved = 24 * time.Hour
)

// keepPromises holds the log to what it promised in the SCTs of final certificates, wherever those were seen: when its
// merge delay is over by the clock of a head that the position was proved against, the entry must be there. Only the
// store's failure is an error.
//
//	SCT, signature valid ── head as young as timestamp + MMD ──> an entry that was seen is the promised one ──> kept
//	                                                        └──> the leaf at leaf_index, or its hash, asked ──> kept
//	                                                                 │ it is not there, looked at twice
//	                                                                 └──> broken: alarm, with SCT and head
func (t *tailer) keepPromises(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	head := t.verified
	if now := t.res.Head; head != nil && now != nil && now.Size == head.Size && now.Root == head.Root {
		head = now // the same tree, signed again
	}
	if head == nil || t.opt.Now().Before(t.askAfter) {
		return nil
	}
	if err := t.settlePromises(ctx, head); err != nil && ctx.Err() == nil {
		return &storeError{err}
	}
	return nil
}

// keepOldPromises holds the log to what is due by the head that the position was proved against already, before it is read
// on: a scan whose time is over while it reads comes to nothing behind that.
func (t *tailer) keepOldPromises(ctx context.Context) error {
	if t.restore(ctx) != nil {
		return nil // the pass restores it again, and says what is wrong
	}
	return t.keepPromises(ctx)
}

// checkFinals reads the SCTs of new final certificates. Only the store's failure is an error.
func (t *tailer) checkFinals(ctx context.Context) error {
	if err := t.scanner.scts.check(ctx, t.opt.Store, t.opt.Now()); err != nil && ctx.Err() == nil {
		return &storeError{err}
	}
	return nil
}

// delay is how long after the timestamp of an SCT its entry must be there.
func (t *tailer) delay() time.Duration {
	if t.src.Log.MMD > 0 {
		return t.src.Log.MMD
	}
	return minMergeDelay
}

// settlePromises settles all promises that are due at a head, as far as the log can be asked. It does not ask in order: a
// log that cannot show one entry would never be asked for another.
func (t *tailer) settlePromises(ctx context.Context, head *ct.TreeHead) error {
	var waiting []int64
	for asked := 0; len(waiting) < maxWaiting; {
		due, err := t.opt.Store.OpenPromises(ctx, t.src.Log.ID, head.Time().Add(-t.delay()), waiting, promisesPage)
		if err != nil || len(due) == 0 {
			return err
		}
		rand.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
		var settled []store.Settlement
		for i := range due {
			k := keeper{tailer: t, head: head, p: &due[i]}
			s, err := k.settle(ctx, &asked)
			if errors.Is(err, errNotYet) {
				waiting = append(waiting, due[i].ID)
				continue
			}
			if err != nil {
				return err
			}
			if s.Promise == store.PromiseBroken {
				t.res.Broken = append(t.res.Broken, k.accusation(s))
			}
			settled = append(settled, *s)
		}
		if err := t.opt.Store.SettlePromises(ctx, settled, t.opt.Now()); err != nil {
			return err
		}
	}
	return nil
}

// errNotYet says that nothing can be said of a promise now.
var errNotYet = errors.New("not yet")

// keeper looks for the entry of one promise, under a head that it must be under.
type keeper struct {
	*tailer
	head *ct.TreeHead
	p    *store.Promise
	leaf []byte // TimestampedEntry
}

// settle says what became of the promise; errNotYet where that cannot be said now, other errors are the store's. asked
// counts how often the log was asked in this pass.
func (k *keeper) settle(ctx context.Context, asked *int) (*store.Settlement, error) {
	if k.leaf = k.promisedLeaf(); k.leaf == nil {
		return &store.Settlement{
			ID: k.p.ID, Promise: store.PromiseUnseen, Detail: "what was promised cannot be put together any more",
		}, nil
	}
	if entry, found := k.seen(); found {
		return &store.Settlement{ID: k.p.ID, Promise: store.PromiseKept, Entry: &entry}, nil
	}
	if entry, found := k.seenOtherwise(); found {
		return &store.Settlement{
			ID: k.p.ID, Promise: store.PromiseKept, Entry: &entry, Detail: "under another timestamp",
		}, nil
	}
	byIndex, canRead := ct.EntriesOf(k.src.Reader).(ct.LeafReader)
	byIndexToo := canRead && k.p.SCT.LeafIndex != nil
	if !byIndexToo && k.at.Size() < k.head.Size || *asked >= maxAsked || k.opt.Now().Before(k.askAfter) {
		return nil, errNotYet
	}
	*asked++
	if byIndexToo {
		return k.atIndex(ctx, byIndex, *k.p.SCT.LeafIndex)
	}
	return k.anywhere(ctx)
}

// promisedLeaf is the entry that the SCT signs.
func (k *keeper) promisedLeaf() []byte {
	all, _ := promised(k.p.DER, k.p.IssuerKeyHash)
	for i := range all {
		if all[i].promise != nil && bytes.Equal(all[i].sct.Raw, k.p.SCT.Raw) {
			return all[i].promise.Timestamped()
		}
	}
	return nil
}

// seen finds the promised entry among those that were seen when the log was read.
func (k *keeper) seen() (entry uint64, found bool) {
	for _, e := range k.p.Seen {
		if bytes.Equal(e.Leaf, k.leaf) && (k.p.SCT.LeafIndex == nil || *k.p.SCT.LeafIndex == e.Index) {
			return e.Index, true
		}
	}
	return 0, false
}

// seenOtherwise finds an entry of the same precertificate with another timestamp: nothing is hidden by that. A log that
// names the index has promised that one.
func (k *keeper) seenOtherwise() (entry uint64, found bool) {
	if len(k.p.Seen) == 0 || k.p.SCT.LeafIndex != nil {
		return 0, false
	}
	return k.p.Seen[0].Index, true
}

// atIndex looks at the index that the SCT names, whether or not the log was read there.
func (k *keeper) atIndex(ctx context.Context, r ct.LeafReader, index uint64) (*store.Settlement, error) {
	if index >= k.head.Size {
		return k.broken(fmt.Sprintf("entry %d is not there: the head of %s has %d entries", index, k.head.Time().Format(time.RFC3339), k.head.Size)), nil
	}
	want := ct.LeafHash(k.leaf)
	for _, fresh := range []bool{false, true} {
		got, err := r.LeafAt(ctx, index, k.head, fresh)
		if err != nil {
			return nil, k.cannotAsk(ctx, err)
		}
		if got == want {
			return &store.Settlement{ID: k.p.ID, Promise: store.PromiseKept, Entry: &index}, nil
		}
	}
	return k.broken(fmt.Sprintf("entry %d is another one", index)), nil
}

// anywhere asks the log for the entry by its hash. Only where all entries were looked at that can be it, and none was,
// is the log's word that there is none, or its silence, a broken promise.
func (k *keeper) anywhere(ctx context.Context) (*store.Settlement, error) {
	overdue := k.head.Time().Sub(k.p.SCT.Timestamp) > k.delay()+maxUnproved
	var why error
	if r, can := ct.EntriesOf(k.src.Reader).(ct.Finder); can {
		entry, err := r.Find(ctx, ct.LeafHash(k.leaf), k.head)
		if err == nil {
			return &store.Settlement{ID: k.p.ID, Promise: store.PromiseKept, Entry: &entry}, nil
		}
		if why = err; !errors.Is(err, ct.ErrNoEntry) && !overdue {
			return nil, k.cannotAsk(ctx, err)
		}
		if ctx.Err() != nil {
			return nil, errNotYet
		}
	}
	looked, err := k.opt.Store.Looked(ctx, k.p, k.p.SCT.Timestamp.Add(k.delay()))
	if err != nil {
		return nil, err
	}
	if looked {
		return k.broken(fmt.Sprintf("the entry is not among the %d that the head of %s covers", k.head.Size, k.head.Time().Format(time.RFC3339))), nil
	}
	detail := "it was not looked for where it must be"
	if why != nil {
		detail += ": " + why.Error()
	}
	return &store.Settlement{ID: k.p.ID, Promise: store.PromiseUnseen, Detail: detail}, nil
}

// cannotAsk leaves the log alone for a while.
func (k *keeper) cannotAsk(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		k.log.Warn("cannot look for an entry that was promised", "certificate", fmt.Sprintf("%x", k.p.Cert), "error", err)
		k.askAfter = k.opt.Now().Add(askAgain)
	}
	return errNotYet
}

// broken makes the alarm about a promise that was not kept.
func (k *keeper) broken(how string) *store.Settlement {
	detail := fmt.Sprintf("the SCT of %s in certificate %x: %s", k.p.SCT.Timestamp.Format(time.RFC3339), k.p.Cert, how)
	promise := binary.BigEndian.AppendUint16(nil, uint16(len(k.p.SCT.Raw)))
	promise = append(append(promise, k.p.SCT.Raw...), k.leaf...)
	return &store.Settlement{ID: k.p.ID, Promise: store.PromiseBroken, Detail: how, Alarm: &store.Alarm{
		LogID: k.src.Log.ID, Kind: store.BrokenPromise, Detail: detail, Head: k.head.Raw, Other: promise,
	}}
}

// accusation is a broken promise as it is told.
func (k *keeper) accusation(s *store.Settlement) *ct.Misbehaviour {
	k.log.Error("the log broke a promise", "detail", s.Alarm.Detail)
	return &ct.Misbehaviour{Kind: ct.BrokenPromise, Detail: s.Alarm.Detail, Head: k.head, Raw: k.p.SCT.Raw}
}
