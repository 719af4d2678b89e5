package pinfile

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"net"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"

	"pinwatch/matcher"
)

// objectKind says what DER holds.
type objectKind uint8

const (
	unknown objectKind = iota
	certificate
	request
	publicKey
	privateKey
	pkcs12File
	pkcs7File
	besides // belongs to keys, but holds none
)

// object is something in DER that may hold a key.
type object struct {
	kind objectKind
	line int
	spki []byte // the SubjectPublicKeyInfo of a certificate, request or public key
	ca   bool   // of a CA
	name string // what the certificate or request calls its subject
	// names are what it is for: DNS names and addresses of the subject alternative name, or the common name.
	names []string
	what  string // of an unknown one: what to call it
}

// pin is the pin of an object's key.
func (o *object) pin(file string, line int) matcher.Pin {
	return matcher.Pin{SPKI: sha256.Sum256(o.spki), Label: label(o.name), Source: source(file, line)}
}

// parseDER says what der is. It looks no further than it must to find the key: certificates that crypto/x509 refuses
// have keys too, and so have those of algorithms that it does not know.
func parseDER(der []byte) object {
	none := object{kind: unknown, what: "DER that is neither a certificate, a public key nor a request"}
	in := cryptobyte.String(der)
	var outer cryptobyte.String
	if !in.ReadASN1(&outer, tags.SEQUENCE) || !in.Empty() {
		return none
	}
	e, ok := elements(outer)
	switch {
	case !ok:
	case isSPKI(der):
		return object{kind: publicKey, spki: der}
	case shape(e, tags.SEQUENCE, tags.SEQUENCE, tags.BIT_STRING):
		return signed(der, e[0].content, none)
	case shape(e, tags.INTEGER, tags.INTEGER):
		if key, err := x509.ParsePKCS1PublicKey(der); err == nil {
			if spki, err := x509.MarshalPKIXPublicKey(key); err == nil {
				return object{kind: publicKey, spki: spki}
			}
		}
	case shape(e, tags.INTEGER, tags.SEQUENCE, tags.OCTET_STRING), shape(e, tags.INTEGER, tags.OCTET_STRING),
		shape(e, tags.SEQUENCE, tags.OCTET_STRING), len(e) >= 9 && e[0].tag == tags.INTEGER:
		return object{kind: privateKey} // PKCS#8, SEC 1, PKCS#8 encrypted, PKCS#1
	case shape(e, tags.INTEGER, tags.SEQUENCE), shape(e, tags.INTEGER, tags.SEQUENCE, tags.SEQUENCE):
		return object{kind: pkcs12File}
	case shape(e, tags.OBJECT_IDENTIFIER):
		return object{kind: pkcs7File}
	}
	return none
}

// signed reads the inside of what is signed: a TBSCertificate (RFC 5280 section 4.1) or a CertificationRequestInfo
// (RFC 2986 section 4.1).
func signed(der []byte, inside cryptobyte.String, none object) object {
	e, ok := elements(inside)
	if !ok {
		return none
	}
	if len(e) >= 3 && e[0].tag == tags.INTEGER && e[1].tag == tags.SEQUENCE && isSPKI(e[2].full) {
		o := object{kind: request, spki: e[2].full}
		if csr, err := x509.ParseCertificateRequest(der); err == nil {
			o.name = firstName(csr.Subject.CommonName, csr.DNSNames)
			o.names = names(csr.Subject.CommonName, csr.DNSNames, csr.IPAddresses)
		}
		return o
	}
	versioned := len(e) > 0 && e[0].tag == tags.Tag(0).ContextSpecific().Constructed()
	if versioned {
		e = e[1:]
	}
	// serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo
	if len(e) < 6 || e[0].tag != tags.INTEGER || !isSPKI(e[5].full) {
		return none
	}
	o := object{kind: certificate, spki: e[5].full}
	// A certificate of version 1 cannot say that it is a CA's; of those there are only old roots left.
	o.ca = isCA(e[6:]) || !versioned && string(e[2].full) == string(e[4].full)
	if cert, err := x509.ParseCertificate(der); err == nil {
		o.name = firstName(cert.Subject.CommonName, cert.DNSNames)
		o.names = names(cert.Subject.CommonName, cert.DNSNames, cert.IPAddresses)
	}
	return o
}

// names are the names of a certificate: those of the subject alternative name or, where there are none, the common name.
func names(common string, dns []string, ips []net.IP) []string {
	out := slices.Clone(dns)
	for _, ip := range ips {
		out = append(out, ip.String())
	}
	if len(out) == 0 && common != "" {
		out = append(out, common)
	}
	return out
}

func firstName(common string, dns []string) string {
	if common == "" && len(dns) > 0 {
		return dns[0]
	}
	return common
}

// isCA looks for basicConstraints with cA TRUE in what follows the key of a TBSCertificate.
func isCA(after []tlv) bool {
	for _, e := range after {
		if e.tag != tags.Tag(3).ContextSpecific().Constructed() {
			continue
		}
		var list, ext, value, constraints, ca cryptobyte.String
		if !e.content.ReadASN1(&list, tags.SEQUENCE) {
			return false
		}
		for !list.Empty() {
			var oid asn1.ObjectIdentifier
			if !list.ReadASN1(&ext, tags.SEQUENCE) || !ext.ReadASN1ObjectIdentifier(&oid) {
				return false
			}
			if !oid.Equal(asn1.ObjectIdentifier{2, 5, 29, 19}) {
				continue
			}
			return ext.SkipOptionalASN1(tags.BOOLEAN) && ext.ReadASN1(&value, tags.OCTET_STRING) &&
				value.ReadASN1(&constraints, tags.SEQUENCE) && constraints.ReadASN1(&ca, tags.BOOLEAN) &&
				len(ca) == 1 && ca[0] != 0
		}
	}
	return false
}

// tlv is an element of DER.
type tlv struct {
	tag           tags.Tag
	full, content cryptobyte.String
}

// maxElements bounds the elements of a SEQUENCE that are looked at.
const maxElements = 64

func elements(in cryptobyte.String) ([]tlv, bool) {
	var out []tlv
	for !in.Empty() && len(out) < maxElements {
		var e tlv
		if !in.ReadAnyASN1Element(&e.full, &e.tag) {
			return nil, false
		}
		full := e.full
		if !full.ReadAnyASN1(&e.content, &e.tag) {
			return nil, false
		}
		out = append(out, e)
	}
	return out, true
}

// shape says whether elements begin with tags, and go on with context-specific ones at most.
func shape(e []tlv, want ...tags.Tag) bool {
	if len(e) < len(want) {
		return false
	}
	for i, tag := range want {
		if e[i].tag != tag {
			return false
		}
	}
	for _, more := range e[len(want):] {
		if more.tag&0xc0 != 0x80 {
			return false
		}
	}
	return true
}

// isSPKI says whether der is a SubjectPublicKeyInfo: an AlgorithmIdentifier and a BIT STRING.
func isSPKI(der []byte) bool {
	in := cryptobyte.String(der)
	var outer, key cryptobyte.String
	if !in.ReadASN1(&outer, tags.SEQUENCE) || !in.Empty() {
		return false
	}
	_, _, ok := typed(&outer)
	return ok && outer.ReadASN1(&key, tags.BIT_STRING) && outer.Empty()
}

// firstElement is the first element of der, or all of it if there is none.
func firstElement(der []byte) []byte {
	in := cryptobyte.String(der)
	var first cryptobyte.String
	var tag tags.Tag
	if !in.ReadAnyASN1Element(&first, &tag) {
		return der
	}
	return first
}
