package pinfile

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
	"software.sslmate.com/src/go-pkcs12"
)

func TestPKCS12(t *testing.T) {
	data := testFile(t, "modern.p12")
	_, err := Read("modern.p12", data, Options{})
	if r, ok := errors.AsType[*Remark](err); !ok || !strings.Contains(r.Text, "no password is given") || !strings.Contains(r.Todo, "password_env") {
		t.Errorf("without its password: %v", err)
	}
	_, err = Read("modern.p12", data, Options{Password: func(string) (string, error) { return "wrong", nil }})
	if r, ok := errors.AsType[*Remark](err); !ok || !strings.Contains(r.Text, "does not fit") {
		t.Errorf("with a wrong password: %v", err)
	}
	failing := errors.New("PINWATCH_P12 is not set")
	_, err = Read("modern.p12", data, Options{Password: func(string) (string, error) { return "", failing }})
	if err == nil || !strings.Contains(err.Error(), failing.Error()) {
		t.Errorf("without the variable: %v", err)
	}
}

// TestPKCS12OfOthers reads what another program writes in every way that it can.
func TestPKCS12OfOthers(t *testing.T) {
	leaf, err := x509.ParseCertificate(testFile(t, "leaf.der"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(testFile(t, "chain.pem"))
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		encoder  *pkcs12.Encoder
		password string
	}{
		{"RC2", pkcs12.LegacyRC2, "changeit"},
		{"DES", pkcs12.LegacyDES, "a long password, as long as two blocks of the hash, of 64 bytes each"},
		{"DES, no password", pkcs12.LegacyDES, ""},
		{"AES", pkcs12.Modern2023, "p\u00e4ssw\u00f6rd\u20ac"},
		{"AES, no password", pkcs12.Modern2023, ""},
		{"AES, PBMAC1", pkcs12.Modern2026, "p\u00e4ssw\u00f6rd\u20ac"},
		{"nothing", pkcs12.Passwordless, ""},
	}
	for _, tt := range tests {
		data, err := tt.encoder.Encode(key, leaf, []*x509.Certificate{root}, tt.password)
		if err != nil {
			t.Fatal(err)
		}
		f := pfx{password: tt.password, hashes: maxFileRounds}
		if err := f.read(data); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff([][]byte{leaf.Raw, root.Raw}, f.certificates); diff != "" {
			t.Errorf("%s: certificates (-want +got):\n%s", tt.name, diff)
		}
		f = pfx{password: tt.password + "x", hashes: maxFileRounds}
		if err := f.read(data); tt.name != "nothing" && !errors.Is(err, errPassword) {
			t.Errorf("%s with a wrong password: %v", tt.name, err)
		}
	}
}

// TestPKCS12Truncated: a MAC by a hash of RFC 8017 appendix B.1 that Java writes when it is told to.
func TestPKCS12Truncated(t *testing.T) {
	if e, pin := one(t, "sha512-256.p12", testFile(t, "sha512-256.p12")); pin != leafPin || e.Dimension != Keys {
		t.Errorf("read as %s, %+v", pin, e)
	}
}

// TestPKCS12Refused: what cannot be read is named.
func TestPKCS12Refused(t *testing.T) {
	_, err := Read("key.p12", sealedFile(func(b *cryptobyte.Builder) { sealed(b, []byte{0x30, 0}, 1, 1, tags.OCTET_STRING) }),
		testOptions())
	if r, ok := errors.AsType[*Remark](err); !ok || r.Kind != NoPins || strings.Contains(r.Todo, "openssl") {
		t.Errorf("without a certificate: %+v", err)
	}
	_, err = Read("key.p12", sealedFile(func(b *cryptobyte.Builder) { sealed(b, safe(nil), 1, 1, tags.OCTET_STRING) }), Options{})
	if err == nil || !strings.Contains(err.Error(), "perhaps it has another password") {
		t.Errorf("without a MAC and the password: %v", err)
	}
	rc2 := cryptobyte.NewBuilder(nil) // its parameters are no OCTET STRING
	in(rc2, func(*cryptobyte.Builder) {}, tags.SEQUENCE)
	in(rc2, func(b *cryptobyte.Builder) {
		oid(b, 1, 2, 840, 113549, 3, 2)
		in(b, func(*cryptobyte.Builder) {}, tags.SEQUENCE)
	}, tags.SEQUENCE)
	if _, _, err := new(pfx).pbes2(rc2.BytesOrPanic()); err == nil || !strings.Contains(err.Error(), "1.2.840.113549.3.2 is not read") {
		t.Errorf("RC2 by PBES2: %v", err)
	}
}

// TestLongOID: an OBJECT IDENTIFIER of a million arcs, for which much room would be made, is none.
func TestLongOID(t *testing.T) {
	b := cryptobyte.NewBuilder(nil)
	in(b, func(b *cryptobyte.Builder) {
		in(b, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Repeat([]byte{1}, 1<<20)) }, tags.SEQUENCE, tags.OBJECT_IDENTIFIER)
		in(b, func(b *cryptobyte.Builder) { b.AddBytes([]byte{0, 1}) }, tags.BIT_STRING)
	}, tags.SEQUENCE)
	if isSPKI(b.BytesOrPanic()) {
		t.Error("it is read")
	}
}

