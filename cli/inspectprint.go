package cli

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"pinwatch/monitor"
	"pinwatch/store"
)

func (p *program) printInspection(cert *certificate, in *monitor.Inspection) {
	iss := &in.Issuance
	fmt.Fprintf(p.stdout, "%s: %s, read as %s\n", escape(cert.place), kindOf(in), cert.form)
	p.field("names", some(in.Names, shownNames, func(n monitor.InspectedName) string {
		return fmt.Sprintf("%s (%s)", showName(n.Text), escape(n.Kind))
	})...)
	p.field("subject", escape(iss.Subject))
	p.field("key", pinText(iss.SPKISHA256, nil))
	issuer := "its certificate was not given, so its key is not known"
	if iss.IssuerKeyHash != nil {
		issuer = pinText(iss.IssuerKeyHash, nil)
	}
	p.field("issuer", escape(iss.Issuer), issuer)
	p.field("valid", instant(iss.NotBefore)+" to "+instant(iss.NotAfter))
	p.field("serial", escape(iss.Serial))
	p.field("tbs", hex.EncodeToString(iss.TBSSHA256[:]))
	p.field("sha256", hex.EncodeToString(in.CertSHA256[:]))
	p.field("unread", escape(in.Problem))
	if in.Unwalkable {
		p.field("", "names may be hidden in that: all of it was searched for watched names")
	}
	if len(in.Judged) == 0 {
		p.field("watch", "none is concerned")
	}
	for i := range in.Judged {
		f := findingOf(in, &in.Judged[i])
		p.field("watch", headline(&f)+", "+escape(f.Severity))
		for _, sentence := range explain(&f) {
			p.field("", wrap(sentence)...)
		}
		p.field("matched", some(groupMatches(f.Matches), shownNames, matchText)...)
		p.field("pinned", pinnedText(&f))
	}
}

func kindOf(in *monitor.Inspection) string {
	switch {
	case in.Precert:
		return "precertificate"
	case in.CA:
		return "CA certificate"
	case in.Unwalkable:
		return "no certificate that can be read in full"
	}
	return "certificate"
}

// pinnedText says of each dimension that the watch has, and that could be decided, whether it is satisfied.
func pinnedText(f *store.Finding) string {
	var parts []string
	for _, d := range []struct {
		name      string
		satisfied *bool
	}{{"key", f.KeyPinned}, {"issuer", f.IssuerPinned}, {"chain", f.ChainPinned}} {
		if d.satisfied != nil {
			parts = append(parts, d.name+" "+pinned(d.satisfied))
		}
	}
	return strings.Join(parts, ", ")
}

// inspectionJSON is an inspected certificate as other tools read it. What a finding has too is called the same.
type inspectionJSON struct {
	Source           string        `json:"source"`
	Form             string        `json:"form"` // PEM or DER
	Precertificate   bool          `json:"precertificate"`
	CA               bool          `json:"ca"`
	Names            []nameJSON    `json:"names"`
	SPKISHA256       *string       `json:"spki_sha256"`        // base64
	IssuerSPKISHA256 *string       `json:"issuer_spki_sha256"` // base64; null where the issuer was not given
	Issuer           string        `json:"issuer"`
	Subject          string        `json:"subject"`
	Serial           string        `json:"serial"` // hex
	NotBefore        *time.Time    `json:"not_before"`
	NotAfter         *time.Time    `json:"not_after"`
	TBSSHA256        string        `json:"tbs_sha256"`  // hex
	CertSHA256       string        `json:"cert_sha256"` // hex
	Problem          string        `json:"problem"`     // what could not be read
	Unwalkable       bool          `json:"unwalkable"`  // names may be hidden in that
	Verdicts         []verdictJSON `json:"verdicts"`
}

type nameJSON struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// verdictJSON is what one watch says.
type verdictJSON struct {
	Watch        string      `json:"watch"`
	Verdict      string      `json:"verdict"`
	Severity     string      `json:"severity"`
	Reasons      []string    `json:"reasons"`
	KeyPinned    *bool       `json:"key_pinned"`
	IssuerPinned *bool       `json:"issuer_pinned"`
	ChainPinned  *bool       `json:"chain_pinned"`
	Matches      []matchJSON `json:"matches"`
}

func newInspectionJSON(cert *certificate, in *monitor.Inspection) inspectionJSON {
	iss := &in.Issuance
	out := inspectionJSON{
		Source: cert.place, Form: cert.form, Precertificate: in.Precert, CA: in.CA, Names: []nameJSON{},
		SPKISHA256: base64Hash(iss.SPKISHA256), IssuerSPKISHA256: base64Hash(iss.IssuerKeyHash),
		Issuer: iss.Issuer, Subject: iss.Subject, Serial: iss.Serial, NotBefore: iss.NotBefore, NotAfter: iss.NotAfter,
		TBSSHA256: hex.EncodeToString(iss.TBSSHA256[:]), CertSHA256: hex.EncodeToString(in.CertSHA256[:]),
		Problem: in.Problem, Unwalkable: in.Unwalkable, Verdicts: []verdictJSON{},
	}
	for _, n := range in.Names {
		out.Names = append(out.Names, nameJSON{Name: n.Text, Kind: n.Kind})
	}
	for i := range in.Judged {
		j := &in.Judged[i]
		v := verdictJSON{
			Watch: j.Watch, Verdict: j.Verdict, Severity: j.Severity, Reasons: list(j.Reasons),
			KeyPinned: j.KeyPinned, IssuerPinned: j.IssuerPinned, ChainPinned: j.ChainPinned, Matches: []matchJSON{},
		}
		for _, m := range j.Matches {
			v.Matches = append(v.Matches, matchJSON(m))
		}
		out.Verdicts = append(out.Verdicts, v)
	}
	return out
}
