package policy

import (
	"context"
	"time"

	"pinwatch/matcher"
	"pinwatch/store"
)

// survey is what the record shows of the pins of a policy.
type survey struct {
	list     *matcher.Watchlist
	now      time.Time
	watches  map[string]int // indexes into the list, by ID
	issued   map[string]int // certificates of each watch
	uses     map[pinOf]*use
	lasting  map[string]map[string]time.Time // of each watch and name, until when expected certificates are valid
	refused  []Refused
	examined int
}

// pinOf is a key in the certificates of a watch.
type pinOf struct {
	watch string
	spki  [32]byte
}

// use is how certificates of a watch use a key.
type use struct {
	leaf, ca int // certificates that have the key; that have it above them
	// until is how long any certificate that has it, or has it above it, is valid.
	until time.Time
	// newest is the certificate with the key that is valid longest.
	newest store.Issuance
}

// Refused is a certificate that a client which enforces the pins of a watch would have refused.
type Refused struct {
	Finding  string // its ID
	Watch    string
	Issuance store.Issuance
	Logged   time.Time // when it was logged first, as far as the record shows
	Reasons  []string
}

// examine goes through the record.
func examine(ctx context.Context, list *matcher.Watchlist, record *store.Reader, now time.Time) (*survey, error) {
	s := &survey{
		list: list, now: now, watches: make(map[string]int, list.Len()), issued: map[string]int{}, uses: map[pinOf]*use{},
		lasting: map[string]map[string]time.Time{},
	}
	for i := range list.Len() {
		s.watches[list.Watch(i).ID()] = i
	}
	if record == nil {
		return s, nil
	}
	return s, record.EachRecorded(ctx, func(_ context.Context, r *store.Recorded, _ store.Records) error {
		s.examined++
		for i := range r.Findings {
			if index, found := s.watches[r.Findings[i].Watch]; found && len(r.Evidence) > 0 {
				s.add(list.Watch(index), r, &r.Findings[i])
			}
		}
		return nil
	})
}

// add counts a certificate that concerns a watch.
func (s *survey) add(w *matcher.Watch, r *store.Recorded, said *store.Said) {
	id, e := w.ID(), &r.Evidence[0]
	s.issued[id]++
	own := r.Issuance.SPKISHA256
	if own != nil {
		s.use(pinOf{id, *own}, &r.Issuance).leaf++
	}
	above := map[[32]byte]bool{}
	for _, k := range e.Keys {
		above[k] = own == nil || k != *own
	}
	if k := r.Issuance.IssuerKeyHash; k != nil {
		above[*k] = true
	}
	for k, is := range above {
		if is {
			s.use(pinOf{id, k}, &r.Issuance).ca++
		}
	}
	if !w.Pinned() || said.Verdict == string(matcher.Undetermined) {
		return
	}
	j := w.Judge(matcher.Facts{Key: own, Issuer: r.Issuance.IssuerKeyHash, Chain: e.Keys, ChainComplete: e.WholeChain}, e.Timestamp)
	switch j.Verdict {
	case matcher.Expected:
		s.last(id, &r.Issuance)
	case matcher.Unexpected:
		refused := Refused{Finding: said.ID, Watch: id, Issuance: r.Issuance, Logged: e.Timestamp}
		for _, reason := range j.Reasons {
			refused.Reasons = append(refused.Reasons, string(reason))
		}
		s.refused = append(s.refused, refused)
	case matcher.Unpinned, matcher.Undetermined:
	}
}

// use is the use of a key, to which a certificate is added.
func (s *survey) use(k pinOf, iss *store.Issuance) *use {
	u := s.uses[k]
	if u == nil {
		u = &use{}
		s.uses[k] = u
	}
	if iss.NotAfter == nil {
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

// last notes until when the names of a watch have an expected certificate.
func (s *survey) last(watch string, iss *store.Issuance) {
	if iss.NotAfter == nil || iss.NotAfter.Before(s.now) {
		return
	}
	names := s.lasting[watch]
	if names == nil {
		names = map[string]time.Time{}
		s.lasting[watch] = names
	}
	for _, name := range iss.Names {
		if iss.NotAfter.After(names[name]) {
			names[name] = *iss.NotAfter
		}
	}
}
