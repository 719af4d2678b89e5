package pinfile

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
)

// jwks reads a JSON Web Key or a set of them (RFC 7517). Each is a key that a certificate may have.
func (r *reader) jwks(root *node) error {
	r.set.Format = JWKS
	keys := []*node{root}
	if root.get("keys") != nil {
		keys = root.get("keys").list()
	}
	e := Entry{Dimension: Keys, Line: root.line}
	for _, k := range keys {
		spki, err := jwkSPKI(k)
		if err == nil {
			err = sameAsCertificate(k, spki)
		}
		if err != nil {
			r.remark(Refused, k.line, "", "%v", err)
			continue
		}
		if k.get("d") != nil {
			r.remark(Ignored, k.line, "keep it out of files that others read", "the private part of the key is not read")
		}
		o := object{spki: spki, name: k.get("kid").str()}
		e.Pins = append(e.Pins, o.pin(r.set.File, k.line))
	}
	if len(e.Pins) > 0 {
		e.Pins = mergePins(e.Pins, nil)
		r.add(e)
	}
	return nil
}

// jwkSPKI makes the SubjectPublicKeyInfo of a key (RFC 7518 section 6, RFC 8037 section 2).
func jwkSPKI(k *node) ([]byte, error) {
	kty, curve := k.get("kty").str(), k.get("crv").str()
	switch kty {
	case "RSA":
		n, e := base64URL(k.get("n")), base64URL(k.get("e"))
		if len(n) < 64 || len(n) > 2048 || len(e) == 0 || len(e) > 4 {
			return nil, errors.New("the RSA key has no modulus and exponent of a size that is used")
		}
		return x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(bigEndian(e))})
	case "EC":
		curves := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}
		c, found := curves[curve]
		if !found {
			return nil, fmt.Errorf("certificates have no keys on the curve %s", quote(curve))
		}
		point := append([]byte{4}, append(base64URL(k.get("x")), base64URL(k.get("y"))...)...)
		key, err := ecdsa.ParseUncompressedPublicKey(c, point)
		if err != nil {
			return nil, fmt.Errorf("the key is no point of %s", curve)
		}
		return x509.MarshalPKIXPublicKey(key)
	case "OKP":
		// RFC 8410 section 3: the last arc of the algorithm, and the length of the key.
		kinds := map[string][2]byte{"Ed25519": {112, 32}, "Ed448": {113, 57}}
		kind, found := kinds[curve]
		key := base64URL(k.get("x"))
		if !found || len(key) != int(kind[1]) {
			return nil, fmt.Errorf("certificates have no keys of %s with %d bytes", quote(curve), len(key))
		}
		return edwardsSPKI(kind[0], key), nil
	case "oct":
		return nil, errors.New("a symmetric key, which no certificate has; consider it public")
	}
	return nil, fmt.Errorf("the key type %s is not known", quote(kty))
}

// edwardsSPKI makes the SubjectPublicKeyInfo of a key with the algorithm 1.3.101.arc, which has no parameters.
func edwardsSPKI(arc byte, key []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tags.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(tags.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(tags.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes([]byte{0x2b, 0x65, arc}) })
		})
		b.AddASN1BitString(key)
	})
	return b.BytesOrPanic() // of two short, fixed lengths
}

// sameAsCertificate holds a key to the certificate that may come with it (x5c, RFC 7517 section 4.7).
func sameAsCertificate(k *node, spki []byte) error {
	list := k.get("x5c").list()
	if len(list) == 0 {
		return nil
	}
	der, err := base64.StdEncoding.DecodeString(list[0].str())
	if err != nil {
		return errors.New("the certificate of the key (x5c) is not base64")
	}
	if o := parseDER(der); o.kind != certificate || !bytes.Equal(o.spki, spki) {
		return errors.New("the certificate of the key (x5c) has another key")
	}
	return nil
}

// base64URL reads base64 of URLs; nil if it is none.
func base64URL(n *node) []byte {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(n.str(), "="))
	if err != nil {
		return nil
	}
	return b
}
