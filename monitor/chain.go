package monitor

import (
	"bytes"
	"crypto/sha256"
	"sync"

	"github.com/google/certificate-transparency-go/asn1"
	"github.com/google/certificate-transparency-go/x509"
	"github.com/google/certificate-transparency-go/x509/pkix"

	"pinwatch/ct"
	"pinwatch/ct/certscan"
)

// lineage is what can be proved of where a certificate comes from. The chain of an entry is not covered by its leaf
// hash, so a log could show a chain of its own invention: an element counts only if it signed the one below it, or if
// the entry itself names its key (issuer_key_hash).
type lineage struct {
	issuer *[sha256.Size]byte // SPKI hash of the CA that issued the certificate; nil if it cannot be proved
	// spki are the SPKI hashes of the proved part of the chain, the leaf included.
	spki [][sha256.Size]byte
	// complete says that the whole chain the log shows is proved.
	complete bool
}

// trace proves what it can of the chain of an entry.
func (s *signatures) trace(e *ct.Entry, leaf *certscan.Certificate, chain [][]byte) lineage {
	var l lineage
	if key := keyHash(leaf); key != nil {
		l.spki = append(l.spki, *key)
	}
	var scan certscan.Scanner
	if e.Type == ct.PrecertEntry {
		l.issuer = (*[sha256.Size]byte)(e.IssuerKeyHash)
		chain = withoutSigner(chain, *l.issuer)
	} else if len(chain) == 0 && bytes.Equal(leaf.Issuer, leaf.Subject) && s.signedBy(leaf, leaf.Raw) {
		l.issuer = keyHash(leaf)
	}
	var below []byte // the certificate that the next element must have signed, nil below a precertificate
	if e.Type == ct.X509Entry {
		below = leaf.Raw
	}
	for _, der := range chain {
		if der == nil || !l.extend(s, &scan, below, der) {
			return l
		}
		below = der
	}
	l.complete = l.issuer != nil
	return l
}

// extend adds the next element of the chain if it is proved.
func (l *lineage) extend(s *signatures, scan *certscan.Scanner, below, der []byte) bool {
	if below != nil && !s.signedBy(scan.Certificate(below), der) {
		return false
	}
	key := keyHash(scan.Certificate(der))
	if key == nil || below == nil && *key != *l.issuer {
		return false
	}
	if l.issuer == nil {
		l.issuer = key
	}
	l.spki = append(l.spki, *key)
	return true
}

// keyHash is the SPKI hash of a certificate, nil if its key could not be read.
func keyHash(cert *certscan.Certificate) *[sha256.Size]byte {
	if cert.SPKI == nil || cert.Problems&certscan.BadSPKI != 0 {
		return nil
	}
	h := cert.SPKIHash()
	return &h
}

// withoutSigner drops a precertificate signing certificate from the front of a precertificate's chain: it signed, but
// the CA behind it is the issuer (RFC 6962 section 3.1).
func withoutSigner(chain [][]byte, issuer [sha256.Size]byte) [][]byte {
	if len(chain) < 2 || chain[0] == nil {
		return chain
	}
	var scan certscan.Scanner
	first := scan.Certificate(chain[0])
	if key := keyHash(first); first.PrecertSigner && (key == nil || *key != issuer) {
		return chain[1:]
	}
	return chain
}

// signatures remembers which certificates signed which: the same few CAs stand behind nearly all entries, and every chain
// is looked at twice, when it is fetched and when it is judged. It may be used by several goroutines.
type signatures struct {
	mu    sync.Mutex
	known map[signature]bool
}

// signature names a certificate and the one that may have signed it.
type signature struct{ cert, ca [sha256.Size]byte }

// maxSignatures bounds what is remembered, to half a megabyte. More than that begins anew.
const maxSignatures = 4096

// signedBy is signedBy, with what it said of the same two before.
func (s *signatures) signedBy(cert *certscan.Certificate, ca []byte) bool {
	key := signature{sha256.Sum256(cert.Raw), sha256.Sum256(ca)}
	s.mu.Lock()
	valid, found := s.known[key]
	s.mu.Unlock()
	if found {
		return valid
	}
	valid = signedBy(cert, ca)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= maxSignatures {
		s.known = make(map[signature]bool)
	}
	s.known[key] = valid
	return valid
}

// signedBy says whether the key of the certificate ca made the signature of cert. Algorithms that are not known here
// prove nothing.
func signedBy(cert *certscan.Certificate, ca []byte) bool {
	var alg pkix.AlgorithmIdentifier
	if rest, err := asn1.Unmarshal(cert.SignatureAlgorithm, &alg); err != nil || len(rest) > 0 || cert.Signature == nil {
		return false
	}
	parent, err := x509.ParseCertificate(ca)
	if parent == nil || x509.IsFatal(err) {
		return false
	}
	return parent.CheckSignature(x509.SignatureAlgorithmFromAI(alg), cert.TBS, cert.Signature) == nil
}
