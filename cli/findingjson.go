package cli

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"slices"
	"time"

	"pinwatch/ct"
	"pinwatch/store"
)

// findingJSON is a finding as other tools read it. The fields up to Sightings are a contract: names and meanings stay.
type findingJSON struct {
	ID               string         `json:"id"`
	Watch            string         `json:"watch"`
	Verdict          string         `json:"verdict"`
	Severity         string         `json:"severity"`
	Reasons          []string       `json:"reasons"`
	KeyPinned        *bool          `json:"key_pinned"`
	IssuerPinned     *bool          `json:"issuer_pinned"`
	ChainPinned      *bool          `json:"chain_pinned"`
	Names            []string       `json:"names"`
	Matched          []string       `json:"matched"`
	SPKISHA256       *string        `json:"spki_sha256"`        // base64
	IssuerSPKISHA256 *string        `json:"issuer_spki_sha256"` // base64
	Issuer           string         `json:"issuer"`
	Subject          string         `json:"subject"`
	Serial           string         `json:"serial"` // hex
	NotBefore        *time.Time     `json:"not_before"`
	NotAfter         *time.Time     `json:"not_after"`
	TBSSHA256        string         `json:"tbs_sha256"`  // hex
	CertSHA256       []string       `json:"cert_sha256"` // hex
	State            string         `json:"state"`
	FirstSeen        time.Time      `json:"first_seen"`
	Sightings        []sightingJSON `json:"sightings"`

	Updated time.Time   `json:"updated"`
	Matches []matchJSON `json:"matches"`
	Policy  string      `json:"policy"` // hex
}

type sightingJSON struct {
	LogID      string    `json:"log_id"` // base64
	Log        string    `json:"log"`
	Index      uint64    `json:"index"`
	Type       string    `json:"type"`
	CertSHA256 string    `json:"cert_sha256"` // hex
	Timestamp  time.Time `json:"timestamp"`
}

// matchJSON is one name that made the certificate concern the watch, and the rule by which.
type matchJSON struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Rule string `json:"rule"`
}

func newFindingJSON(f *store.Finding) findingJSON {
	iss := &f.Issuance
	out := findingJSON{
		ID: f.ID, Watch: f.Watch, Verdict: f.Verdict, Severity: f.Severity, Reasons: list(f.Reasons),
		KeyPinned: f.KeyPinned, IssuerPinned: f.IssuerPinned, ChainPinned: f.ChainPinned,
		Names: list(iss.Names), Matched: []string{},
		SPKISHA256: base64Hash(iss.SPKISHA256), IssuerSPKISHA256: base64Hash(iss.IssuerKeyHash),
		Issuer: iss.Issuer, Subject: iss.Subject, Serial: iss.Serial, NotBefore: iss.NotBefore, NotAfter: iss.NotAfter,
		TBSSHA256: hex.EncodeToString(iss.TBSSHA256[:]), CertSHA256: []string{},
		State: f.State, FirstSeen: f.FirstSeen, Sightings: []sightingJSON{},
		Updated: f.Updated, Matches: []matchJSON{}, Policy: hex.EncodeToString(f.Policy[:]),
	}
	for _, m := range f.Matches {
		out.Matches = append(out.Matches, matchJSON(m))
		if !slices.Contains(out.Matched, m.Name) {
			out.Matched = append(out.Matched, m.Name)
		}
	}
	for _, s := range f.Sightings {
		cert := hex.EncodeToString(s.CertSHA256[:])
		out.Sightings = append(out.Sightings, sightingJSON{
			LogID: ct.LogID(s.LogID).String(), Log: s.Log, Index: s.Index, Type: s.Type, CertSHA256: cert, Timestamp: s.Timestamp,
		})
		if !slices.Contains(out.CertSHA256, cert) {
			out.CertSHA256 = append(out.CertSHA256, cert)
		}
	}
	return out
}

// detailJSON is all that is kept of one finding.
type detailJSON struct {
	findingJSON
	History []eventJSON `json:"history"`
	PEM     []string    `json:"pem"` // the certificates as submitted, in the order of cert_sha256
}

type eventJSON struct {
	At   time.Time `json:"at"`
	Who  string    `json:"who"`
	What string    `json:"what"`
	Why  string    `json:"why"`
}

func newDetailJSON(d *store.Detail) detailJSON {
	out := detailJSON{findingJSON: newFindingJSON(&d.Finding), History: []eventJSON{}, PEM: []string{}}
	for _, e := range d.History {
		out.History = append(out.History, eventJSON(e))
	}
	for _, c := range d.Certificates {
		out.PEM = append(out.PEM, pemText(c.DER))
	}
	return out
}

func pemText(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// list is s, and never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func base64Hash(h *[32]byte) *string {
	if h == nil {
		return nil
	}
	return new(base64.StdEncoding.EncodeToString(h[:]))
}
