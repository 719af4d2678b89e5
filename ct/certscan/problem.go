package certscan

import "strings"

// Problem is a set of things that could not be read as RFC 5280 has them.
type Problem uint32

// The problems. Where one says that a part is broken, what could be read of the part was read.
const (
	// BadFrame: the outer Certificate or the TBSCertificate is no SEQUENCE, or ends before it should.
	BadFrame Problem = 1 << iota
	// Trailing: bytes follow the certificate, or the TBSCertificate.
	Trailing
	// BadSignature: signatureAlgorithm or signatureValue is missing or not what it should be.
	BadSignature
	// BadSerial: serialNumber is no INTEGER.
	BadSerial
	// BadIssuer: issuer is no SEQUENCE.
	BadIssuer
	// BadValidity: validity does not hold two elements.
	BadValidity
	// BadSubject: subject cannot be walked to its end.
	BadSubject
	// BadSPKI: subjectPublicKeyInfo is missing or holds no AlgorithmIdentifier.
	BadSPKI
	// BadTBS: the TBSCertificate holds something that does not belong there.
	BadTBS
	// BadExtensions: the list of extensions cannot be walked to its end.
	BadExtensions
	// BadExtension: an element of the list is no extension.
	BadExtension
	// BadSAN: a subjectAltName cannot be walked to its end.
	BadSAN
	// BadName: the text of a name could not be read, or only in part.
	BadName
	// TooManyNames: names beyond MaxNames were left out.
	TooManyNames
	// BadUsage: basicConstraints, keyUsage or extKeyUsage cannot be read.
	BadUsage
	// BadSCT: the value of the poison or the SCT list cannot be read.
	BadSCT
)

// hiding are the problems in which a name may hide.
const hiding = BadFrame | BadSubject | BadTBS | BadExtensions | BadExtension | BadSAN | BadName | TooManyNames

// Unwalkable says that the walk could not reach everything that decides which names a certificate has. Names holds
// what was reached; for the rest the bytes must be searched.
func (p Problem) Unwalkable() bool { return p&hiding != 0 }

// String names the problems, in a fixed order, with commas between. It is empty when there are none.
func (p Problem) String() string {
	words := [...]string{
		"frame", "trailing bytes", "signature", "serial", "issuer", "validity", "subject", "public key", "tbs",
		"extension list", "extension", "subjectAltName", "name", "too many names", "usage", "sct",
	}
	var named []string
	for i, word := range words {
		if p&(1<<i) != 0 {
			named = append(named, word)
		}
	}
	return strings.Join(named, ", ")
}
