package pinfile

import (
	"crypto/x509"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
	"software.sslmate.com/src/go-pkcs12"
)

// maxIterations bounds the work that a file may ask for to derive a key from its password. openssl asks for 2,048,
// Windows for 2,000; OWASP's advice of 2023 for PBKDF2 is 600,000.
const maxIterations = 2_000_000

// pkcs12 reads the certificates of a PKCS#12 file (RFC 7292). Its private key is decrypted with them and forgotten.
func (r *reader) pkcs12(data []byte) error {
	r.set.Format = PKCS12
	if !modest(data, 0) {
		return r.fail(Unreadable, 0, "", "the file asks for more than %d rounds to derive a key from the password", maxIterations)
	}
	password := ""
	if r.opt.Password != nil {
		var err error
		if password, err = r.opt.Password(r.set.File); err != nil {
			return r.fail(Unreadable, 0, "", "get the password: %v", err)
		}
	}
	_, leaf, chain, err := pkcs12.DecodeChain(data, password)
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return r.fail(Unreadable, 0, "set the password of the file in the environment", "the password does not fit this PKCS#12 file")
	}
	if err != nil {
		if trusted, err2 := pkcs12.DecodeTrustStore(data, password); err2 == nil {
			leaf, chain, err = nil, trusted, nil
		}
	}
	if err != nil {
		return r.fail(Unreadable, 0, "make PEM of it: openssl pkcs12 -nokeys", "%v", err)
	}
	var objects []object
	for _, c := range append([]*x509.Certificate{leaf}, chain...) {
		if c != nil {
			objects = append(objects, parseDER(c.Raw))
		}
	}
	return r.objects(objects)
}

// modest says whether no round count in DER is larger than maxIterations. In every SEQUENCE that holds one (RFC 7292
// section 4 and appendix C, RFC 8018 appendix A.2) it is the INTEGER behind an OCTET STRING, the salt.
func modest(der cryptobyte.String, depth int) bool {
	salted := false
	for !der.Empty() {
		var content cryptobyte.String
		var tag tags.Tag
		if !der.ReadAnyASN1(&content, &tag) {
			return true // no DER: an encrypted or random OCTET STRING
		}
		if tag == tags.INTEGER && salted && !small(content) {
			return false
		}
		salted = tag == tags.OCTET_STRING
		if inner := tag == tags.OCTET_STRING || tag&0x20 != 0; inner && depth < maxDepth && !modest(content, depth+1) {
			return false
		}
	}
	return true
}

// small says whether an INTEGER is from 1 to maxIterations.
func small(content []byte) bool {
	return len(content) > 0 && len(content) <= 4 && content[0] < 0x80 && bigEndian(content) >= 1 && bigEndian(content) <= maxIterations
}
