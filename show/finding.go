package show

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"slices"
	"time"

	"pinwatch/ct"
	"pinwatch/store"
)

// Finding is the JSON of a finding, as other tools read it. The fields up to Sightings are a contract: names and meanings stay.
type Finding struct {
	ID               string     `json:"id"`
	Watch            string     `json:"watch"`
	Verdict          string     `json:"verdict"`
	Severity         string     `json:"severity"`
	Reasons          []string   `json:"reasons"`
	KeyPinned        *bool      `json:"key_pinned"`
	IssuerPinned     *bool      `json:"issuer_pinned"`
	ChainPinned      *bool      `json:"chain_pinned"`
	Names            []string   `json:"names"`
	Matched          []string   `json:"matched"`
	SPKISHA256       *string    `json:"spki_sha256"`        // base64
	IssuerSPKISHA256 *string    `json:"issuer_spki_sha256"` // base64
	Issuer           string     `json:"issuer"`
	Subject          string     `json:"subject"`
	Serial           string     `json:"serial"` // hex
	NotBefore        *time.Time `json:"not_before"`
	NotAfter         *time.Time `json:"not_after"`
	TBSSHA256        string     `json:"tbs_sha256"`  // hex
	CertSHA256       []string   `json:"cert_sha256"` // hex
	State            string     `json:"state"`
	FirstSeen        time.Time  `json:"first_seen"`
	Sightings        []Sighting `json:"sightings"`

	Updated time.Time `json:"updated"`
	Matches []Match   `json:"matches"`
	Policy  string    `json:"policy"`   // hex
	KeySeen []KeySeen `json:"key_seen"` // other certificates with the same key, unless it is pinned
	// PinnedFor are other watches that pin the key.
	PinnedFor []string `json:"pinned_for"`
}

// KeySeen is a certificate that has the key of another one.
type KeySeen struct {
	Finding   string    `json:"finding"` // its ID
	Names     []string  `json:"names"`
	FirstSeen time.Time `json:"first_seen"`
}

// Sighting is one log entry of the certificate.
type Sighting struct {
	LogID      string    `json:"log_id"` // base64
	Log        string    `json:"log"`
	Index      uint64    `json:"index"`
	Type       string    `json:"type"`
	CertSHA256 string    `json:"cert_sha256"` // hex
	Timestamp  time.Time `json:"timestamp"`
}

// Match is one name that made the certificate concern the watch, and the rule by which.
type Match struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Rule string `json:"rule"`
}

// NewFinding is f in JSON.
func NewFinding(f *store.Finding) Finding {
	iss := &f.Issuance
	out := Finding{
		ID: f.ID, Watch: f.Watch, Verdict: f.Verdict, Severity: f.Severity, Reasons: List(f.Reasons),
		KeyPinned: f.KeyPinned, IssuerPinned: f.IssuerPinned, ChainPinned: f.ChainPinned,
		Names: List(iss.Names), Matched: []string{},
		SPKISHA256: Base64(iss.SPKISHA256), IssuerSPKISHA256: Base64(iss.IssuerKeyHash),
		Issuer: iss.Issuer, Subject: iss.Subject, Serial: iss.Serial, NotBefore: iss.NotBefore, NotAfter: iss.NotAfter,
		TBSSHA256: hex.EncodeToString(iss.TBSSHA256[:]), CertSHA256: []string{},
		State: f.State, FirstSeen: f.FirstSeen, Sightings: []Sighting{},
		Updated: f.Updated, Matches: []Match{}, Policy: hex.EncodeToString(f.Policy[:]),
		KeySeen: []KeySeen{}, PinnedFor: List(f.PinnedFor),
	}
	for _, k := range f.KeySeen {
		out.KeySeen = append(out.KeySeen, KeySeen{Finding: k.Finding, Names: List(k.Names), FirstSeen: k.FirstSeen})
	}
	for _, m := range f.Matches {
		out.Matches = append(out.Matches, Match(m))
		if !slices.Contains(out.Matched, m.Name) {
			out.Matched = append(out.Matched, m.Name)
		}
	}
	for _, s := range f.Sightings {
		cert := hex.EncodeToString(s.CertSHA256[:])
		out.Sightings = append(out.Sightings, Sighting{
			LogID: ct.LogID(s.LogID).String(), Log: s.Log, Index: s.Index, Type: s.Type, CertSHA256: cert, Timestamp: s.Timestamp,
		})
		if !slices.Contains(out.CertSHA256, cert) {
			out.CertSHA256 = append(out.CertSHA256, cert)
		}
	}
	return out
}

// Detail is all that is kept of one finding.
type Detail struct {
	Finding
	History []Event  `json:"history"`
	PEM     []string `json:"pem"` // the certificates as submitted, in the order of cert_sha256
	// SCTs are those in the final certificates, and SCTProblems what of them could not be read or verified.
	SCTs        []SCT        `json:"scts"`
	SCTProblems []SCTProblem `json:"sct_problems"`
}

// Event is a change of the finding.
type Event struct {
	At   time.Time `json:"at"`
	Who  string    `json:"who"`
	What string    `json:"what"`
	Why  string    `json:"why"`
}

// NewDetail is d in JSON, with what is known of the SCTs of its certificates.
func NewDetail(d *store.Detail, scts []CertificateSCTs) Detail {
	out := Detail{Finding: NewFinding(&d.Finding), History: []Event{}, PEM: []string{}, SCTs: []SCT{}, SCTProblems: []SCTProblem{}}
	for _, e := range d.History {
		out.History = append(out.History, Event(e))
	}
	for _, c := range d.Certificates {
		out.PEM = append(out.PEM, PEM(c.DER))
	}
	for i := range scts {
		c := &scts[i]
		for _, s := range c.SCTs {
			out.SCTs = append(out.SCTs, NewSCT(s))
		}
		if c.Problem != "" {
			out.SCTProblems = append(out.SCTProblems, SCTProblem{CertSHA256: hex.EncodeToString(c.SHA256[:]), Problem: c.Problem})
		}
	}
	return out
}

// PEM is a certificate in PEM.
func PEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// List is s, and never null in JSON.
func List(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Base64 is a hash in base64; nil for none.
func Base64(h *[32]byte) *string {
	if h == nil {
		return nil
	}
	return new(base64.StdEncoding.EncodeToString(h[:]))
}
