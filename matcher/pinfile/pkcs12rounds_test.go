package pinfile

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
)

// TestPKCS12RoundsOfAll: also a MAC and the ciphers of RFC 7292 are refused before anything is derived that would take
// hours, and salts of megabytes are taken.
func TestPKCS12RoundsOfAll(t *testing.T) {
	derived := func(salt []byte, rounds int64) cryptobyte.BuilderContinuation {
		return func(b *cryptobyte.Builder) {
			b.AddASN1OctetString(salt)
			b.AddASN1Int64(rounds)
		}
	}
	pbe := func(oid string) func([]byte, int64) error {
		return func(salt []byte, rounds int64) error {
			b := cryptobyte.NewBuilder(nil)
			derived(salt, rounds)(b)
			f := pfx{secret: bmpString("x"), hashes: maxFileRounds}
			_, _, err := f.pbe(oid, b.BytesOrPanic())
			return err
		}
	}
	mac := func(salt []byte, rounds int64) error {
		b := cryptobyte.NewBuilder(nil)
		in(b, func(b *cryptobyte.Builder) {
			in(b, func(b *cryptobyte.Builder) {
				in(b, func(b *cryptobyte.Builder) { oid(b, 2, 16, 840, 1, 101, 3, 4, 2, 1) }, tags.SEQUENCE)
				b.AddASN1OctetString(nil)
			}, tags.SEQUENCE)
			derived(salt, rounds)(b)
		}, tags.SEQUENCE)
		f := pfx{password: "x", secret: bmpString("x"), hashes: maxFileRounds}
		return f.authenticate(b.BytesOrPanic(), nil)
	}
	pbmac := func(salt []byte, rounds int64) error {
		b := cryptobyte.NewBuilder(nil)
		in(b, func(b *cryptobyte.Builder) {
			in(b, func(b *cryptobyte.Builder) {
				in(b, func(b *cryptobyte.Builder) {
					oid(b, 1, 2, 840, 113549, 1, 5, 14)
					in(b, func(b *cryptobyte.Builder) {
						in(b, func(b *cryptobyte.Builder) {
							oid(b, 1, 2, 840, 113549, 1, 5, 12)
							in(b, func(b *cryptobyte.Builder) {
								derived(salt, rounds)(b)
								b.AddASN1Int64(32)
							}, tags.SEQUENCE)
						}, tags.SEQUENCE)
						in(b, func(b *cryptobyte.Builder) { oid(b, 1, 2, 840, 113549, 2, 9) }, tags.SEQUENCE)
					}, tags.SEQUENCE)
				}, tags.SEQUENCE)
				b.AddASN1OctetString(nil)
			}, tags.SEQUENCE)
			derived(nil, 1<<40)(b) // are not looked at
		}, tags.SEQUENCE)
		f := pfx{password: "x", secret: bmpString("x"), hashes: maxFileRounds}
		return f.authenticate(b.BytesOrPanic(), nil)
	}
	large := bytes.Repeat([]byte("salt"), 1<<20)
	for name, try := range map[string]struct {
		of   func(salt []byte, rounds int64) error
		well error
	}{
		"a MAC":      {mac, errPassword},
		"PBMAC1":     {pbmac, errPassword},
		"triple DES": {pbe("1.2.840.113549.1.12.1.3"), nil},
		"two keys":   {pbe("1.2.840.113549.1.12.1.4"), nil},
		"RC2":        {pbe("1.2.840.113549.1.12.1.5"), nil},
		"short RC2":  {pbe("1.2.840.113549.1.12.1.6"), nil},
	} {
		for _, rounds := range []int64{maxRounds + 1, 1<<31 - 1, 1 << 31, 1 << 40, 1<<63 - 1} {
			if err := try.of(nil, rounds); !errors.Is(err, errRounds) {
				t.Errorf("%s of %d rounds: %v", name, rounds, err)
			}
		}
		for _, rounds := range []int64{0, -1, -1 << 40} {
			if err := try.of(nil, rounds); !errors.Is(err, errShape) {
				t.Errorf("%s of %d rounds: %v", name, rounds, err)
			}
		}
		if err := try.of(large, 2); !errors.Is(err, try.well) {
			t.Errorf("%s with a salt of 4 MiB: %v", name, err)
		}
	}
}
