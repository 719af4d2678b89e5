package report

import (
	"encoding/hex"
	"strings"
	"time"

	"pinwatch/show"
	"pinwatch/store"
)

// Finding is a finding with everything that an analyst needs: the fields of `pinwatch findings list --json`, and more.
type Finding struct {
	show.Finding
	Explanation []string     `json:"explanation"`
	History     []show.Event `json:"history"`
	SCTs        []show.SCT   `json:"scts"`
	Lookup      Lookup       `json:"lookup"`
}

// Lookup is by what names others know the certificate.
type Lookup struct {
	// OpenSSL are lines as openssl x509 -noout -serial -fingerprint -sha256 prints them.
	OpenSSL []string `json:"openssl"`
	// URLs are where crt.sh, a public search engine of the logs, shows it; to ask there tells it who is interested.
	URLs []string `json:"urls"`
	// Show prints the certificate, PEM included, from the record.
	Show string `json:"show"`
}

// Issuance is an expected issuance for a watch, in short.
type Issuance struct {
	Finding          string     `json:"finding"` // its ID
	Watch            string     `json:"watch"`
	FirstSeen        time.Time  `json:"first_seen"`
	Names            []string   `json:"names"`
	SPKISHA256       *string    `json:"spki_sha256"`        // base64
	IssuerSPKISHA256 *string    `json:"issuer_spki_sha256"` // base64
	Issuer           string     `json:"issuer"`
	Subject          string     `json:"subject"`
	Serial           string     `json:"serial"` // hex
	NotBefore        *time.Time `json:"not_before"`
	NotAfter         *time.Time `json:"not_after"`
	TBSSHA256        string     `json:"tbs_sha256"` // hex
	Sightings        int        `json:"sightings"`
}

func newFinding(f *store.PastFinding, scts []show.SCT) *Finding {
	out := &Finding{
		Finding: show.NewFinding(&f.Finding), Explanation: show.List(show.Explain(&f.Finding)), History: []show.Event{},
		SCTs: scts,
	}
	for _, e := range f.History {
		out.History = append(out.History, show.Event(e))
	}
	out.Lookup = lookup(&out.Finding)
	return out
}

func lookup(f *show.Finding) Lookup {
	l := Lookup{OpenSSL: []string{}, URLs: []string{}, Show: "pinwatch findings show " + f.ID}
	if f.Serial != "" {
		l.OpenSSL = append(l.OpenSSL, "serial="+strings.ToUpper(f.Serial))
	}
	for _, cert := range f.CertSHA256 {
		l.OpenSSL = append(l.OpenSSL, "sha256 Fingerprint="+colons(cert))
		l.URLs = append(l.URLs, "https://crt.sh/?q="+cert)
	}
	return l
}

// colons writes hex digits as openssl does.
func colons(digits string) string {
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) == 0 {
		return strings.ToUpper(digits)
	}
	out := make([]byte, 0, 3*len(raw))
	for _, b := range raw {
		out = append(out, ':')
		out = append(out, strings.ToUpper(hex.EncodeToString([]byte{b}))...)
	}
	return string(out[1:])
}

func newIssuance(c *store.Concern) *Issuance {
	iss := &c.Issuance
	return &Issuance{
		Finding: c.ID, Watch: c.Watch, FirstSeen: c.FirstSeen, Names: show.List(iss.Names),
		SPKISHA256: show.Base64(iss.SPKISHA256), IssuerSPKISHA256: show.Base64(iss.IssuerKeyHash),
		Issuer: iss.Issuer, Subject: iss.Subject, Serial: iss.Serial, NotBefore: iss.NotBefore, NotAfter: iss.NotAfter,
		TBSSHA256: hex.EncodeToString(iss.TBSSHA256[:]), Sightings: c.Sightings,
	}
}
