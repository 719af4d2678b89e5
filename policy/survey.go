package policy

import (
	"context"
	"slices"
	"time"

	"pinwatch/matcher"
	"pinwatch/store"
)

// survey is what the record shows of the pins of a policy.
type survey struct {
	list     *matcher.Watchlist
	now      time.Time
	uses     map[pinOf]*use                  // of keys that are pinned
	lasting  map[string]map[string]time.Time // of each holder and name, until when expected certificates are valid
	shadows  map[string]*Shadow              // of each holder
	examined int
}

// pinOf is a key in the certificates of the watches of a holder.
type pinOf struct {
	holder string
	spki   [32]byte
}

// use is how certificates of a holder's watches use a key.
type use struct {
	leaf, ca int // certificates that have the key; that have it above them
	// until is how long any certificate that has it, or has it above it, is valid.
	until time.Time
	// newest is the certificate with the key that is valid longest.
	newest store.Issuance
}

// examine goes through the record.
func examine(ctx context.Context, list *matcher.Watchlist, record *store.Reader, now time.Time) (*survey, error) {
	s := &survey{
		list: list, now: now, uses: map[pinOf]*use{}, lasting: map[string]map[string]time.Time{}, shadows: map[string]*Shadow{},
	}
	for _, h := range list.Holders() {
		for _, p := range slices.Concat(h.Keys, h.Issuers, h.Chain) {
			s.uses[pinOf{h.ID, p.SPKI}] = &use{}
		}
	}
	if record == nil {
		return s, nil
	}
	return s, record.EachRecorded(ctx, func(_ context.Context, r *store.Recorded, _ store.Records) error {
		s.examined++
		if len(r.Evidence) > 0 {
			s.record(r)
		}
		return nil
	})
}

// record counts a certificate, once for each holder: one may be for many names of a list, whose pins are the same.
func (s *survey) record(r *store.Recorded) {
	var counted []string
	for i := range r.Findings {
		watch, found := s.list.Find(r.Findings[i].Watch)
		if !found {
			continue
		}
		if id := s.list.Holder(watch); !slices.Contains(counted, id) {
			counted = append(counted, id)
			s.add(watch, r, &r.Findings[i])
		}
	}
}

// add counts a certificate that concerns a watch.
func (s *survey) add(watch int, r *store.Recorded, said *store.Said) {
	id, e := s.list.Holder(watch), &r.Evidence[0]
	own := r.Issuance.SPKISHA256
	if own != nil {
		if u := s.use(pinOf{id, *own}, &r.Issuance); u != nil {
			u.leaf++
		}
	}
	above := map[[32]byte]bool{}
	for _, k := range e.Keys {
		above[k] = own == nil || k != *own
	}
	if k := r.Issuance.IssuerKeyHash; k != nil {
		above[*k] = true
	}
	for k, is := range above {
		if !is {
			continue
		}
		if u := s.use(pinOf{id, k}, &r.Issuance); u != nil {
			u.ca++
		}
	}
	if w := s.list.Watch(watch); w.Pinned() {
		s.enforce(id, w, r, said)
	}
}

// enforce judges a certificate as a client with the pins of the watch does, at the time when it was logged. As in
// findings, the first sighting that shows enough decides.
func (s *survey) enforce(holder string, w *matcher.Watch, r *store.Recorded, said *store.Said) {
	shadow := s.shadow(holder)
	shadow.Certificates++
	switch j := judge(w, r, said); j.Verdict {
	case matcher.Expected:
		s.last(holder, &r.Issuance)
	case matcher.Unexpected:
		shadow.Refused = append(shadow.Refused, newRefused(r, said, j.Reasons))
	case matcher.Undetermined:
		shadow.Undecided++
	case matcher.Unpinned:
	}
}

func judge(w *matcher.Watch, r *store.Recorded, said *store.Said) matcher.Judgement {
	// A name that is not certain stands in no evidence, only in what was said.
	facts := matcher.Facts{
		Key: r.Issuance.SPKISHA256, Issuer: r.Issuance.IssuerKeyHash, Uncertain: said.Verdict == string(matcher.Undetermined),
	}
	var j matcher.Judgement
	for i := range r.Evidence {
		e := &r.Evidence[i]
		facts.Chain, facts.ChainComplete = e.Keys, e.WholeChain
		if j = w.Judge(facts, e.Timestamp); j.Verdict != matcher.Undetermined {
			break
		}
	}
	return j
}

func newRefused(r *store.Recorded, said *store.Said, reasons []matcher.Reason) Refused {
	out := Refused{
		Finding: said.ID, Watch: said.Watch, Names: r.Issuance.Names, Issuer: r.Issuance.Issuer, NotBefore: r.Issuance.NotBefore,
		NotAfter: r.Issuance.NotAfter, Logged: r.Evidence[0].Timestamp, Reasons: []string{},
	}
	if out.Names == nil {
		out.Names = []string{}
	}
	if k := r.Issuance.SPKISHA256; k != nil {
		out.SPKI = matcher.FormatPin(*k)
	}
	for i := range r.Evidence {
		if at := r.Evidence[i].Timestamp; at.Before(out.Logged) {
			out.Logged = at
		}
	}
	for _, reason := range reasons {
		out.Reasons = append(out.Reasons, string(reason))
	}
	return out
}

// shadow is that of a holder.
func (s *survey) shadow(holder string) *Shadow {
	out := s.shadows[holder]
	if out == nil {
		out = &Shadow{Watch: holder, Refused: []Refused{}}
		s.shadows[holder] = out
	}
	return out
}

// use is the use of a pinned key, to which a certificate is added; nil for a key that the holder does not pin, as nearly
// all of a large record are.
func (s *survey) use(k pinOf, iss *store.Issuance) *use {
	u := s.uses[k]
	if u == nil || iss.NotAfter == nil {
		return u
	}
	if iss.NotAfter.After(u.until) {
		u.until = *iss.NotAfter
	}
	if iss.SPKISHA256 != nil && *iss.SPKISHA256 == k.spki && (u.newest.NotAfter == nil || iss.NotAfter.After(*u.newest.NotAfter)) {
		u.newest = *iss
	}
	return u
}

// last notes until when names have an expected certificate.
func (s *survey) last(holder string, iss *store.Issuance) {
	if iss.NotAfter == nil || iss.NotAfter.Before(s.now) {
		return
	}
	names := s.lasting[holder]
	if names == nil {
		names = map[string]time.Time{}
		s.lasting[holder] = names
	}
	for _, name := range iss.Names {
		if iss.NotAfter.After(names[name]) {
			names[name] = *iss.NotAfter
		}
	}
}
