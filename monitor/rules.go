package monitor

import (
	"slices"
	"sync"
	"time"

	"pinwatch/matcher"
	"pinwatch/store"
)

// Rules are what watches ask for besides names and pins, by the IDs of the watches.
type Rules struct {
	// Pending is how long a certificate with an unknown key may wait for the key to be declared: from its entry's
	// timestamp on, or from now where that lies in the future.
	Pending map[string]time.Duration
	// Learn is when a watch began to learn: certificates that were logged before, and valid then, are its baseline. Their
	// keys are authorised.
	Learn map[string]time.Time
	// Canary is a watch whose certificates are all expected: it is there to be seen. Empty: there is none.
	Canary string
}

// ruling applies rules. It may be used by several goroutines. Its zero value has no rules.
type ruling struct {
	Rules

	mu      sync.Mutex
	learned map[learnedKey]bool // authorised since the watch list was made
}

type learnedKey struct {
	watch string
	spki  [32]byte
}

// span is the validity of a certificate; nil where it could not be read.
type span struct{ notBefore, notAfter *time.Time }

// at says whether the certificate is valid at a time.
func (v span) at(t time.Time) bool {
	return v.notBefore != nil && v.notAfter != nil && !t.Before(*v.notBefore) && !t.After(*v.notAfter)
}

// learn judges again where a watch learns. A key that was learned, or is to be, counts as pinned; a watch that learned none
// yet expects none. baseline says that the key is to be authorised. A key that was taken out is not learned again.
func (r *ruling) learn(w *matcher.Watch, f matcher.Facts, at time.Time, valid span, j matcher.Judgement) (_ matcher.Judgement, baseline bool) {
	since, learns := r.Learn[w.ID()]
	if !learns || f.Key == nil || j.Verdict == matcher.Expected {
		return j, false
	}
	if slices.ContainsFunc(w.Keys, func(p matcher.Pin) bool { return p.Retired && p.SPKI == *f.Key }) {
		return j, false
	}
	baseline = !at.After(since) && valid.at(since)
	key := learnedKey{w.ID(), *f.Key}
	known := *w
	known.Keys = append(slices.Clip(w.Keys), matcher.Pin{SPKI: *f.Key})
	switch again := known.Judge(f, at); {
	case again.Verdict == matcher.Expected && baseline:
		r.add(key)
		return again, true
	case again.Verdict == matcher.Expected && r.has(key):
		return again, false
	case w.Pinned():
		return j, false // it is not the key, or not the key alone
	}
	known.Keys = []matcher.Pin{{}} // of no key
	return known.Judge(f, at), false
}

// bygone says whether a certificate had expired when its watch began to learn: it is neither a baseline nor news.
func (r *ruling) bygone(w *matcher.Watch, at time.Time, valid span) bool {
	since, learns := r.Learn[w.ID()]
	return learns && !at.After(since) && valid.notAfter != nil && valid.notAfter.Before(since)
}

func (r *ruling) has(k learnedKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.learned[k]
}

func (r *ruling) add(k learnedKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.learned == nil {
		r.learned = map[learnedKey]bool{}
	}
	r.learned[k] = true
}

// hold keeps what was said of an entry, logged at a time, pending where nothing but an unknown key is wrong with it. A
// key that is known for another reason, such as a retired one, is not waited for.
func (r *ruling) hold(judged []store.Judged, at, now time.Time) {
	if len(r.Pending) == 0 {
		return
	}
	if at.After(now) {
		at = now
	}
	for i := range judged {
		j := &judged[i]
		due := at.Add(r.Pending[j.Watch])
		if j.Verdict == string(matcher.Unexpected) && due.After(now) && !slices.ContainsFunc(j.Reasons, otherThanKey) {
			j.Due = due
		}
	}
}

func otherThanKey(reason string) bool {
	return reason != string(matcher.UnknownKey) && reason != string(matcher.UnknownChain)
}
