package monitor

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/google/certificate-transparency-go/x509"

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
	SCTs       bool // it has an SCT list: a final certificate
	CA         bool
	// Signer says that a precertificate signing certificate signed it (RFC 6962 section 3.1).
	Signer bool
	Names  []InspectedName
	// Problem says what could not be read, and Unwalkable that names may be hidden in it.
	Problem    string
	Unwalkable bool
	// Judged holds what each watch says that it concerns.
	Judged []store.Judged
}

// InspectedName is a name as it was read.
type InspectedName struct {
	Kind   string // where it stands: dNSName, commonName, ...
	Type   string // the string type it was written in: UTF8String, ...
	Text   string // not escaped for any place where it is shown
	Octets []byte // that Text was made of; those of a BMPString or UniversalString are turned into UTF-8
}

// Inspect reads the certificate or precertificate der as the entry of a log would be read, and judges it for the time
// at. Its chain is made of what is in the pool. All of them may be of any shape.
func Inspect(list *matcher.Watchlist, der []byte, pool *Pool, at time.Time) *Inspection {
	s := &scanner{list: list}
	ws := new(workspace)
	cert := ws.certs.Certificate(der)
	out := &Inspection{
		CertSHA256: sha256.Sum256(der), Precert: cert.Poison, SCTs: cert.SCTList != nil, CA: cert.CA,
		Unwalkable: cert.Unwalkable(), Problem: cert.Problems.String(),
	}
	for i := range cert.Names {
		n := &cert.Names[i]
		out.Names = append(out.Names, InspectedName{
			Kind: n.Kind.String(), Type: n.StringType(), Text: displayName(n), Octets: bytes.Clone(n.Value),
		})
	}
	hits, chain := s.match(ws, cert, nil), pool.chain(der)
	entry := ct.Entry{Type: ct.X509Entry, Cert: der, Timestamp: uint64(max(at.UnixMilli(), 0))}
	identity := cert.Identity()
	if cert.Poison && len(chain) > 0 && isPrecertSigner(chain[0]) {
		out.Signer = true
		identity = identityBehind(cert, chain[0])
		// The signer is not the issuer: that is the CA behind it, if it is there.
		if len(chain) == 1 {
			chain = nil
		} else if issuer := keyHash(new(certscan.Scanner).Certificate(chain[1])); issuer != nil {
			entry.Type, entry.IssuerKeyHash = ct.PrecertEntry, issuer[:]
		}
	}
	from := new(signatures).trace(&entry, cert, chain)
	out.Issuance = issuance(cert, &from)
	out.Issuance.TBSSHA256 = identity
	out.Judged = s.findings(&candidate{entry: entry, hits: hits}, &from, cert)
	return out
}

func isPrecertSigner(der []byte) bool { return new(certscan.Scanner).Certificate(der).PrecertSigner }

// identityBehind is the identity of a precertificate that a precertificate signing certificate signed: that of what a
// log makes of it, with issuer and authority key identifier of the final certificate (RFC 6962 section 3.2). A
// precertificate that is not strict DER cannot be rewritten and keeps its own.
func identityBehind(cert *certscan.Certificate, signer []byte) [sha256.Size]byte {
	parent, err := x509.ParseCertificate(signer)
	if parent == nil || x509.IsFatal(err) {
		return cert.Identity()
	}
	tbs, err := x509.BuildPrecertTBS(cert.TBS, parent)
	if err != nil {
		return cert.Identity()
	}
	return new(certscan.Scanner).TBS(tbs).Identity()
}

// Pool is a set of certificates of which chains are made.
type Pool struct{ bySubject map[string][][]byte }

// maxNamesakes bounds how many certificates of one subject are tried as issuers. CAs that are renewed and certified by
// each other have a handful; more are made to cost time.
const maxNamesakes = 64

// NewPool makes a pool of certificates, which may be of any shape. Of more than 64 with one subject the first are
// taken.
func NewPool(ders [][]byte) *Pool {
	p := &Pool{bySubject: map[string][][]byte{}}
	seen := make(map[[sha256.Size]byte]bool, len(ders)) // chains hold the same CAs again and again
	var scan certscan.Scanner
	for _, der := range ders {
		h := sha256.Sum256(der)
		if seen[h] {
			continue
		}
		seen[h] = true
		cert := scan.Certificate(der)
		if subject := string(cert.Subject); cert.Subject != nil && cert.SPKI != nil && len(p.bySubject[subject]) < maxNamesakes {
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
