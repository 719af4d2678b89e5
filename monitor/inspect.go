package monitor

import (
	"crypto/sha256"
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
// at. chain is what came with it, issuer first; an element counts only if it signed the one before it. Both may be of
// any shape.
func Inspect(list *matcher.Watchlist, der []byte, chain [][]byte, at time.Time) *Inspection {
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
	hits := s.match(ws, cert, nil)
	entry := ct.Entry{Type: ct.X509Entry, Cert: der, Timestamp: uint64(max(at.UnixMilli(), 0))}
	if cert.Poison && len(chain) > 0 && bySigner(cert, chain[0]) {
		if issuer := behindSigner(chain); issuer != nil {
			entry.Type, entry.IssuerKeyHash = ct.PrecertEntry, issuer[:]
		} else {
			chain = nil // the signer is not the issuer, and nothing else is known
		}
	}
	from := trace(&entry, cert, chain)
	out.Issuance = issuance(cert, &from)
	t := tailer{scanner: s}
	out.Judged = t.findings(&candidate{entry: entry, hits: hits}, &from, cert)
	return out
}

// bySigner says whether a precertificate signing certificate signed cert (RFC 6962 section 3.1).
func bySigner(cert *certscan.Certificate, signer []byte) bool {
	var scan certscan.Scanner
	return scan.Certificate(signer).PrecertSigner && signedBy(cert, signer)
}

// behindSigner is the key of the CA for which the precertificate signing certificate chain[0] signs, nil if that is
// not there. It is what issuer_key_hash would be.
func behindSigner(chain [][]byte) *[sha256.Size]byte {
	var scan certscan.Scanner
	if len(chain) < 2 || !signedBy(scan.Certificate(chain[0]), chain[1]) {
		return nil
	}
	return keyHash(scan.Certificate(chain[1]))
}
