package ct

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"time"

	ctgo "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"
)

// Hash is a node of a Merkle tree: SHA-256.
type Hash [sha256.Size]byte

// String writes the hash as checkpoints and get-sth do, in standard base64.
func (h Hash) String() string { return base64.StdEncoding.EncodeToString(h[:]) }

// TreeHead is a log's signed statement about its tree: an STH or a checkpoint.
type TreeHead struct {
	Size      uint64
	Root      Hash
	Timestamp uint64 // milliseconds since the epoch
	// Signature is the digitally-signed TreeHeadSignature (RFC 6962 section 3.5), algorithm bytes and length included.
	Signature []byte
	// Raw is the head as it was received: the checkpoint, or the body of get-sth. It is evidence and kept for ever.
	Raw []byte
}

// Time is the timestamp of the head.
func (h *TreeHead) Time() time.Time { return time.UnixMilli(int64(min(h.Timestamp, maxMillis))).UTC() }

// Verifier verifies the tree heads of one log.
type Verifier struct {
	id  LogID
	key crypto.PublicKey
	v   *ctgo.SignatureVerifier
}

// NewVerifier makes a Verifier from a log's DER SubjectPublicKeyInfo. RFC 6962 section 2.1.4 allows ECDSA P-256 and
// RSA keys of at least 2048 bits; anything else is an error.
func NewVerifier(spki []byte) (*Verifier, error) {
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, fmt.Errorf("read the log's public key: %w", err)
	}
	v, err := ctgo.NewSignatureVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("the log's public key: %w", err)
	}
	return &Verifier{id: sha256.Sum256(spki), key: key, v: v}, nil
}

// ID is the log ID that belongs to the key.
func (v *Verifier) ID() LogID { return v.id }

// Verify checks the signature of h over its size, root and timestamp. The signature names no log: that the head is
// this log's follows from the key alone.
func (v *Verifier) Verify(h *TreeHead) error {
	var ds tls.DigitallySigned
	rest, err := tls.Unmarshal(h.Signature, &ds)
	if err != nil {
		return fmt.Errorf("read the tree head signature: %w", err)
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d bytes behind the tree head signature", len(rest))
	}
	return v.v.VerifySTHSignature(ctgo.SignedTreeHead{
		Version:           ctgo.V1,
		TreeSize:          h.Size,
		Timestamp:         h.Timestamp,
		SHA256RootHash:    ctgo.SHA256Hash(h.Root),
		TreeHeadSignature: ctgo.DigitallySigned(ds),
	})
}
