package monitor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pinwatch/ct"
	"pinwatch/ct/certscan"
	"pinwatch/matcher"
	"pinwatch/store"
)

// sighting judges a candidate that concerns a watch, given what was submitted for it, and makes the rows of it.
func (s *scanner) sighting(c *candidate, sub *ct.Submission) (store.Sighting, []store.Certificate) {
	var scan certscan.Scanner
	cert := read(&scan, &c.entry)
	from := s.signed.trace(&c.entry, cert, sub.Chain)
	row := store.Sighting{
		Issuance:   issuance(cert, &from),
		Index:      c.entry.Index,
		Type:       c.entry.Type.String(),
		CertSHA256: sha256.Sum256(sub.Cert),
		Timestamp:  c.entry.Time(),
		Leaf:       leafBytes(&c.entry),
		Keys:       from.spki,
		WholeChain: from.complete,
		Findings:   s.findings(c, &from, cert),
	}
	certs := []store.Certificate{{SHA256: row.CertSHA256, DER: sub.Cert}}
	for _, der := range sub.Chain {
		if der != nil {
			cert := store.Certificate{SHA256: sha256.Sum256(der), DER: der}
			row.Chain = append(row.Chain, cert.SHA256)
			certs = append(certs, cert)
		}
	}
	return row, certs
}

// submission is what was sent to the log for e. Of an entry that cannot be decoded nothing is known but its leaf.
func submission(ctx context.Context, r ct.Reader, e *ct.Entry) (*ct.Submission, error) {
	if e.Leaf != nil {
		return &ct.Submission{Cert: e.Leaf}, nil
	}
	sub, err := r.Submission(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("chain of entry %d: %w", e.Index, err)
	}
	if len(sub.Cert) == 0 { // the log does not show what was submitted: the leaf is the next best
		sub.Cert = e.Cert
	}
	return sub, nil
}

// findings judges the candidate for each watch that it concerns.
func (s *scanner) findings(c *candidate, from *lineage, cert *certscan.Certificate) []store.Judged {
	facts := matcher.Facts{Key: keyHash(cert), Issuer: from.issuer, Chain: from.spki, ChainComplete: from.complete}
	return s.judge(c.hits, facts, c.entry.Time(), span{instant(cert.NotBefore), instant(cert.NotAfter)})
}

// judge says what each watch that was hit says of a certificate logged at a time.
func (s *scanner) judge(hits []nameHit, facts matcher.Facts, at time.Time, valid span) []store.Judged {
	var out []store.Judged
	byWatch(hits, func(watch int, hits []nameHit) {
		w := s.list.Watch(watch)
		if w.ID() == s.rules.Canary {
			out = append(out, store.Judged{
				Watch: w.ID(), Verdict: string(matcher.Expected), Severity: matcher.Info.String(), Matches: matches(hits), Decided: true,
			})
			return
		}
		facts.Uncertain = !hits[0].Certain
		j, baseline := s.rules.learn(w, facts, at, valid, w.Judge(facts, at))
		decided := j.Verdict != matcher.Undetermined
		out = append(out, store.Judged{
			Watch: w.ID(), Verdict: string(j.Verdict), Severity: j.Severity.String(), Reasons: words(j.Reasons),
			KeyPinned: j.KeyPinned, IssuerPinned: j.IssuerPinned, ChainPinned: j.ChainPinned,
			Matches: matches(hits),
			Decided: decided,
			Open:    !decided || j.Verdict != matcher.Expected && !s.rules.bygone(w, at, valid),
			Learned: baseline,
		})
	})
	return out
}

// leafBytes is what is kept of an entry: all that its leaf hash covers.
func leafBytes(e *ct.Entry) []byte {
	if e.Leaf != nil {
		return e.Leaf
	}
	return e.Timestamped
}

func words(reasons []matcher.Reason) []string {
	out := make([]string, len(reasons))
	for i, r := range reasons {
		out[i] = string(r)
	}
	return out
}

// issuance is what is recorded of the certificate itself. What could not be read stays empty.
func issuance(cert *certscan.Certificate, from *lineage) store.Issuance {
	iss := store.Issuance{
		TBSSHA256:     cert.Identity(),
		IssuerKeyHash: from.issuer,
		Serial:        hex.EncodeToString(cert.Serial),
		Issuer:        certscan.NameString(cert.Issuer),
		Subject:       certscan.NameString(cert.Subject),
		NotBefore:     instant(cert.NotBefore),
		NotAfter:      instant(cert.NotAfter),
		SPKISHA256:    keyHash(cert),
	}
	seen := make(map[string]bool, len(cert.Names))
	for i := range cert.Names {
		if name := displayName(&cert.Names[i]); !seen[name] {
			seen[name] = true
			iss.Names = append(iss.Names, name)
		}
	}
	return iss
}

func instant(raw certscan.RawTime) *time.Time {
	if at, ok := raw.Time(); ok {
		return &at
	}
	return nil
}

// displayName writes a name as text: an address as such, bytes that are no UTF-8 as \xNN. It is not escaped for any
// place where it is shown.
func displayName(n *certscan.Name) string {
	if n.Kind == certscan.IPAddress {
		if addr, ok := netip.AddrFromSlice(n.Value); ok {
			return addr.String()
		}
		return hex.EncodeToString(n.Value)
	}
	if utf8.Valid(n.Value) {
		return string(n.Value)
	}
	var b strings.Builder
	for rest := n.Value; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 {
			b.WriteString(`\x` + strconv.FormatUint(uint64(rest[0])+0x100, 16)[1:])
		} else {
			b.Write(rest[:size])
		}
		rest = rest[size:]
	}
	return b.String()
}
