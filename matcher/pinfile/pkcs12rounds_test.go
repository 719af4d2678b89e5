package pinfile

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
)

// deriving tries to derive a key with a salt, after so many rounds.
type deriving func(salt []byte, rounds int64) error

func saltAndRounds(b *cryptobyte.Builder, salt []byte, rounds int64) {
	b.AddASN1OctetString(salt)
	b.AddASN1Int64(rounds)
}

// cipherOf derives the key of a cipher of RFC 7292.
func cipherOf(oid string) deriving {
	return func(salt []byte, rounds int64) error {
		b := cryptobyte.NewBuilder(nil)
		saltAndRounds(b, salt, rounds)
		f := pfx{secret: bmpString("x"), hashes: maxFileRounds}
		_, _, err := f.pbe(oid, b.BytesOrPanic())
		return err
	}
}

// macOf tries a MAC of an algorithm with such a salt and so many rounds.
func macOf(algorithm cryptobyte.BuilderContinuation, salt []byte, rounds int64) error {
	b := cryptobyte.NewBuilder(nil)
	in(b, func(b *cryptobyte.Builder) {
		in(b, func(b *cryptobyte.Builder) {
			in(b, algorithm, tags.SEQUENCE)
			b.AddASN1OctetString(nil)
		}, tags.SEQUENCE)
		saltAndRounds(b, salt, rounds)
	}, tags.SEQUENCE)
	f := pfx{password: "x", secret: bmpString("x"), hashes: maxFileRounds}
	return f.authenticate(b.BytesOrPanic(), nil)
}

func mac(salt []byte, rounds int64) error {
	return macOf(func(b *cryptobyte.Builder) { oid(b, 2, 16, 840, 1, 101, 3, 4, 2, 1) }, salt, rounds)
}

func pbmac(salt []byte, rounds int64) error {
	return macOf(func(b *cryptobyte.Builder) {
		oid(b, 1, 2, 840, 113549, 1, 5, 14)
		in(b, func(b *cryptobyte.Builder) {
			in(b, func(b *cryptobyte.Builder) {
				oid(b, 1, 2, 840, 113549, 1, 5, 12)
				in(b, func(b *cryptobyte.Builder) {
					saltAndRounds(b, salt, rounds)
					b.AddASN1Int64(32)
				}, tags.SEQUENCE)
			}, tags.SEQUENCE)
			in(b, func(b *cryptobyte.Builder) { oid(b, 1, 2, 840, 113549, 2, 9) }, tags.SEQUENCE)
		}, tags.SEQUENCE)
	}, nil, 1<<40) // of the MAC itself neither is looked at
}

// TestPKCS12RoundsOfAll: also a MAC and the ciphers of RFC 7292 are refused before anything is derived that would take
// hours, and salts of megabytes are taken.
func TestPKCS12RoundsOfAll(t *testing.T) {
	large := bytes.Repeat([]byte("salt"), 1<<20)
	for name, try := range map[string]struct {
		derive deriving
		well   error
	}{
		"a MAC":      {mac, errPassword},
		"PBMAC1":     {pbmac, errPassword},
		"triple DES": {cipherOf("1.2.840.113549.1.12.1.3"), nil},
		"two keys":   {cipherOf("1.2.840.113549.1.12.1.4"), nil},
		"RC2":        {cipherOf("1.2.840.113549.1.12.1.5"), nil},
		"short RC2":  {cipherOf("1.2.840.113549.1.12.1.6"), nil},
	} {
		for _, rounds := range []int64{maxRounds + 1, 1<<31 - 1, 1 << 31, 1 << 40, 1<<63 - 1} {
			if err := try.derive(nil, rounds); !errors.Is(err, errRounds) {
				t.Errorf("%s of %d rounds: %v", name, rounds, err)
			}
		}
		for _, rounds := range []int64{0, -1, -1 << 40} {
			if err := try.derive(nil, rounds); !errors.Is(err, errShape) {
				t.Errorf("%s of %d rounds: %v", name, rounds, err)
			}
		}
		if err := try.derive(large, 2); !errors.Is(err, try.well) {
			t.Errorf("%s with a salt of 4 MiB: %v", name, err)
		}
	}
}
