package cttest

import (
	"crypto/sha256"
	"encoding/asn1"
	"net/netip"
	"slices"
	"time"

	der "golang.org/x/crypto/cryptobyte/asn1"
)

// The object identifiers of the extensions that are made here (RFC 5280 section 4.2, RFC 6962 sections 3.1 and 3.3).
var (
	oidSKI              = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidSAN              = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidCRLDP            = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidPolicies         = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidAKI              = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidEKU              = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidAIA              = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}
	oidSCTList          = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}
	oidPoison           = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 3}
	oidPadding          = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 32473, 1} // RFC 5612: for examples
)

// Template says what to issue. The zero value of each field gives something plain.
type Template struct {
	CN      string      // one commonName; none when empty
	Subject []Attribute // the whole subject, instead of CN

	// Names, IPs, Emails and URIs go into the subject alternative name extension, as they are: nothing is checked.
	Names  []string
	IPs    []netip.Addr
	Emails []string
	URIs   []string

	Key  string // seed of the certificate's key
	SPKI []byte // the certificate's SubjectPublicKeyInfo, instead of Key

	NotBefore time.Time // default: 2026-07-01
	NotAfter  time.Time // default: 90 days after NotBefore
	Serial    []byte    // content octets as written; default: 16 octets, different each time

	Extensions []Extension // behind the usual ones
	Padding    int         // octets in an extension that nobody knows; none when 0
	Bare       bool        // none of the usual extensions: only what Names, Extensions, Padding and CT ask for
	SCTs       int         // how many SCTs the final certificate carries; default 2. They are random: no log gave them

	// PrecertSigner signs the precertificate instead of the CA itself (RFC 6962 section 3.1).
	PrecertSigner *CA
}

// Issuance is one certificate in all its forms.
type Issuance struct {
	Precert []byte // the precertificate: with the poison extension
	Final   []byte // the certificate: with an SCT list
	// TBS is the TBSCertificate of the log entry that Precert becomes: without poison, and issued by the final
	// issuer (RFC 6962 section 3.2). It is the TBSCertificate of Final without the SCT list.
	TBS           []byte
	IssuerKeyHash [sha256.Size]byte
	SPKI          []byte
	Names         []string // the host names and addresses, as text
	Chain         [][]byte // of Final: the issuer first, the root last
	PrecertChain  [][]byte // of Precert: starts with the precertificate signing certificate where there is one
}

// Identity is the SHA-256 of TBS, which precertificate and final certificate have in common.
func (i *Issuance) Identity() [sha256.Size]byte { return sha256.Sum256(i.TBS) }

// Issue issues what the template asks for.
//
// The poison stands first and the SCT list last among the extensions: only what removes them byte for byte finds the
// two forms to be one issuance.
func (ca *CA) Issue(t Template) *Issuance {
	fields := ca.fields(&t)
	plain := ca.extensions(&t, fields.spki)
	poison := Extension{ID: oidPoison, Critical: true, Value: []byte{5, 0}}
	scts := Extension{ID: oidSCTList, Value: encode(der.OCTET_STRING, sctList(t.SCTs, fields.serial))}

	out := &Issuance{
		TBS:           fields.encode(plain),
		IssuerKeyHash: ca.Key.Hash(),
		SPKI:          fields.spki,
		Names:         slices.Clone(t.Names),
		Chain:         ca.Chain(),
		PrecertChain:  ca.Chain(),
	}
	for _, ip := range t.IPs {
		out.Names = append(out.Names, ip.String())
	}
	out.Final = ca.Key.sign(fields.encode(append(plain[:len(plain):len(plain)], scts)))

	signer := ca
	if t.PrecertSigner != nil {
		signer = t.PrecertSigner
		out.PrecertChain = signer.Chain()
		fields.issuer, fields.algorithm = signer.Name, signer.Key.algorithm()
		plain = signer.extensions(&t, fields.spki)
	}
	out.Precert = signer.Key.sign(fields.encode(append([]Extension{poison}, plain...)))
	return out
}