// oid adds an OBJECT IDENTIFIER.
func oid(b *cryptobyte.Builder, arcs ...int) { b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier(arcs)) }

// in adds what add adds inside of some tags.
func in(b *cryptobyte.Builder, add cryptobyte.BuilderContinuation, outer ...tags.Tag) {
	if len(outer) == 0 {
		add(b)
		return
	}
	b.AddASN1(outer[0], func(b *cryptobyte.Builder) { in(b, add, outer[1:]...) })
}

// sealed adds a ContentInfo of what is encrypted by PBES2 with the password of these tests, after so many rounds; the file says that
// it takes others.
func sealed(b *cryptobyte.Builder, plain []byte, rounds, said int64, salt tags.Tag) {
	key, _ := pbkdf2.Key(sha1.New, "pinwatch", []byte("salt"), int(rounds), 16)
	c, _ := aes.NewCipher(key)
	n := aes.BlockSize - len(plain)%aes.BlockSize
	data := slices.Concat(plain, bytes.Repeat([]byte{byte(n)}, n))
	cipher.NewCBCEncrypter(c, make([]byte, aes.BlockSize)).CryptBlocks(data, data)
	in(b, func(b *cryptobyte.Builder) {
		oid(b, 1, 2, 840, 113549, 1, 7, 6)
		in(b, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(0)
			in(b, func(b *cryptobyte.Builder) {
				oid(b, 1, 2, 840, 113549, 1, 7, 1)
				in(b, func(b *cryptobyte.Builder) {
					oid(b, 1, 2, 840, 113549, 1, 5, 13)
					in(b, func(b *cryptobyte.Builder) {
						in(b, func(b *cryptobyte.Builder) {
							oid(b, 1, 2, 840, 113549, 1, 5, 12)
							in(b, func(b *cryptobyte.Builder) {
								in(b, func(b *cryptobyte.Builder) { b.AddBytes([]byte("salt")) }, salt)
								b.AddASN1Int64(said)
							}, tags.SEQUENCE)
						}, tags.SEQUENCE)
						in(b, func(b *cryptobyte.Builder) {
							oid(b, 2, 16, 840, 1, 101, 3, 4, 1, 2)
							b.AddASN1OctetString(make([]byte, aes.BlockSize))
						}, tags.SEQUENCE)
					}, tags.SEQUENCE)
				}, tags.SEQUENCE)
				in(b, func(b *cryptobyte.Builder) { b.AddBytes(data) }, tags.Tag(0).ContextSpecific())
			}, tags.SEQUENCE)
		}, inside, tags.SEQUENCE)
	}, tags.SEQUENCE)
}

// sealedFile is a PKCS#12 file without a MAC, of contents that are encrypted.
func sealedFile(contents cryptobyte.BuilderContinuation) []byte {
	b := cryptobyte.NewBuilder(nil)
	in(b, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(3)
		in(b, func(b *cryptobyte.Builder) {
			oid(b, 1, 2, 840, 113549, 1, 7, 1)
			in(b, contents, inside, tags.OCTET_STRING, tags.SEQUENCE)
		}, tags.SEQUENCE)
	}, tags.SEQUENCE)
	return b.BytesOrPanic()
}

