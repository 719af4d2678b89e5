package cttest

import (
	"bytes"
	"encoding/asn1"

	"pinwatch/ct"
)

// Odd is a certificate that crypto/x509 refuses and that a log may hold all the same.
type Odd struct {
	What        string // what is odd about it
	Certificate []byte
	// Names are the host names that can still be read, the common name first.
	Names []string
	SPKI  []byte
	Chain [][]byte
}

// Leaf is the x509_entry of the certificate.
func (o *Odd) Leaf() Leaf { return Leaf{Type: ct.X509Entry, Cert: o.Certificate, Chain: o.Chain} }

// Odd issues one certificate of each oddity, all for the host name.
func (ca *CA) Odd(name string) []Odd {
	san := func(parts ...[]byte) Extension {
		return Extension{ID: oidSAN, Value: sequence(parts...)}
	}
	plain := func(der []byte) []byte { return der }
	utf8Name := func(value string) Attribute {
		return Attribute{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Tag: asn1.TagUTF8String, Value: []byte(value)}
	}
	both := []string{name, name} // CN and SAN
	var out []Odd
	for _, odd := range []struct {
		what     string
		template Template
		mutate   func(der []byte) []byte
		names    []string
	}{
		{"subject that is not UTF-8", Template{
			Subject: []Attribute{utf8Name("M\xfcller"), CommonName(name)}, Names: []string{name},
		}, plain, both},
		{"negative serial number", Template{CN: name, Names: []string{name}, Serial: []byte{0xa5, 0x01}}, plain, both},
		{
			"dNSName in Latin-1",
			Template{CN: name, Names: []string{name, "m\xfcller.example"}},
			plain,
			[]string{name, name, "m\xfcller.example"},
		},
		{"iPAddress of 5 octets", Template{
			CN: name, Extensions: []Extension{san(encode(0x82, []byte(name)), encode(0x87, []byte{203, 0, 113, 1, 0}))},
		}, plain, both},
		{"two subjectAltName extensions", Template{
			CN: name, Names: []string{"other.example"}, Extensions: []Extension{san(encode(0x82, []byte(name)))},
		}, plain, []string{name, "other.example", name}},
		{"subjectAltName that ends inside a name", Template{
			CN: name, Extensions: []Extension{san(encode(0x82, []byte(name)), []byte{0x82, 40, 'x'})},
		}, plain, both},
		{"key that is no key", Template{
			CN: name, Names: []string{name}, SPKI: bytes.Replace(StrangerRSA(name, 2048), []byte{0x02, 0x82}, []byte{0x1a, 0x82}, 1),
		}, plain, both},
		{"version 6", Template{CN: name, Names: []string{name}}, func(der []byte) []byte {
			return bytes.Replace(der, []byte{0xa0, 3, 2, 1, 2}, []byte{0xa0, 3, 2, 1, 5}, 1)
		}, both},
		{"notBefore without a zone", Template{CN: name, Names: []string{name}}, func(der []byte) []byte {
			return bytes.Replace(der, []byte("260701000000Z"), []byte("2607010000000"), 1)
		}, both},
		{"length in more octets than it needs", Template{CN: name, Names: []string{name}}, longLength, both},
		{"indefinite length", Template{CN: name, Names: []string{name}}, indefinite, both},
		{"trailing bytes", Template{CN: name, Names: []string{name}}, func(der []byte) []byte {
			return append(der, 0, 0)
		}, both},
	} {
		issuance := ca.Issue(odd.template)
		out = append(out, Odd{odd.what, odd.mutate(issuance.Final), odd.names, issuance.SPKI, issuance.Chain})
	}
	return out
}

// longLength rewrites the outermost length, of two octets, with three (X.690 section 8.1.3.5 allows it in BER).
func longLength(der []byte) []byte {
	return append([]byte{der[0], 0x83, 0}, der[2:]...)
}

// indefinite rewrites the outermost length, of two octets, as indefinite (X.690 section 8.1.3.6).
func indefinite(der []byte) []byte {
	return append(append([]byte{der[0], 0x80}, der[4:]...), 0, 0)
}