func (ca *CA) fields(t *Template) *tbs {
	notBefore, notAfter := t.NotBefore, t.NotAfter
	if notBefore.IsZero() {
		notBefore = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	}
	if notAfter.IsZero() {
		notAfter = notBefore.Add(90*24*time.Hour - time.Second)
	}
	subject := t.Subject
	if subject == nil && t.CN != "" {
		subject = []Attribute{CommonName(t.CN)}
	}
	spki := t.SPKI
	if spki == nil {
		spki = NewKey(t.Key).SPKI
	}
	serial := encode(der.INTEGER, t.Serial)
	if t.Serial == nil {
		serial = ca.nextSerial()
	}
	return &tbs{
		serial:    serial,
		algorithm: ca.Key.algorithm(),
		issuer:    ca.Name,
		validity:  sequence(encodeTime(notBefore), encodeTime(notAfter)),
		subject:   EncodeName(subject...),
		spki:      spki,
	}
}

// extensions lists all extensions but those of CT.
func (ca *CA) extensions(t *Template, spki []byte) []Extension {
	var list []Extension
	if !t.Bare {
		list = ca.usual(spki)
	}
	if san := t.altNames(); san != nil {
		list = append(list, Extension{ID: oidSAN, Critical: t.CN == "" && t.Subject == nil, Value: san})
	}
	list = append(list, t.Extensions...)
	if t.Padding > 0 {
		list = append(list, Extension{ID: oidPadding, Value: NewStream("padding").Bytes(t.Padding)})
	}
	return list
}

// usual lists what public CAs put into every certificate, about as long as theirs.
func (ca *CA) usual(spki []byte) []Extension {
	uri := func(s string) []byte { return encode(0x86, []byte(s)) }
	access := func(method int, url string) []byte {
		return sequence(encodeOID(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, method}), uri(url))
	}
	crl := sequence(sequence(encode(0xa0, encode(0xa0, uri("http://crl.ca.example/intermediate/67.crl")))))
	domainValidated := sequence(sequence(encodeOID(asn1.ObjectIdentifier{2, 23, 140, 1, 2, 1})))
	serverAuth := sequence(encodeOID(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}))
	return []Extension{
		{ID: oidKeyUsage, Critical: true, Value: []byte{3, 2, 7, 0x80}}, // digitalSignature
		{ID: oidEKU, Value: serverAuth},
		{ID: oidBasicConstraints, Critical: true, Value: sequence()},
		{ID: oidSKI, Value: encode(der.OCTET_STRING, keyIdentifier(spki))},
		{ID: oidAKI, Value: ca.authorityKeyID()},
		{ID: oidAIA, Value: sequence(access(1, "http://ocsp.ca.example"), access(2, "http://aia.ca.example/ca.der"))},
		{ID: oidPolicies, Value: domainValidated},
		{ID: oidCRLDP, Value: crl},
	}
}

// altNames writes GeneralNames (RFC 5280 section 4.2.1.6), or nothing when there is no name.
func (t *Template) altNames() []byte {
	var names [][]byte
	for _, name := range t.Names {
		names = append(names, encode(0x82, []byte(name)))
	}
	for _, ip := range t.IPs {
		names = append(names, encode(0x87, ip.AsSlice()))
	}
	for _, email := range t.Emails {
		names = append(names, encode(0x81, []byte(email)))
	}
	for _, uri := range t.URIs {
		names = append(names, encode(0x86, []byte(uri)))
	}
	if names == nil {
		return nil
	}
	return sequence(names...)
}

// sctList writes a SignedCertificateTimestampList (RFC 6962 section 3.3) of n random SCTs, 2 when n is 0.
func sctList(n int, seed []byte) []byte {
	if n == 0 {
		n = 2
	}
	stream := NewStream("sct " + string(seed))
	var list []byte
	for range n {
		sct := append([]byte{0}, stream.Bytes(32)...)                                           // v1, log ID
		sct = append(sct, 0, 0, 1, 0x9f, byte(stream.Uint64()), byte(stream.Uint64()), 0, 0)    // timestamp in 2026
		sct = append(sct, 0, 8, 0, 0, 5, 0, 0, 0, byte(stream.Uint64()), byte(stream.Uint64())) // leaf_index
		sct = append(append(sct, 4, 3, 0, 70), stream.Bytes(70)...)
		list = append(append(list, byte(len(sct)>>8), byte(len(sct))), sct...)
	}
	return append([]byte{byte(len(list) >> 8), byte(len(list))}, list...)
}
