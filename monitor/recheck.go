package monitor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pinwatch/ct"
	"pinwatch/store"
)

// Rechecked says what came of reading kept entries again.
type Rechecked struct {
	Entries  uint64 // that are kept
	Resolved uint64 // that were read in full for the first time
	// New and Changed are the IDs of the findings born now, and of those decided now that were not before.
	New, Changed []string
}

// recheckPage is how many kept entries are read and written at a time.
const recheckPage = 64

// Recheck reads every entry again that was kept because it could not be read in full, with the reader of certificates
// and the watch list of now. What it finds is recorded as if it had been found when the log was followed; what is read
// in full is marked so, and nothing is ever forgotten. Done twice, it changes nothing the second time.
//
// Of an entry only what its leaf hash covers is kept. One that concerns a watch is therefore asked for again at its
// log, if that is among the sources, for the chain. Where it cannot be had, or is not the same any more, what is kept
// must do, and the next time it is asked for again. The error is the store's or the cause of ctx.
func Recheck(ctx context.Context, opt Options, sources []Source) (*Rechecked, error) {
	opt.setDefaults()
	r := &rechecker{opt: &opt, scanner: opt.scanner(), logs: map[ct.LogID]*keptLog{}}
	for _, src := range sources {
		r.logs[src.Log.ID] = &keptLog{src: src}
	}
	policy := opt.Watchlist.Policy()
	out := &Rechecked{}
	var last *store.Kept
	for {
		page, err := opt.Store.Kept(ctx, last, recheckPage)
		if err != nil || len(page) == 0 {
			return out, err
		}
		batch := store.Reread{Policy: policy, Now: opt.Now()}
		for i := range page {
			if err := r.add(ctx, &batch, &page[i]); err != nil {
				return out, err
			}
		}
		done, err := opt.Store.Reread(ctx, &batch)
		if err != nil {
			return out, err
		}
		out.Entries += uint64(len(page))
		out.Resolved = r.resolved
		out.New = append(out.New, done.New...)
		out.Changed = append(out.Changed, done.Changed...)
		last = &page[len(page)-1]
	}
}

// rechecker reads kept entries.
type rechecker struct {
	opt     *Options
	scanner *scanner
	ws      workspace
	logs    map[ct.LogID]*keptLog

	resolved uint64 // read in full for the first time
}

// add reads a kept entry, and puts what came of it into the batch if that may be anything new.
func (r *rechecker) add(ctx context.Context, batch *store.Reread, k *store.Kept) error {
	entry := keptEntry(k)
	cert := read(&r.ws.certs, &entry)
	c := newCandidate(&entry, cert, r.scanner.match(&r.ws, cert, nil))
	e := store.Rereading{LogID: k.LogID, Index: k.Index, Resolved: c.problem == ""}
	better := e.Resolved && !k.Resolved
	if !better && r.decided(&c, k) {
		return nil
	}
	if len(c.hits) > 0 || k.Matched {
		sub, err := r.submission(ctx, k, &c.entry)
		if err != nil {
			return err
		}
		if e.Fetched = sub != nil; sub == nil {
			// The chain is not known, which is not the same as that there is none.
			sub = &ct.Submission{Cert: c.entry.Cert, Chain: [][]byte{nil}}
			if c.entry.Leaf != nil {
				sub.Cert = c.entry.Leaf
			}
		}
		s, certs := r.scanner.sighting(&c, sub)
		if err := addBackground(ctx, r.opt.Watchlist, r.opt.Store, &s.Issuance, time.Time{}, s.Findings); err != nil {
			return err
		}
		r.scanner.rules.hold(s.Findings, s.Timestamp, r.opt.Now())
		e.Sighting, e.Certificates = &s, certs
	}
	if better {
		r.resolved++
	}
	batch.Entries = append(batch.Entries, e)
	return nil
}

// decided says whether each watch that the entry concerns has a finding about it that is decided.
func (r *rechecker) decided(c *candidate, k *store.Kept) bool {
	decided := make(map[string]bool, len(k.Decided))
	for _, watch := range k.Decided {
		decided[watch] = true
	}
	return !slices.ContainsFunc(c.hits, func(h nameHit) bool { return !decided[r.scanner.list.Watch(h.Watch).ID()] })
}

// keptEntry decodes what is kept of an entry. What could not be decoded then may well be now.
func keptEntry(k *store.Kept) ct.Entry {
	e := ct.Entry{Index: k.Index}
	timestamped := k.Leaf
	if k.Whole {
		var ok bool
		if timestamped, ok = bytes.CutPrefix(k.Leaf, []byte{0, 0}); !ok { // v1, timestamped_entry
			return ct.Entry{Index: k.Index, Leaf: k.Leaf}
		}
	}
	if rest, err := e.DecodeTimestamped(timestamped); err != nil || len(rest) > 0 {
		return ct.Entry{Index: k.Index, Leaf: k.Leaf}
	}
	return e
}

// submission asks the log of a kept entry what was submitted for it; nil, without an error, where that cannot be had.
func (r *rechecker) submission(ctx context.Context, k *store.Kept, e *ct.Entry) (*ct.Submission, error) {
	log := r.logs[k.LogID]
	if log == nil || log.failed || e.Leaf != nil {
		return nil, nil
	}
	sub, err := log.submission(ctx, e)
	if err == nil {
		return sub, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	log.failed = !errors.Is(err, errOtherEntry)
	r.opt.Log.Warn("a kept entry cannot be had from its log again", "log", log.src.Log.Name(), "index", k.Index, "error", err)
	return nil, nil
}

// keptLog is a log that is asked for kept entries again.
type keptLog struct {
	src    Source
	head   *ct.TreeHead // nil until it is needed
	failed bool         // it is left alone
}

// errOtherEntry says that a log shows another entry than it did.
var errOtherEntry = errors.New("the log shows another entry there now")

// submission fetches the entry e again. What it shows is believed if it is the same entry: that was verified when it
// was kept.
func (l *keptLog) submission(ctx context.Context, e *ct.Entry) (*ct.Submission, error) {
	if l.head == nil {
		head, err := l.src.Reader.TreeHead(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the tree head: %w", err)
		}
		l.head = head
	}
	batch, err := l.src.Reader.Entries(ctx, e.Index, e.Index+1, l.head, false)
	if err != nil {
		return nil, err
	}
	defer batch.Release()
	if again := &batch.Entries[0]; bytes.Equal(again.Timestamped, e.Timestamped) {
		return submission(ctx, l.src.Reader, again)
	}
	return nil, errOtherEntry
}
