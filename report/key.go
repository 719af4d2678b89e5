package report

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// ErrKey says that a file holds no key that reports are signed with.
var ErrKey = errors.New("no Ed25519 key")

// ParsePrivateKey reads an Ed25519 private key in PEM, as openssl genpkey writes it (PKCS #8, RFC 8410). The error is an
// ErrKey, and tells nothing of the key.
func ParsePrivateKey(raw []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(raw)
	switch {
	case block == nil:
		return nil, fmt.Errorf("%w: there is no PEM in it", ErrKey)
	case block.Type == "ENCRYPTED PRIVATE KEY":
		return nil, fmt.Errorf("%w: it is encrypted", ErrKey)
	case block.Type != "PRIVATE KEY":
		return nil, fmt.Errorf("%w: it holds a %q, not a PRIVATE KEY", ErrKey, block.Type)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: the key in it cannot be read", ErrKey)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%w: it is of another kind, %T", ErrKey, parsed)
	}
	return key, nil
}

// ParsePublicKey reads an Ed25519 public key in PEM, as openssl pkey -pubout writes it. The error is an ErrKey.
func ParsePublicKey(raw []byte) (ed25519.PublicKey, error) {
	block, _ := pem.Decode(raw)
	switch {
	case block == nil:
		return nil, fmt.Errorf("%w: there is no PEM in it", ErrKey)
	case block.Type != "PUBLIC KEY":
		return nil, fmt.Errorf("%w: it holds a %q, not a PUBLIC KEY", ErrKey, block.Type)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: the key in it cannot be read", ErrKey)
	}
	key, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: it is of another kind, %T", ErrKey, parsed)
	}
	return key, nil
}