// safe are SafeContents of a certificate and of a private key that is encrypted again, for which one would hash for
// hours.
func safe(cert []byte) []byte {
	b := cryptobyte.NewBuilder(nil)
	in(b, func(b *cryptobyte.Builder) {
		in(b, func(b *cryptobyte.Builder) {
			oid(b, 1, 2, 840, 113549, 1, 12, 10, 1, 2)
			in(b, func(b *cryptobyte.Builder) {
				in(b, func(b *cryptobyte.Builder) {
					oid(b, 1, 2, 840, 113549, 1, 12, 1, 3)
					in(b, func(b *cryptobyte.Builder) {
						b.AddASN1OctetString([]byte("salt"))
						b.AddASN1Int64(1 << 40)
					}, tags.SEQUENCE)
				}, tags.SEQUENCE)
				b.AddASN1OctetString(make([]byte, 8))
			}, inside, tags.SEQUENCE)
		}, tags.SEQUENCE)
		in(b, func(b *cryptobyte.Builder) {
			oid(b, 1, 2, 840, 113549, 1, 12, 10, 1, 3)
			in(b, func(b *cryptobyte.Builder) {
				oid(b, 1, 2, 840, 113549, 1, 9, 22, 1)
				in(b, func(b *cryptobyte.Builder) { b.AddBytes(cert) }, inside, tags.OCTET_STRING)
			}, inside, tags.SEQUENCE)
		}, tags.SEQUENCE)
	}, tags.SEQUENCE)
	return b.BytesOrPanic()
}

// TestPKCS12Rounds: what a file asks for is bounded wherever it says so, before anything is derived. That of its private
// keys is not asked for, also where they are encrypted within what is encrypted.
func TestPKCS12Rounds(t *testing.T) {
	leaf := testFile(t, "leaf.der")
	file := func(rounds, said int64, salt tags.Tag) []byte {
		return sealedFile(func(b *cryptobyte.Builder) { sealed(b, safe(leaf), rounds, said, salt) })
	}
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"a key within", file(100, 100, tags.OCTET_STRING), nil},
		{"none", file(1, 0, tags.OCTET_STRING), errShape},
		{"fewer than none", file(1, -1, tags.OCTET_STRING), errShape},
		{"too many", file(1, maxRounds+1, tags.OCTET_STRING), errRounds},
		{"far too many", file(1, 1<<62, tags.OCTET_STRING), errRounds},
		{"behind a salt of another kind", file(1, 1<<40, tags.Tag(4).ContextSpecific()), errShape},
		{"again and again", sealedFile(func(b *cryptobyte.Builder) {
			for range 9 {
				sealed(b, safe(leaf), 100, 100, tags.OCTET_STRING)
			}
		}), errRounds},
	}
	for _, tt := range tests {
		f := pfx{password: "pinwatch", hashes: 1000}
		if err := f.read(tt.data); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if tt.want == nil && !cmp.Equal(f.certificates, [][]byte{leaf}) {
			t.Errorf("%s: %d certificates", tt.name, len(f.certificates))
		}
	}
	if e, pin := one(t, "hostile.p12", file(2048, 2048, tags.OCTET_STRING)); pin != leafPin || e.Dimension != Keys {
		t.Errorf("read as %s, %+v", pin, e)
	}
}

// TestRC2 tries the examples of RFC 2268 section 5 whose keys are effective in all bits.
func TestRC2(t *testing.T) {
	for _, tt := range []struct{ key, plain, encrypted string }{
		{"ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49"},
		{"3000000000000000", "1000000000000001", "30649edf9be7d2c2"},
		{"88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6"},
	} {
		key, _ := hex.DecodeString(tt.key)
		data, _ := hex.DecodeString(tt.encrypted)
		newRC2(key).Decrypt(data, data)
		if got := hex.EncodeToString(data); got != tt.plain {
			t.Errorf("key %s: %s, want %s", tt.key, got, tt.plain)
		}
	}
}
