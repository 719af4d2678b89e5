package show

import (
	"encoding/hex"
	"time"

	"pinwatch/ct"
	"pinwatch/store"
)

// SCT is a promise of a log that stands in a final certificate, and what became of it.
type SCT struct {
	CertSHA256 string     `json:"cert_sha256"` // hex, of the final certificate
	LogID      string     `json:"log_id"`      // base64
	Log        string     `json:"log"`         // empty: no list knows it
	Followed   bool       `json:"followed"`    // the log is read
	Timestamp  time.Time  `json:"timestamp"`
	LeafIndex  *uint64    `json:"leaf_index"` // of static-ct-api; null: it names none
	Signature  string     `json:"signature"`  // valid, invalid, unknown_log, unverified
	Promise    string     `json:"promise"`    // open, kept, unseen, broken; empty where the signature is not valid
	Entry      *uint64    `json:"entry"`      // where the promised entry is; null: that is not known
	Detail     string     `json:"detail"`
	Settled    *time.Time `json:"settled"` // null: not yet
}

// NewSCT is s in JSON.
func NewSCT(s *store.SeenSCT) SCT {
	return SCT{
		CertSHA256: hex.EncodeToString(s.Cert[:]), LogID: ct.LogID(s.LogID).String(), Log: s.Description, Followed: s.Followed,
		Timestamp: s.Timestamp, LeafIndex: s.LeafIndex, Signature: s.Signature, Promise: s.Promise, Entry: s.Entry,
		Detail: s.Detail, Settled: s.Settled,
	}
}

// CertificateSCTs is what is known of the SCTs of a certificate.
type CertificateSCTs struct {
	SHA256  [32]byte
	SCTs    []*store.SeenSCT
	Problem string // what could not be read or verified; empty: nothing
}

// SCTProblem says what of the SCTs of a certificate could not be read or verified.
type SCTProblem struct {
	CertSHA256 string `json:"cert_sha256"` // hex
	Problem    string `json:"problem"`
}
