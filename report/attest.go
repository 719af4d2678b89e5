package report

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// What is signed: an in-toto Statement (in-toto.io/Statement/v1) that names a file by its SHA-256, in a DSSE envelope.
const (
	payloadType   = "application/vnd.in-toto+json"
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "urn:pinwatch:report:v1"
)

// MaxEnvelope bounds an envelope, in bytes.
const MaxEnvelope = 1 << 20

// Attestation is what is said of a file, and signed.
type Attestation struct {
	File        string    // its name, without directories
	SHA256      [32]byte  // of its bytes
	Period      Period    // of the report
	GeneratedAt time.Time // of the report
	Generator   string
}

type statement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     predicate `json:"predicate"`
}

type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

type predicate struct {
	Period      Period    `json:"period"`
	GeneratedAt time.Time `json:"generatedAt"`
	Generator   string    `json:"generator"`
}

// envelope is a DSSE envelope, version 1.
type envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     []byte      `json:"payload"`
	Signatures  []signature `json:"signatures"`
}

type signature struct {
	KeyID string `json:"keyid"`
	Sig   []byte `json:"sig"`
}

// preAuthentication is what DSSE signs, so that the signed bytes cannot be taken for something of another type.
func preAuthentication(kind string, body []byte) []byte {
	return append(fmt.Appendf(nil, "DSSEv1 %d %s %d ", len(kind), kind, len(body)), body...)
}

// KeyID names a public key: as a pin, "sha256/" and the SHA-256 of its SubjectPublicKeyInfo in base64.
func KeyID(key ed25519.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "" // no Ed25519 key
	}
	return pinText(sha256.Sum256(der))
}

// Sign makes an envelope that attests to a file. The same key and attestation give the same bytes.
func Sign(key ed25519.PrivateKey, a *Attestation) ([]byte, error) {
	body, err := json.Marshal(statement{
		Type: statementType, PredicateType: predicateType,
		Subject:   []subject{{Name: a.File, Digest: map[string]string{"sha256": hex.EncodeToString(a.SHA256[:])}}},
		Predicate: predicate{Period: a.Period, GeneratedAt: a.GeneratedAt, Generator: a.Generator},
	})
	if err != nil {
		return nil, err
	}
	public, _ := key.Public().(ed25519.PublicKey)
	out, err := json.Marshal(envelope{
		PayloadType: payloadType, Payload: body,
		Signatures: []signature{{KeyID: KeyID(public), Sig: ed25519.Sign(key, preAuthentication(payloadType, body))}},
	})
	return append(out, '\n'), err
}

// What is wrong with an envelope, or with the file that it is held against.
var (
	ErrNoEnvelope = errors.New("it is no signature by pinwatch")
	ErrOtherKey   = errors.New("no signature in it is by this key")
	ErrOtherFile  = errors.New("the file is not the one that was signed")
)

// Verify checks that an envelope was signed by a key and attests to a file with a SHA-256, and returns what was signed.
// Errors: ErrNoEnvelope, ErrOtherKey, ErrOtherFile.
func Verify(raw []byte, key ed25519.PublicKey, file [32]byte) (*Attestation, error) {
	e, err := parseEnvelope(raw)
	if err != nil {
		return nil, err
	}
	signed := false
	for _, s := range e.Signatures { // keyid is a hint that nothing may be decided by
		signed = signed || ed25519.Verify(key, preAuthentication(e.PayloadType, e.Payload), s.Sig)
	}
	if !signed {
		return nil, ErrOtherKey
	}
	a, err := parseStatement(e)
	if err != nil {
		return nil, err
	}
	if a.SHA256 != file {
		return a, fmt.Errorf("%w: its SHA-256 is %x, signed was %x", ErrOtherFile, file, a.SHA256)
	}
	return a, nil
}

// parseEnvelope reads an envelope. Both alphabets of base64 are read, as DSSE wants.
func parseEnvelope(raw []byte) (*envelope, error) {
	if len(raw) > MaxEnvelope {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrNoEnvelope, MaxEnvelope)
	}
	var text struct {
		PayloadType string `json:"payloadType"`
		Payload     string `json:"payload"`
		Signatures  []struct {
			KeyID string `json:"keyid"`
			Sig   string `json:"sig"`
		} `json:"signatures"`
	}
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoEnvelope, err)
	}
	e := &envelope{PayloadType: text.PayloadType}
	var err error
	if e.Payload, err = fromBase64(text.Payload); err != nil {
		return nil, fmt.Errorf("%w: payload: %w", ErrNoEnvelope, err)
	}
	for i, s := range text.Signatures {
		sig, err := fromBase64(s.Sig)
		if err != nil {
			return nil, fmt.Errorf("%w: signature %d: %w", ErrNoEnvelope, i, err)
		}
		e.Signatures = append(e.Signatures, signature{KeyID: s.KeyID, Sig: sig})
	}
	return e, nil
}

func fromBase64(s string) ([]byte, error) {
	out, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		out, err = base64.URLEncoding.DecodeString(s)
	}
	return out, err
}

// parseStatement reads what was signed.
func parseStatement(e *envelope) (*Attestation, error) {
	if e.PayloadType != payloadType {
		return nil, fmt.Errorf("%w: its payload is of type %q", ErrNoEnvelope, e.PayloadType)
	}
	var s statement
	if err := json.Unmarshal(e.Payload, &s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoEnvelope, err)
	}
	if s.Type != statementType || s.PredicateType != predicateType || len(s.Subject) != 1 {
		return nil, fmt.Errorf("%w: it is a statement of type %q about %q", ErrNoEnvelope, s.Type, s.PredicateType)
	}
	hash, err := hex.DecodeString(s.Subject[0].Digest["sha256"])
	if err != nil || len(hash) != sha256.Size {
		return nil, fmt.Errorf("%w: it names no SHA-256", ErrNoEnvelope)
	}
	return &Attestation{
		File: s.Subject[0].Name, SHA256: [32]byte(hash), Period: s.Predicate.Period, GeneratedAt: s.Predicate.GeneratedAt,
		Generator: s.Predicate.Generator,
	}, nil
}
