package certscan

import "crypto/sha256"

// Certificate is what was read from a Certificate or TBSCertificate (RFC 5280 section 4.1). Its slices point into the
// input or into the buffers of the Scanner that made it. What could not be read is nil, and Problems says so.
type Certificate struct {
	Raw []byte // the whole input
	TBS []byte // the TBSCertificate, tag and length included

	SignatureAlgorithm []byte // AlgorithmIdentifier, tag and length included; nil for a TBS
	Signature          []byte // the bits of signatureValue; nil for a TBS

	Serial              []byte // contents of the INTEGER as written: any length, negative or not minimal
	Issuer, Subject     []byte // Name, tag and length included
	NotBefore, NotAfter RawTime
	SPKI                []byte // SubjectPublicKeyInfo, tag and length included; no key when Problems has BadSPKI

	// Names are the names of the subject and then of every subjectAltName, in the order in which they stand.
	Names []Name

	Poison  bool   // has the precertificate poison (RFC 6962 section 3.1)
	SCTList []byte // extnValue of the SCT list (RFC 6962 section 3.3); nil when there is none

	CA            bool // basicConstraints says cA TRUE
	CertSign      bool // keyUsage says keyCertSign
	PrecertSigner bool // extKeyUsage names the signing of precertificates (RFC 6962 section 3.1)

	Problems Problem
}

// Unwalkable says that names may hide in what could not be read; see Problem.Unwalkable.
func (c *Certificate) Unwalkable() bool { return c.Problems.Unwalkable() }

// SPKIHash is the pin of the key: the SHA-256 of the DER SubjectPublicKeyInfo (RFC 7469 section 2.4). It is zero, and
// not the hash of nothing, when no key was found.
func (c *Certificate) SPKIHash() [sha256.Size]byte {
	if len(c.SPKI) == 0 {
		return [sha256.Size]byte{}
	}
	return sha256.Sum256(c.SPKI)
}
