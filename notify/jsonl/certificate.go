package jsonl

import (
	"encoding/json"
	"time"
)

// maxRelated bounds the names and hashes of a certificate that are told in fields made for looking things up.
const maxRelated = 100

// certificate is what OCSF and ECS have fields for, of the fixed JSON of a finding.
type certificate struct {
	Reasons    []string   `json:"reasons"`
	Names      []string   `json:"names"`
	Matched    []string   `json:"matched"`
	Issuer     string     `json:"issuer"`
	Subject    string     `json:"subject"`
	Serial     string     `json:"serial"`
	NotBefore  *time.Time `json:"not_before"`
	NotAfter   *time.Time `json:"not_after"`
	CertSHA256 []string   `json:"cert_sha256"`
	FirstSeen  *time.Time `json:"first_seen"`
}

// newCertificate reads a finding; nil for none, and for one that has other types of fields than a finding has.
func newCertificate(finding json.RawMessage) *certificate {
	var c certificate
	if len(finding) == 0 || json.Unmarshal(finding, &c) != nil {
		return nil
	}
	return &c
}

func first[T any](all []T) []T { return all[:min(len(all), maxRelated)] }
