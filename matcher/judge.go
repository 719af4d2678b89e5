package matcher

import (
	"crypto/sha256"
	"slices"
	"time"
)

// Facts is what is known of the keys of a certificate. Each is the SHA-256 of a DER SubjectPublicKeyInfo.
type Facts struct {
	// Uncertain says that no Hit of the watch on this certificate was Certain.
	Uncertain bool
	// Key is the certificate's own key, nil if it could not be read.
	Key *[sha256.Size]byte
	// Issuer is the key of the CA that issued the certificate, nil if that is not established. For a precertificate it
	// is issuer_key_hash (RFC 6962 section 3.2), and never the key of a precertificate signing certificate.
	Issuer *[sha256.Size]byte
	// Chain holds the other keys of the chain in any order; Key and Issuer need not be among them.
	Chain [][sha256.Size]byte
	// ChainComplete says that Key, Issuer and Chain are all of the chain.
	ChainComplete bool
}

// Judge holds a certificate against the pins of the watch.
//
// Each dimension that has pins must be satisfied by a pin whose window holds at. at is the time for which the question
// is asked, usually the timestamp of the log entry. A pin outside its window satisfies nothing: it fails closed. A
// dimension whose facts are missing decides nothing, so that the verdict is Undetermined unless another dimension is
// not satisfied for certain.
func (w *Watch) Judge(f Facts, at time.Time) Judgement {
	key := w.judgeKeys(f, at)
	issuer := w.judgeIssuers(f, at)
	chain := w.judgeChain(f, at)
	j := Judgement{KeyPinned: key.satisfied, IssuerPinned: issuer.satisfied, ChainPinned: chain.satisfied}
	for _, d := range []dimension{key, issuer, chain} {
		if isFalse(d.satisfied) {
			j.Verdict = Unexpected
			j.addReasons(d.reasons)
		}
	}
	switch {
	case f.Uncertain:
		// Telling: even with the right key it is not expected as long as nobody knows what name it is for.
		j.Verdict, j.Reasons = Undetermined, append([]Reason{NameUncertain}, j.Reasons...)
	case j.Verdict == Unexpected:
	case !w.Pinned():
		j.Verdict = Unpinned
	case key.open || issuer.open || chain.open:
		j.Verdict = Undetermined
		for _, d := range []dimension{key, issuer, chain} {
			j.addReasons(d.reasons)
		}
	default:
		j.Verdict = Expected
		if key.backup || issuer.backup || chain.backup {
			j.Reasons = []Reason{BackupInUse}
		}
	}
	j.Severity = j.rank(isTrue(issuer.satisfied) || w.knowsIssuer(f, at))
	return j
}

// dimension is the answer of one dimension of pins.
type dimension struct {
	satisfied *bool
	open      bool     // asked for, and could not be decided
	backup    bool     // satisfied, by nothing but a backup pin
	reasons   []Reason // why it is not satisfied, or why it is open
}

func (w *Watch) judgeKeys(f Facts, at time.Time) dimension {
	var keys [][sha256.Size]byte
	if f.Key != nil {
		keys = append(keys, *f.Key)
	}
	return judge(w.Keys, keys, f.Key != nil, at, UnknownKey, KeyUnread)
}

func (w *Watch) judgeIssuers(f Facts, at time.Time) dimension {
	var keys [][sha256.Size]byte
	if f.Issuer != nil {
		keys = append(keys, *f.Issuer)
	}
	return judge(w.Issuers, keys, f.Issuer != nil, at, UnknownIssuer, IssuerUnknown)
}

func (w *Watch) judgeChain(f Facts, at time.Time) dimension {
	keys := f.caKeys()
	if f.Key != nil {
		keys = append(keys, *f.Key)
	}
	return judge(w.Chain, keys, f.ChainComplete && f.Key != nil, at, UnknownChain, ChainIncomplete)
}

// caKeys lists the keys of the chain without the certificate's own, as far as that is known to be another one.
func (f *Facts) caKeys() [][sha256.Size]byte {
	keys := slices.Clone(f.Chain)
	if f.Issuer != nil {
		keys = append(keys, *f.Issuer)
	}
	return slices.DeleteFunc(keys, func(k [sha256.Size]byte) bool { return f.Key != nil && k == *f.Key })
}

// knowsIssuer says whether a pin of the chain holds for a CA above the certificate.
func (w *Watch) knowsIssuer(f Facts, at time.Time) bool {
	return f.Key != nil && isTrue(judge(w.Chain, f.caKeys(), false, at, UnknownChain, ChainIncomplete).satisfied)
}

// judge holds keys against pins. complete says that there are no keys but these.
func judge(pins []Pin, keys [][sha256.Size]byte, complete bool, at time.Time, unknown, unread Reason) dimension {
	if len(pins) == 0 {
		return dimension{}
	}
	var outside []Reason
	backup := false
	for _, p := range pins {
		if !slices.Contains(keys, p.SPKI) {
			continue
		}
		switch {
		case p.Retired && at.After(p.NotAfter):
		case !p.NotAfter.IsZero() && at.After(p.NotAfter):
			outside = append(outside, PinExpired)
		case !p.NotBefore.IsZero() && at.Before(p.NotBefore):
			outside = append(outside, PinNotYetValid)
		case p.Backup:
			backup = true
		default:
			return dimension{satisfied: new(true)}
		}
	}
	switch {
	case backup:
		return dimension{satisfied: new(true), backup: true}
	case !complete:
		return dimension{open: true, reasons: []Reason{unread}}
	case len(outside) > 0:
		return dimension{satisfied: new(false), reasons: outside}
	}
	return dimension{satisfied: new(false), reasons: []Reason{unknown}}
}

// addReasons adds those reasons that are not there yet.
func (j *Judgement) addReasons(reasons []Reason) {
	for _, r := range reasons {
		if !slices.Contains(j.Reasons, r) {
			j.Reasons = append(j.Reasons, r)
		}
	}
}

// rank is the severity. knownIssuer says that a pinned CA issued the certificate.
func (j *Judgement) rank(knownIssuer bool) Severity {
	switch j.Verdict {
	case Expected:
		if len(j.Reasons) > 0 {
			return Low
		}
		return Info
	case Unpinned:
		return Low
	case Undetermined:
		return Medium
	}
	out := Medium // a pin outside its window
	for _, r := range j.Reasons {
		switch {
		case r == UnknownKey && knownIssuer, r == UnknownChain && isTrue(j.IssuerPinned) && !isTrue(j.KeyPinned):
			// Not the mild case: who can make the owner's own CA issue (jabber.ru, 2023) does just this.
			out = max(out, Critical)
		case r == UnknownKey:
			out = max(out, High)
		case (r == UnknownIssuer || r == UnknownChain) && !isTrue(j.KeyPinned):
			out = max(out, High)
		}
	}
	return out
}

func isTrue(b *bool) bool  { return b != nil && *b }
func isFalse(b *bool) bool { return b != nil && !*b }
