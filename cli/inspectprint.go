package cli

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"pinwatch/monitor"
	"pinwatch/show"
	"pinwatch/store"
)

func (p *program) printInspection(cert *certificate, in *monitor.Inspection) {
	iss := &in.Issuance
	fmt.Fprintf(p.stdout, "%s: %s, read as %s\n", show.Escape(cert.place), kindOf(in), cert.form)
	p.field("names", show.Some(in.Names, len(in.Names), readNameText)...)
	p.field("subject", show.Escape(iss.Subject))
	p.field("key", pinText(iss.SPKISHA256, nil))
	issuer := "its certificate was not given, so its key is not known"
	if iss.IssuerKeyHash != nil {
		issuer = pinText(iss.IssuerKeyHash, nil) + ", proved by signature"
	}
	p.field("issuer", show.Escape(iss.Issuer), issuer)
	p.field("valid", instant(iss.NotBefore)+" to "+instant(iss.NotAfter))
	p.field("serial", show.Escape(iss.Serial))
	p.field("ct", ctText(in)...)
	if caLeaf(in) {
		p.field("ca", "CA:TRUE in a certificate for host names: who has its key can issue certificates for any name")
	}
	p.field("tbs", hex.EncodeToString(iss.TBSSHA256[:]))
	p.field("sha256", hex.EncodeToString(in.CertSHA256[:]))
	p.field("unread", show.Escape(in.Problem))
	if in.Unwalkable {
		p.field("", "names may be hidden in that: all of it was searched for watched names")
	}
	if len(in.Judged) == 0 {
		p.field("watch", "none is concerned")
	}
	for i := range in.Judged {
		f := findingOf(in, &in.Judged[i])
		p.field("watch", headline(&f)+", "+show.Escape(f.Severity))
		for _, sentence := range show.Explain(&f) {
			p.field("", wrap(sentence)...)
		}
		p.field("matched", show.Some(groupMatches(f.Matches), shownNames, matchText)...)
		p.field("pinned", pinnedText(&f))
	}
}

// readNameText is a name with where it stands and how it was written; with its octets where it does not show them.
func readNameText(n monitor.InspectedName) string {
	s := fmt.Sprintf("%s (%s, %s)", show.Name(n.Text), show.Escape(n.Kind), n.Type)
	if oddName(&n) {
		s += fmt.Sprintf(", octets %s", show.Escape(hex.EncodeToString(n.Octets)))
	}
	return s
}

// oddName says whether the text of a name hides how it was written. Of strings that were turned into UTF-8 the type says
// it.
func oddName(n *monitor.InspectedName) bool {
	switch {
	case n.Kind == "iPAddress":
		return len(n.Octets) != 4 && len(n.Octets) != 16
	case strings.HasPrefix(n.Type, "BMPString"), strings.HasPrefix(n.Type, "UniversalString"):
		return false
	}
	hidden := func(r rune) bool { return r < ' ' || r > '~' }
	return strings.ContainsFunc(n.Text, hidden) || strings.TrimSpace(n.Text) != n.Text || n.Text != string(n.Octets)
}

// ctText says what Certificate Transparency shows of a certificate.
func ctText(in *monitor.Inspection) []string {
	var out []string
	if in.Precert {
		out = append(out, "has the poison: a precertificate")
	}
	if in.Signer {
		out = append(out, "signed by a precertificate signing certificate, which is not the issuer")
	}
	if in.SCTs {
		out = append(out, "has a list of SCTs: logged before it was issued")
	}
	return out
}

