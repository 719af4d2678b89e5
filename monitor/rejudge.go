package monitor

import (
	"bytes"
	"context"
	"slices"
	"time"

	"pinwatch/ct"
	"pinwatch/matcher"
	"pinwatch/store"
)

// Rejudge judges all that is recorded by a watch list, from the evidence in the record and without touching a log, and
// returns the findings that it changed. It does nothing where the record was judged by the same watch list last, and no
// watch began to learn since: one that did takes its baseline from the record too.
//
// Findings of watches that are not in the list any more stay as they are. What was expected until it expired is not
// opened, whatever is said of it now: taking a pin away long after must not make news of it.
//
// progress, unless it is nil, is told how far it is: a large record takes minutes.
func Rejudge(
	ctx context.Context, s *store.Store, list *matcher.Watchlist, rules Rules, now time.Time, progress func(done, all uint64),
) ([]store.Change, error) {
	policy := list.Policy()
	var learning time.Time
	for _, since := range rules.Learn {
		if since.After(learning) {
			learning = since
		}
	}
	if judged, err := s.Judged(ctx, policy, learning); err != nil || judged {
		return nil, err
	}
	r := newRejudger(list, rules, now)
	return s.Rejudge(ctx, &store.Rejudge{
		Policy: policy, Pins: pins(list, now), Now: now, Learning: learning, Judge: r.judge, Progress: progress,
	})
}

// pins lists the pins of a watch list that have not ended.
func pins(list *matcher.Watchlist, now time.Time) []store.Pin {
	var out []store.Pin
	for _, h := range list.Holders() {
		for _, d := range []struct {
			name string
			pins []matcher.Pin
		}{{"keys", h.Keys}, {"issuers", h.Issuers}, {"chain", h.Chain}} {
			for _, p := range d.pins {
				if !p.Retired && (p.NotAfter.IsZero() || !now.After(p.NotAfter)) {
					out = append(out, store.Pin{Watch: h.ID, Dimension: d.name, SPKI: p.SPKI, Label: p.Label, Source: p.Source})
				}
			}
		}
	}
	return out
}

// rejudger judges recorded issuances.
type rejudger struct {
	scanner *scanner
	now     time.Time
	ws      workspace
}

func newRejudger(list *matcher.Watchlist, rules Rules, now time.Time) *rejudger {
	return &rejudger{scanner: &scanner{list: list, rules: ruling{Rules: rules}}, now: now}
}

// judge says what each watch says of an issuance now, and which watches it concerned before and does not any more.
func (r *rejudger) judge(
	ctx context.Context, rec *store.Recorded, known store.Records,
) (judged []store.Judged, gone []string, err error) {
	judged, at := r.fresh(rec)
	for i := range rec.Findings {
		f := &rec.Findings[i]
		j, concerned := at[f.Watch]
		switch {
		case !concerned && r.watches(f.Watch):
			gone = append(gone, f.Watch)
		case concerned && r.settled(rec, f):
			judged[j].Open = false
		}
	}
	if err := addBackground(ctx, r.scanner.list, known, &rec.Issuance, rec.FirstSeen, judged); err != nil {
		return nil, nil, err
	}
	if len(rec.Evidence) > 0 {
		r.scanner.rules.hold(judged, rec.Evidence[0].Timestamp, r.now)
	}
	return judged, gone, nil
}

func (r *rejudger) watches(id string) bool {
	_, found := r.scanner.list.Find(id)
	return found
}

// settled says whether a certificate was nobody's business until it expired.
func (r *rejudger) settled(rec *store.Recorded, f *store.Said) bool {
	until := rec.Issuance.NotAfter
	return f.State == store.StateClosed && until != nil && until.Before(r.now)
}

// fresh judges an issuance by its sightings, in the order in which they were seen. As when they were seen, what is
// decided takes the place of what is not, and otherwise the first one stays. at finds what a watch says.
func (r *rejudger) fresh(rec *store.Recorded) (judged []store.Judged, at map[string]int) {
	at = map[string]int{}
	for i := range rec.Evidence {
		for _, j := range r.evidence(rec, &rec.Evidence[i]) {
			known, found := at[j.Watch]
			switch {
			case !found:
				at[j.Watch] = len(judged)
				judged = append(judged, j)
			case j.Decided && !judged[known].Decided:
				judged[known] = j
			}
		}
		if !slices.ContainsFunc(judged, func(j store.Judged) bool { return !j.Decided }) {
			break
		}
	}
	return judged, at
}

// evidence judges an issuance by one sighting.
func (r *rejudger) evidence(rec *store.Recorded, e *store.Evidence) []store.Judged {
	entry := recordedEntry(e.Leaf)
	cert := read(&r.ws.certs, &entry)
	facts := matcher.Facts{
		Key: keyHash(cert), Issuer: rec.Issuance.IssuerKeyHash, Chain: e.Keys, ChainComplete: e.WholeChain,
	}
	return r.scanner.judge(r.scanner.match(&r.ws, cert, nil), facts, e.Timestamp,
		span{rec.Issuance.NotBefore, rec.Issuance.NotAfter})
}

// recordedEntry decodes the leaf of a sighting: a TimestampedEntry or, where that could not be decoded, the whole
// MerkleTreeLeaf.
func recordedEntry(leaf []byte) ct.Entry {
	for _, timestamped := range [][]byte{leaf, bytes.TrimPrefix(leaf, []byte{0, 0})} { // v1, timestamped_entry
		var e ct.Entry
		if rest, err := e.DecodeTimestamped(timestamped); err == nil && len(rest) == 0 {
			return e
		}
	}
	return ct.Entry{Leaf: leaf}
}
