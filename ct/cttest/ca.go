package cttest

import (
	"crypto/sha1"
	"encoding/asn1"
	"time"
)

// CA is a certificate authority: a root, an intermediate, or a precertificate signing certificate.
type CA struct {
	Name   []byte // DER Name
	Key    *Key
	DER    []byte // its certificate
	Parent *CA    // nil for a root
	serial []byte // serial numbers of what it issued follow from this and a count
	count  int
}

// caStart and caEnd bound the validity of every CA.
var (
	caStart = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	caEnd   = time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
)

// NewRoot makes a self-signed root with the given common name and an ECDSA key.
func NewRoot(cn, seed string) *CA { return newCA(nil, cn, NewKey(seed+" root "+cn)) }

// Intermediate makes a CA below ca, with an ECDSA key.
func (ca *CA) Intermediate(cn, seed string) *CA { return newCA(ca, cn, NewKey(seed+" "+cn)) }

// IntermediateWith makes a CA below ca with a key of the caller's choice. Two CAs may so have one name and two keys,
// or one key and two names.
func (ca *CA) IntermediateWith(cn string, key *Key) *CA { return newCA(ca, cn, key) }

// PrecertSigner makes a precertificate signing certificate below ca (RFC 6962 section 3.1).
func (ca *CA) PrecertSigner(cn, seed string) *CA {
	ctEKU := sequence(encodeOID(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 4}))
	return newCA(ca, cn, NewKey(seed+" "+cn), Extension{ID: oidEKU, Value: ctEKU})
}

func newCA(parent *CA, cn string, key *Key, more ...Extension) *CA {
	ca := &CA{Name: caName("pinwatch test", cn), Key: key, Parent: parent}
	hash := key.Hash()
	ca.serial = hash[:8]
	signer := ca
	if parent != nil {
		signer = parent
	}
	t := tbs{
		serial:    signer.nextSerial(),
		algorithm: signer.Key.algorithm(),
		issuer:    signer.Name,
		validity:  sequence(encodeTime(caStart), encodeTime(caEnd)),
		subject:   ca.Name,
		spki:      key.SPKI,
	}
	extensions := append([]Extension{
		{ID: oidBasicConstraints, Critical: true, Value: sequence([]byte{1, 1, 0xff})},
		{ID: oidKeyUsage, Critical: true, Value: []byte{3, 2, 1, 0x06}}, // keyCertSign, cRLSign
		{ID: oidSKI, Value: encode(4, key.identifier())},
		{ID: oidAKI, Value: signer.authorityKeyID()},
	}, more...)
	ca.DER = signer.Key.sign(t.encode(extensions))
	return ca
}

// Chain lists the certificates of ca and of those above it, the root last.
func (ca *CA) Chain() [][]byte {
	var chain [][]byte
	for ; ca != nil; ca = ca.Parent {
		chain = append(chain, ca.DER)
	}
	return chain
}

// nextSerial is a serial number of 16 octets, positive, and different each time.
func (ca *CA) nextSerial() []byte {
	ca.count++
	octets := append([]byte{0x04}, ca.serial...)
	for shift := 48; shift >= 0; shift -= 8 {
		octets = append(octets, byte(ca.count>>shift))
	}
	return encode(2, octets)
}

// identifier is the key identifier: SHA-1 of the public key's bits (RFC 5280 section 4.2.1.2, method 1).
func (k *Key) identifier() []byte { return keyIdentifier(k.SPKI) }

func keyIdentifier(spki []byte) []byte {
	var bits asn1.BitString
	if _, err := asn1.Unmarshal(field(spki, 1), &bits); err != nil {
		panic("no public key in an SPKI")
	}
	sum := sha1.Sum(bits.Bytes)
	return sum[:]
}

// authorityKeyID is the value of the authority key identifier extension of what ca issues.
func (ca *CA) authorityKeyID() []byte { return sequence(encode(0x80, ca.Key.identifier())) }