// caLeaf says whether a CA certificate is one for hosts, which no CA should be.
func caLeaf(in *monitor.Inspection) bool {
	return in.CA && (len(in.Judged) > 0 || slices.ContainsFunc(in.Names, func(n monitor.InspectedName) bool {
		return n.Kind == "dNSName" || n.Kind == "iPAddress"
	}))
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

// inspectionJSON is an inspected certificate as other tools read it. What a finding has too is called the same and means
// the same.
type inspectionJSON struct {
	Source string `json:"source"`
	Form   string `json:"form"` // PEM, DER or base64
	// What the watch with the worst verdict says; nothing of it is there where no watch is concerned.
	*verdictJSON
	Names            []string       `json:"names"`
	NamesRead        []readNameJSON `json:"names_read"`
	SPKISHA256       *string        `json:"spki_sha256"`        // base64
	IssuerSPKISHA256 *string        `json:"issuer_spki_sha256"` // base64; null where the issuer was not given
	Issuer           string         `json:"issuer"`
	Subject          string         `json:"subject"`
	Serial           string         `json:"serial"` // hex
	NotBefore        *time.Time     `json:"not_before"`
	NotAfter         *time.Time     `json:"not_after"`
	TBSSHA256        string         `json:"tbs_sha256"`  // hex
	CertSHA256       []string       `json:"cert_sha256"` // hex, one
	Precertificate   bool           `json:"precertificate"`
	PrecertSigner    bool           `json:"precert_signer"` // a precertificate signing certificate signed it
	SCTList          bool           `json:"sct_list"`
	CA               bool           `json:"ca"`
	CALeaf           bool           `json:"ca_leaf"`    // and it is for host names
	Problem          string         `json:"problem"`    // what could not be read
	Unwalkable       bool           `json:"unwalkable"` // names may be hidden in that
	Verdicts         []*verdictJSON `json:"verdicts"`   // of all watches that are concerned
}

// readNameJSON is a name as it was read.
type readNameJSON struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Type   string `json:"type"`   // the string type that it was written in
	Octets string `json:"octets"` // hex; of a BMPString or UniversalString turned into UTF-8
}

// verdictJSON is what one watch says.
type verdictJSON struct {
	Watch        string       `json:"watch"`
	Verdict      string       `json:"verdict"`
	Severity     string       `json:"severity"`
	Reasons      []string     `json:"reasons"`
	KeyPinned    *bool        `json:"key_pinned"`
	IssuerPinned *bool        `json:"issuer_pinned"`
	ChainPinned  *bool        `json:"chain_pinned"`
	Matched      []string     `json:"matched"`
	Matches      []show.Match `json:"matches"`
	Explanation  []string     `json:"explanation"`
}

func newInspectionJSON(cert *certificate, in *monitor.Inspection) inspectionJSON {
	iss := &in.Issuance
	out := inspectionJSON{
		Source: cert.place, Form: cert.form, Names: show.List(iss.Names), NamesRead: []readNameJSON{},
		SPKISHA256: show.Base64(iss.SPKISHA256), IssuerSPKISHA256: show.Base64(iss.IssuerKeyHash),
		Issuer: iss.Issuer, Subject: iss.Subject, Serial: iss.Serial, NotBefore: iss.NotBefore, NotAfter: iss.NotAfter,
		TBSSHA256: hex.EncodeToString(iss.TBSSHA256[:]), CertSHA256: []string{hex.EncodeToString(in.CertSHA256[:])},
		Precertificate: in.Precert, PrecertSigner: in.Signer, SCTList: in.SCTs, CA: in.CA, CALeaf: caLeaf(in),
		Problem: in.Problem, Unwalkable: in.Unwalkable, Verdicts: []*verdictJSON{},
	}
	for _, n := range in.Names {
		out.NamesRead = append(out.NamesRead, readNameJSON{n.Text, n.Kind, n.Type, hex.EncodeToString(n.Octets)})
	}
	for i := range in.Judged {
		f := findingOf(in, &in.Judged[i])
		v := newVerdictJSON(&f)
		out.Verdicts = append(out.Verdicts, v)
		if out.verdictJSON == nil || show.SeverityRank(v.Severity) > show.SeverityRank(out.Severity) {
			out.verdictJSON = v
		}
	}
	return out
}

func newVerdictJSON(f *store.Finding) *verdictJSON {
	j := show.NewFinding(f)
	return &verdictJSON{
		Watch: j.Watch, Verdict: j.Verdict, Severity: j.Severity, Reasons: j.Reasons,
		KeyPinned: j.KeyPinned, IssuerPinned: j.IssuerPinned, ChainPinned: j.ChainPinned,
		Matched: j.Matched, Matches: j.Matches, Explanation: show.List(show.Explain(f)),
	}
}
