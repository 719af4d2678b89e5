package pinfile

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // files of old programs have it, and a certificate is no secret
	"crypto/hmac"
	"errors"
	"fmt"
	"hash"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
)

const pbmac1 = "1.2.840.113549.1.5.14" // RFC 8018 appendix A.5

// mac is the MAC of a message by the algorithm of a DigestInfo.
func (f *pfx) mac(oid string, params cryptobyte.String, salt []byte, rounds int, message []byte) ([]byte, error) {
	var h func() hash.Hash
	var key []byte
	var err error
	if oid == pbmac1 {
		var in cryptobyte.String
		if !params.ReadASN1(&in, tags.SEQUENCE) {
			return nil, errShape
		}
		if key, err = f.pbkdf2(&in, 0); err != nil {
			return nil, err
		}
		name, _, ok := typed(&in)
		if !ok {
			return nil, errShape
		}
		oid, h = name, prf(name)
	} else if h = digestOf(oid); h != nil {
		if key, err = f.derive(h, forMAC, salt, rounds, h().Size()); err != nil {
			return nil, err
		}
	}
	if h == nil {
		return nil, fmt.Errorf("a MAC of %s is not read", oid)
	}
	m := hmac.New(h, key)
	m.Write(message)
	return m.Sum(nil), nil
}

// block is a cipher in one direction.
type block interface {
	BlockSize() int
	Decrypt(dst, src []byte)
}

// decrypt decrypts what is encrypted with a password, by an algorithm of RFC 7292 appendix C, but for RC4,
// or of RFC 8018 appendix A.4.
func (f *pfx) decrypt(oid string, params cryptobyte.String, data []byte) ([]byte, error) {
	var in cryptobyte.String
	if !params.ReadASN1(&in, tags.SEQUENCE) {
		return nil, errShape
	}
	var b block
	var iv []byte
	var err error
	if oid == "1.2.840.113549.1.5.13" {
		b, iv, err = f.pbes2(in)
	} else {
		b, iv, err = f.pbe(oid, in)
	}
	if err != nil {
		return nil, err
	}
	return unpad(b, iv, data)
}

// pbe makes the cipher of an algorithm of RFC 7292 appendix C.
func (f *pfx) pbe(oid string, params cryptobyte.String) (block, []byte, error) {
	size, triple := 0, false
	switch oid {
	case "1.2.840.113549.1.12.1.3":
		size, triple = 24, true
	case "1.2.840.113549.1.12.1.4":
		size, triple = 16, true
	case "1.2.840.113549.1.12.1.5":
		size = 16
	case "1.2.840.113549.1.12.1.6":
		size = 5
	default:
		return nil, nil, fmt.Errorf("what is encrypted with %s is not read", oid)
	}
	var salt cryptobyte.String
	if !params.ReadASN1(&salt, tags.OCTET_STRING) {
		return nil, nil, errShape
	}
	rounds, err := readRounds(&params)
	if err != nil {
		return nil, nil, err
	}
	h := digestOf(sha1Name)
	key, err := f.derive(h, forKey, salt, rounds, size)
	if err != nil {
		return nil, nil, err
	}
	iv, err := f.derive(h, forIV, salt, rounds, des.BlockSize)
	if err != nil || !triple {
		return newRC2(key), iv, err
	}
	b, err := des.NewTripleDESCipher(append(key, key[:24-size]...)) //nolint:gosec // see above
	return b, iv, err
}

// pbes2 makes the cipher of PBES2-params.
func (f *pfx) pbes2(params cryptobyte.String) (block, []byte, error) {
	kdf := params
	if !params.SkipASN1(tags.SEQUENCE) {
		return nil, nil, errShape
	}
	oid, rest, ok := typed(&params)
	if !ok {
		return nil, nil, errShape
	}
	size, cipherOf := 0, aes.NewCipher
	switch oid {
	case "2.16.840.1.101.3.4.1.2":
		size = 16
	case "2.16.840.1.101.3.4.1.22":
		size = 24
	case "2.16.840.1.101.3.4.1.42":
		size = 32
	case "1.2.840.113549.3.7":
		size, cipherOf = 24, des.NewTripleDESCipher
	default:
		return nil, nil, fmt.Errorf("what is encrypted with %s is not read", oid)
	}
	var iv cryptobyte.String
	if !rest.ReadASN1(&iv, tags.OCTET_STRING) {
		return nil, nil, errShape
	}
	key, err := f.pbkdf2(&kdf, size)
	if err != nil {
		return nil, nil, err
	}
	var b cipher.Block
	b, err = cipherOf(key)
	return b, iv, err
}

var errGarbled = errors.New("what is encrypted in this PKCS#12 file cannot be decrypted: perhaps it has another password")

// unpad decrypts data in CBC mode, and takes away the padding (RFC 8018 section 6.1.1).
func unpad(b block, iv, data []byte) ([]byte, error) {
	n := b.BlockSize()
	if len(iv) != n || len(data) == 0 || len(data)%n != 0 {
		return nil, errShape
	}
	out := make([]byte, len(data))
	for i := 0; i < len(data); i += n {
		b.Decrypt(out[i:i+n], data[i:i+n])
		for k := range n {
			out[i+k] ^= iv[k]
		}
		iv = data[i : i+n]
	}
	pad := out[len(out)-1]
	if pad < 1 || int(pad) > n || !bytes.HasSuffix(out, bytes.Repeat([]byte{pad}, int(pad))) {
		return nil, errGarbled
	}
	return out[:len(out)-int(pad)], nil
}
