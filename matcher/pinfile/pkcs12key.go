package pinfile

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // files of old programs have it, and a certificate is no secret
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"slices"
	"unicode/utf16"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
)

// Bounds of the work that a file may ask for to derive keys from its password. openssl asks for 2,048, Windows
// for 2,000; OWASP's advice of 2023 for PBKDF2 is 600,000.
const (
	maxRounds     = 2_000_000     // rounds for a key
	maxFileRounds = 6 * maxRounds // hashes for all blocks of all keys of a file: some seconds
)

// maxKey bounds the size of a key, in bytes: that of the longest hash.
const maxKey = 64

var errRounds = fmt.Errorf("to derive its keys from the password would take too many rounds: at most %d for a key are worked off", maxRounds)

// readRounds reads how many rounds a key takes, from 1 to maxRounds.
func readRounds(der *cryptobyte.String) (int, error) {
	var n cryptobyte.String
	switch {
	case !der.ReadASN1(&n, tags.INTEGER) || len(n) == 0 || n[0] >= 0x80 || len(n) == 1 && n[0] == 0:
		return 0, errShape
	case len(n) > 4 || bigEndian(n) > maxRounds:
		return 0, errRounds
	}
	return int(bigEndian(n)), nil
}

// spend takes the hashes for a key, rounds for each block of it, from those that are left, before they are worked off.
func (f *pfx) spend(rounds, size, block int) error {
	if f.hashes -= rounds * ((size + block - 1) / block); f.hashes < 0 {
		return errRounds
	}
	return nil
}

const sha1Name = "1.3.14.3.2.26"

// digestOf is the hash of that name (RFC 8017 appendix B.1), nil: it is not known.
func digestOf(oid string) func() hash.Hash {
	switch oid {
	case sha1Name:
		return sha1.New
	case "2.16.840.1.101.3.4.2.4":
		return sha256.New224
	case "2.16.840.1.101.3.4.2.1":
		return sha256.New
	case "2.16.840.1.101.3.4.2.2":
		return sha512.New384
	case "2.16.840.1.101.3.4.2.3":
		return sha512.New
	case "2.16.840.1.101.3.4.2.5":
		return sha512.New512_224
	case "2.16.840.1.101.3.4.2.6":
		return sha512.New512_256
	}
	return nil
}

// prf is the hash of the HMAC of that name (RFC 8018 appendix B.1), nil: it is not known.
func prf(oid string) func() hash.Hash {
	switch oid {
	case "", "1.2.840.113549.2.7":
		return sha1.New
	case "1.2.840.113549.2.8":
		return sha256.New224
	case "1.2.840.113549.2.9":
		return sha256.New
	case "1.2.840.113549.2.10":
		return sha512.New384
	case "1.2.840.113549.2.11":
		return sha512.New
	case "1.2.840.113549.2.12":
		return sha512.New512_224
	case "1.2.840.113549.2.13":
		return sha512.New512_256
	}
	return nil
}

// What RFC 7292 derives from a password (appendix B.3).
const (
	forKey = 1
	forIV  = 2
	forMAC = 3
)

// derive derives a key of some size (RFC 7292 appendix B.2).
func (f *pfx) derive(h func() hash.Hash, purpose byte, salt []byte, rounds, size int) ([]byte, error) {
	d := h()
	if err := f.spend(rounds, size, d.Size()); err != nil {
		return nil, err
	}
	v := d.BlockSize()
	diversifier := bytes.Repeat([]byte{purpose}, v)
	in := append(repeated(salt, v), repeated(f.secret, v)...)
	var out []byte
	for {
		a := sum(d, diversifier, in)
		for range rounds - 1 {
			a = sum(d, a)
		}
		if out = append(out, a...); len(out) >= size {
			return out[:size], nil
		}
		b := repeated(a, v)[:v]
		for block := range slices.Chunk(in, v) {
			carry := 1
			for i := v - 1; i >= 0; i-- {
				carry += int(block[i]) + int(b[i])
				block[i] = byte(carry)
				carry >>= 8
			}
		}
	}
}

func sum(h hash.Hash, parts ...[]byte) []byte {
	h.Reset()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// repeated is b again and again, up to a multiple of v; nothing where b is.
func repeated(b []byte, v int) []byte {
	if len(b) == 0 {
		return nil
	}
	n := (len(b) + v - 1) / v * v
	return bytes.Repeat(b, (n+len(b)-1)/len(b))[:n]
}

// bmpString is a password as RFC 7292 appendix B.1 has it: UTF-16, big-endian, with two zero bytes behind.
func bmpString(s string) []byte {
	var out []byte
	for _, c := range append(utf16.Encode([]rune(s)), 0) {
		out = append(out, byte(c>>8), byte(c))
	}
	return out
}

// pbkdf2 derives a key by an AlgorithmIdentifier of PBKDF2 (RFC 8018 appendix A.2), of the size that it says where size
// is 0.
func (f *pfx) pbkdf2(der *cryptobyte.String, size int) ([]byte, error) {
	oid, rest, ok := typed(der)
	if ok && oid != "1.2.840.113549.1.5.12" {
		return nil, fmt.Errorf("keys that are derived by %s are not read", oid)
	}
	var params, salt cryptobyte.String
	if !ok || !rest.ReadASN1(&params, tags.SEQUENCE) || !params.ReadASN1(&salt, tags.OCTET_STRING) {
		return nil, errShape
	}
	rounds, err := readRounds(&params)
	if err != nil {
		return nil, err
	}
	said := size
	if params.PeekASN1Tag(tags.INTEGER) && !params.ReadASN1Integer(&said) {
		return nil, errShape
	}
	if size == 0 {
		size = said
	}
	if size < 1 || size > maxKey || said != size {
		return nil, errShape
	}
	name := ""
	if !params.Empty() {
		if name, _, ok = typed(&params); !ok {
			return nil, errShape
		}
	}
	h := prf(name)
	if h == nil {
		return nil, fmt.Errorf("keys that are derived with %s are not read", name)
	}
	if err := f.spend(2*rounds, size, h().Size()); err != nil { // an HMAC hashes twice
		return nil, err
	}
	return pbkdf2.Key(h, f.password, salt, rounds, size)
}
