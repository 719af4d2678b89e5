package cttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
)

// Key is a signing key that follows from a seed. Anybody can make it: it must protect nothing.
type Key struct {
	SPKI   []byte // DER SubjectPublicKeyInfo
	signer crypto.Signer
}

// NewKey makes the ECDSA P-256 key of a seed.
func NewKey(seed string) *Key {
	scalar := sha256.Sum256([]byte("ecdsa " + seed))
	for {
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:]); err == nil {
			return newKey(key)
		}
		scalar = sha256.Sum256(scalar[:])
	}
}

// NewRSAKey makes the RSA key of a seed, with a modulus of 2048 bits. It takes a second or so.
func NewRSAKey(seed string) *Key {
	stream := NewStream("rsa " + seed)
	e := big.NewInt(65537)
	p, q := prime(stream, e), prime(stream, e)
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: int(e.Int64())},
		D:         new(big.Int).ModInverse(e, phi),
		Primes:    []*big.Int{p, q},
	}
	key.Precompute()
	return newKey(key)
}

// prime takes a prime of 1024 bits from the stream, the two top bits set so that the product of two has 2048, and such
// that e has an inverse.
func prime(stream *Stream, e *big.Int) *big.Int {
	p := new(big.Int).SetBytes(stream.Bytes(128))
	p.SetBit(p, 1023, 1).SetBit(p, 1022, 1).SetBit(p, 0, 1)
	two, rest := big.NewInt(2), new(big.Int)
	for ; ; p.Add(p, two) {
		if rest.Mod(p, e).Cmp(big.NewInt(1)) != 0 && p.ProbablyPrime(10) {
			return p
		}
	}
}

func newKey(signer crypto.Signer) *Key {
	spki, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		panic(fmt.Sprintf("marshal a public key: %v", err))
	}
	return &Key{SPKI: spki, signer: signer}
}

// Hash is the SHA-256 of the key's SubjectPublicKeyInfo: its pin, its log ID, its issuer_key_hash.
func (k *Key) Hash() [sha256.Size]byte { return sha256.Sum256(k.SPKI) }

// Sign signs the SHA-256 of message: ECDSA as in RFC 6979, RSA as in PKCS #1 v1.5. Both give the same bytes each time.
func (k *Key) Sign(message []byte) []byte {
	digest := sha256.Sum256(message)
	sig, err := k.signer.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		panic(fmt.Sprintf("sign: %v", err))
	}
	return sig
}

func (k *Key) isRSA() bool {
	_, yes := k.signer.(*rsa.PrivateKey)
	return yes
}

// algorithm is the AlgorithmIdentifier of the key's signatures (RFC 4055 section 5, RFC 5758 section 3.2).
func (k *Key) algorithm() []byte {
	if k.isRSA() {
		return sequence(encodeOID(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}), []byte{5, 0})
	}
	return sequence(encodeOID(asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}))
}

// digitallySigned signs message and writes DigitallySigned of RFC 5246 section 4.7.
func (k *Key) digitallySigned(message []byte) []byte {
	const sha256Hash, rsaSignature, ecdsaSignature = 4, 1, 3
	sig := k.Sign(message)
	out := []byte{sha256Hash, ecdsaSignature}
	if k.isRSA() {
		out[1] = rsaSignature
	}
	return append(append(out, byte(len(sig)>>8), byte(len(sig))), sig...)
}

// StrangerRSA is the SPKI of an RSA key of the given size (a multiple of 8 bits) that nobody has: its modulus is odd
// and random. Such keys cost nothing to make.
func StrangerRSA(seed string, bits int) []byte {
	n := NewStream("stranger " + seed).Bytes(bits / 8)
	n[0] |= 0x80
	n[len(n)-1] |= 1
	spki, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537})
	if err != nil {
		panic(fmt.Sprintf("marshal a public key: %v", err))
	}
	return spki
}
