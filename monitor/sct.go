package monitor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"pinwatch/ct"
	"pinwatch/ct/certscan"
	"pinwatch/store"
)

// scts checks the SCTs of final certificates against the keys of logs. It may be used by several goroutines. Its zero
// value knows no keys.
type scts struct {
	checking sync.Mutex // held by the one that reads final certificates

	mu        sync.Mutex
	keys      map[ct.LogID][]byte
	verifiers map[ct.LogID]*ct.Verifier // nil: the key is none that a log may have
}

// learn adds the keys of logs.
func (s *scts) learn(id ct.LogID, key []byte) {
	if len(key) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys, s.verifiers = map[ct.LogID][]byte{}, map[ct.LogID]*ct.Verifier{}
	}
	s.keys[id] = key
}

// verifier is that of a log; nil: the log is not known.
func (s *scts) verifier(id ct.LogID) *ct.Verifier {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, made := s.verifiers[id]; made {
		return v
	}
	key, known := s.keys[id]
	if !known {
		return nil
	}
	v, err := ct.NewVerifier(key)
	if err != nil || v.ID() != id {
		v = nil
	}
	s.verifiers[id] = v
	return v
}

// knows says whether the log's key is known.
func (s *scts) knows(id [32]byte) bool { return s.verifier(id) != nil }

// finalsPage is how many final certificates are read and written at a time.
const finalsPage = 64

// check reads the SCTs of all final certificates that were recorded since the last time. Nothing of it is in the commit
// of a stretch: what a crash leaves undone is done the next time. Where somebody is at it already, nothing is left to do.
func (s *scts) check(ctx context.Context, db *store.Store, now time.Time) error {
	if !s.checking.TryLock() {
		return nil
	}
	defer s.checking.Unlock()
	for {
		finals, err := db.UncheckedFinals(ctx, finalsPage)
		if err != nil || len(finals) == 0 {
			return err
		}
		checked := make([]store.CheckedFinal, len(finals))
		for i := range finals {
			checked[i] = s.read(&finals[i])
		}
		if err := db.RecordSCTs(ctx, checked, now); err != nil {
			return err
		}
	}
}

// read reads the SCTs of a final certificate and verifies them.
func (s *scts) read(f *store.Final) store.CheckedFinal {
	out := store.CheckedFinal{SHA256: f.SHA256}
	promises, err := promised(f.DER, f.IssuerKeyHash)
	if err != nil {
		out.Problem = err.Error()
	}
	for place, p := range promises {
		sct := store.SCT{
			Place: place, LogID: p.sct.LogID, Timestamp: (&ct.Entry{Timestamp: p.sct.Timestamp}).Time(), Raw: p.sct.Raw,
		}
		if index, ok := p.sct.LeafIndex(); ok {
			sct.LeafIndex = &index
		}
		switch v := s.verifier(p.sct.LogID); {
		case v == nil:
			sct.Signature = store.SCTUnknownLog
		case p.promise == nil:
			sct.Signature = store.SCTUnverified
		case v.VerifyPromise(p.promise) == nil:
			sct.Signature = store.SCTValid
		default:
			sct.Signature = store.SCTInvalid
		}
		out.SCTs = append(out.SCTs, sct)
	}
	return out
}

// promisedSCT is an SCT and what it signs; nil where that cannot be put together.
type promisedSCT struct {
	sct     certscan.SCT
	promise *ct.Promise
}

// promised reads the SCTs of a final certificate. What could be read is returned also where there is an error.
func promised(der []byte, issuer *[32]byte) ([]promisedSCT, error) {
	var scan certscan.Scanner
	cert := scan.Certificate(der)
	if cert.SCTList == nil || cert.Poison {
		return nil, nil
	}
	list, err := certscan.SCTs(cert.SCTList)
	if err != nil {
		err = fmt.Errorf("SCT list: %w", err)
	}
	tbs, whole := cert.AppendPrecertTBS(nil)
	switch {
	case !whole:
		err = fmt.Errorf("the certificate cannot be taken apart as its logs did")
	case issuer == nil && err == nil:
		err = fmt.Errorf("the issuer is not known, whose key the SCTs sign")
	}
	out := make([]promisedSCT, len(list))
	for i, sct := range list {
		out[i].sct = sct
		if whole && issuer != nil {
			out[i].promise = &ct.Promise{
				Timestamp: sct.Timestamp, IssuerKeyHash: *issuer, TBS: tbs, Extensions: sct.Extensions, Signature: sct.Signature,
			}
		}
	}
	return out, err
}
