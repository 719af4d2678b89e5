package monitor

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"time"

	"pinwatch/ct"
	"pinwatch/ct/certscan"
	"pinwatch/matcher"
	"pinwatch/store"
)

// Inspection is what would be said of a certificate if a log showed it.
type Inspection struct {
	Issuance   store.Issuance
	CertSHA256 [sha256.Size]byte
	Precert    bool // it has the poison: a precertificate
	CA         bool
	Names      []InspectedName
	// Problem says what could not be read, and Unwalkable that names may be hidden in it.
	Problem    string
	Unwalkable bool
	// Judged holds what each watch says that it concerns.
	Judged []store.Judged
}

// InspectedName is a name as it was read: where it stands (dNSName, commonName, ...) and its text, which is not
// escaped for any place where it is shown.
type InspectedName struct{ Kind, Text string }

// Inspect reads the certificate or precertificate der as the entry of a log would be read, and judges it for the time
// at. Its chain is made of what is in the pool. All of them may be of any shape.
func Inspect(list *matcher.Watchlist, der []byte, pool *Pool, at time.Time) *Inspection {
	s := &scanner{list: list}
	ws := new(workspace)
	cert := ws.certs.Certificate(der)
	out := &Inspection{
		CertSHA256: sha256.Sum256(der), Precert: cert.Poison, CA: cert.CA,
		Unwalkable: cert.Unwalkable(), Problem: cert.Problems.String(),
	}
	for i := range cert.Names {
		n := &cert.Names[i]
		out.Names = append(out.Names, InspectedName{Kind: n.Kind.String(), Text: displayName(n)})
	}
	hits, chain := s.match(ws, cert, nil), pool.chain(der)
	entry := ct.Entry{Type: ct.X509Entry, Cert: der, Timestamp: uint64(max(at.UnixMilli(), 0))}
	if cert.Poison && len(chain) > 0 && isPrecertSigner(chain[0]) {
		// The signer is not the issuer: that is the CA behind it (RFC 6962 section 3.1), if it is there.
		if len(chain) == 1 {
			chain = nil
		} else if issuer := keyHash(new(certscan.Scanner).Certificate(chain[1])); issuer != nil {
			entry.Type, entry.IssuerKeyHash = ct.PrecertEntry, issuer[:]
		}
	}
	from := trace(&entry, cert, chain)
	out.Issuance = issuance(cert, &from)
	out.Judged = s.findings(&candidate{entry: entry, hits: hits}, &from, cert)
	return out
}

func isPrecertSigner(der []byte) bool { return new(certscan.Scanner).Certificate(der).PrecertSigner }

// Pool is a set of certificates of which chains are made.
type Pool struct{ bySubject map[string][][]byte }

// NewPool makes a pool of certificates, which may be of any shape.
func NewPool(ders [][]byte) *Pool {
	p := &Pool{bySubject: map[string][][]byte{}}
	var scan certscan.Scanner
	for _, der := range ders {
		if cert := scan.Certificate(der); cert.Subject != nil && cert.SPKI != nil {
			subject := string(cert.Subject)
			p.bySubject[subject] = append(p.bySubject[subject], der)
		}
	}
	return p
}

// maxChain bounds how long a chain may become, and so how many signatures are verified for one.
const maxChain = 10

// chain is the chain of der, issuer first, as far as the pool has it. Each element signed the one before it.
func (p *Pool) chain(der []byte) [][]byte {
	var chain [][]byte
	var scan certscan.Scanner
	for len(chain) < maxChain {
		cert := scan.Certificate(der)
		i := slices.IndexFunc(p.bySubject[string(cert.Issuer)], func(ca []byte) bool {
			return !bytes.Equal(ca, der) && signedBy(cert, ca)
		})
		if cert.Issuer == nil || i < 0 {
			break
		}
		der = p.bySubject[string(cert.Issuer)][i]
		chain = append(chain, der)
	}
	return chain
}
