package report

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testKey is a key that is the same each time.
func testKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func public(key ed25519.PrivateKey) ed25519.PublicKey {
	out, _ := key.Public().(ed25519.PublicKey)
	return out
}

func attested() *Attestation {
	return &Attestation{
		File: "report.json", SHA256: sha256.Sum256([]byte("a report")), Period: Period{Since: october, Until: november},
		GeneratedAt: made, Generator: "pinwatch 1.2.3",
	}
}

// TestSign signs and verifies, and changes every byte of the envelope: none of it may be verified as something else.
func TestSign(t *testing.T) {
	want := attested()
	raw, err := Sign(testKey(1), want)
	must(t, err)
	again, err := Sign(testKey(1), want)
	must(t, err)
	if !bytes.Equal(raw, again) {
		t.Error("two signatures of one report differ")
	}
	got, err := Verify(raw, public(testKey(1)), want.SHA256)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 0x01
		a, err := Verify(changed, public(testKey(1)), want.SHA256)
		if err != nil {
			continue
		}
		// keyid is a hint that is not signed, and JSON does not care for the case of names.
		if diff := cmp.Diff(want, a); diff != "" {
			t.Errorf("byte %d changed: %s", i, diff)
		}
	}
}

// TestVerifyRefuses lists what is no signature of the report.
func TestVerifyRefuses(t *testing.T) {
	a := attested()
	good, err := Sign(testKey(1), a)
	must(t, err)
	sign := func(kind string, body any) []byte {
		payload, err := json.Marshal(body)
		must(t, err)
		out, err := json.Marshal(envelope{
			PayloadType: kind, Payload: payload,
			Signatures: []signature{{Sig: ed25519.Sign(testKey(1), preAuthentication(kind, payload))}},
		})
		must(t, err)
		return out
	}
	one := []subject{{Name: "report.json", Digest: map[string]string{"sha256": strings.Repeat("ab", 32)}}}
	tests := []struct {
		name string
		raw  []byte
		key  byte
		file string
		want error
	}{
		{"another file", good, 1, "another report", ErrOtherFile},
		{"another key", good, 2, "a report", ErrOtherKey},
		{"no JSON", []byte("-----BEGIN"), 1, "a report", ErrNoEnvelope},
		{"empty", nil, 1, "a report", ErrNoEnvelope},
		{"no signature", []byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[]}`), 1, "a report", ErrOtherKey},
		{"no base64", []byte(`{"payload":"!"}`), 1, "a report", ErrNoEnvelope},
		{"too long", bytes.Repeat([]byte(" "), MaxEnvelope+1), 1, "a report", ErrNoEnvelope},
		{"another payload", sign("text/plain", "hello"), 1, "a report", ErrNoEnvelope},
		{"another statement", sign(payloadType, statement{Type: statementType, PredicateType: "https://slsa.dev/provenance/v1", Subject: one}), 1, "a report", ErrNoEnvelope},
		{"no subject", sign(payloadType, statement{Type: statementType, PredicateType: predicateType}), 1, "a report", ErrNoEnvelope},
		{"another hash", sign(payloadType, statement{Type: statementType, PredicateType: predicateType, Subject: []subject{{
			Digest: map[string]string{"sha512": "00"},
		}}}), 1, "a report", ErrNoEnvelope},
		{"a statement about another file", sign(payloadType, statement{Type: statementType, PredicateType: predicateType, Subject: one}), 1, "a report", ErrOtherFile},
	}
	for _, tt := range tests {
		if _, err := Verify(tt.raw, public(testKey(tt.key)), sha256.Sum256([]byte(tt.file))); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestPreAuthentication holds what is signed against the example in the specification of DSSE.
func TestPreAuthentication(t *testing.T) {
	got := string(preAuthentication("http://example.com/HelloWorld", []byte("hello world")))
	if want := "DSSEv1 29 http://example.com/HelloWorld 11 hello world"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestURLBase64: verifiers of DSSE read both alphabets.
func TestURLBase64(t *testing.T) {
	a := attested()
	raw, err := Sign(testKey(1), a)
	must(t, err)
	var e envelope
	must(t, json.Unmarshal(raw, &e))
	url, err := json.Marshal(map[string]any{
		"payloadType": e.PayloadType, "payload": base64.URLEncoding.EncodeToString(e.Payload),
		"signatures": []map[string]string{{"sig": base64.URLEncoding.EncodeToString(e.Signatures[0].Sig)}},
	})
	must(t, err)
	if _, err := Verify(url, public(testKey(1)), a.SHA256); err != nil {
		t.Error(err)
	}
}

// TestKeys reads keys in the form of openssl, and refuses others without showing them.
func TestKeys(t *testing.T) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(testKey(1))
	must(t, err)
	spki, err := x509.MarshalPKIXPublicKey(public(testKey(1)))
	must(t, err)
	private, err := ParsePrivateKey(block("PRIVATE KEY", pkcs8))
	must(t, err)
	key, err := ParsePublicKey(block("PUBLIC KEY", spki))
	must(t, err)
	if !private.Equal(testKey(1)) || !key.Equal(public(testKey(1))) {
		t.Error("another key was read")
	}
	if id := KeyID(key); id != pinText(sha256.Sum256(spki)) {
		t.Errorf("key ID %s", id)
	}
	for _, raw := range [][]byte{
		nil, []byte("no PEM"), pkcs8, block("ENCRYPTED PRIVATE KEY", pkcs8), block("EC PRIVATE KEY", pkcs8), block("PRIVATE KEY", spki),
		block("PUBLIC KEY", pkcs8), block("CERTIFICATE", spki),
	} {
		if _, err := ParsePrivateKey(raw); !errors.Is(err, ErrKey) || bytes.Contains([]byte(err.Error()), pkcs8[16:]) {
			t.Errorf("private %.30q: %v", raw, err)
		}
		if _, err := ParsePublicKey(raw); !errors.Is(err, ErrKey) {
			t.Errorf("public %.30q: %v", raw, err)
		}
	}
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// FuzzVerify: whatever an envelope holds, it is verified only if it is the one that was signed.
func FuzzVerify(f *testing.F) {
	a := attested()
	raw, err := Sign(testKey(1), a)
	must(f, err)
	f.Add(raw)
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"sig":""}]}`))
	f.Add([]byte(`{"payload":"_w==","signatures":null}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := Verify(raw, public(testKey(1)), a.SHA256)
		if err == nil && *got != *a {
			t.Errorf("%+v is verified", got)
		}
	})
}
