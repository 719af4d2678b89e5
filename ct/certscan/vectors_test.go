package certscan_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"net"
	"net/url"
	"slices"
	"testing"
	"time"
)

// tlv is a DER element.
func tlv(tag byte, contents ...[]byte) []byte {
	body := slices.Concat(contents...)
	out := []byte{tag}
	switch n := len(body); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	case n < 0x10000:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, body...)
}

// indef is an element of indefinite length (X.690 section 8.1.3.6).
func indef(tag byte, contents ...[]byte) []byte {
	return append(append([]byte{tag, 0x80}, slices.Concat(contents...)...), 0, 0)
}

// long is an element whose length is written in more octets than it needs (section 8.1.3.5).
func long(tag byte, contents ...[]byte) []byte {
	body := slices.Concat(contents...)
	n := len(body)
	return append([]byte{tag, 0x86, 0, 0, 0, byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

// unhex reads hex, spaces allowed.
func unhex(s string) []byte {
	raw, err := hex.DecodeString(string(slices.DeleteFunc([]byte(s), func(b byte) bool { return b == ' ' })))
	if err != nil {
		panic(err)
	}
	return raw
}

// The octets of the OIDs that the vectors use.
var (
	oidCN         = unhex("550403")
	oidO          = unhex("55040a")
	oidEmail      = unhex("2a864886f70d010901")
	oidSAN        = unhex("551d11")
	oidBC         = unhex("551d13")
	oidKU         = unhex("551d0f")
	oidEKU        = unhex("551d25")
	oidAKI        = unhex("551d23")
	oidPoison     = unhex("2b06010401d679020403")
	oidSCTs       = unhex("2b06010401d679020402")
	oidPrecertEKU = unhex("2b06010401d679020404")
)

// attribute is an AttributeTypeAndValue alone in its RDN.
func attribute(oid []byte, tag byte, value string) []byte {
	return tlv(0x31, tlv(0x30, tlv(0x06, oid), tlv(tag, []byte(value))))
}

// extension is an Extension that is not critical.
func extension(oid []byte, value ...[]byte) []byte {
	return tlv(0x30, tlv(0x06, oid), tlv(0x04, value...))
}

// san is a subjectAltName with the given GeneralNames.
func san(names ...[]byte) []byte { return extension(oidSAN, tlv(0x30, names...)) }

// dns is a dNSName.
func dns(name string) []byte { return tlv(0x82, []byte(name)) }

var (
	poison  = tlv(0x30, tlv(0x06, oidPoison), tlv(0x01, []byte{0xff}), tlv(0x04, tlv(0x05)))
	sctList = extension(oidSCTs, tlv(0x04, []byte("no SCTs, but nobody looks")))
	ski     = extension(unhex("551d0e"), tlv(0x04, []byte("key identifier")))
)

// parts is a certificate in pieces, each a whole element, so that a test can break one of them.
type parts struct {
	version, serial, algorithm, issuer, validity, subject, spki []byte
	uniqueIDs                                                   []byte
	extensions                                                  [][]byte
}

// standard is a certificate without a flaw, for the CN cn.example.com and the dNSName san.example.com.
func standard() parts {
	return parts{
		version:   tlv(0xa0, tlv(0x02, []byte{2})),
		serial:    tlv(0x02, []byte{0x0a, 0x0b}),
		algorithm: tlv(0x30, tlv(0x06, unhex("2a8648ce3d040302"))),
		issuer:    tlv(0x30, attribute(oidO, 0x0c, "Some CA")),
		validity:  tlv(0x30, tlv(0x17, []byte("260101000000Z")), tlv(0x17, []byte("260401000000Z"))),
		subject:   tlv(0x30, attribute(oidO, 0x0c, "Some Org"), attribute(oidCN, 0x0c, "cn.example.com")),
		spki: tlv(0x30, tlv(0x30, tlv(0x06, unhex("2a8648ce3d0201")), tlv(0x06, unhex("2a8648ce3d030107"))),
			tlv(0x03, []byte{0, 4}, make([]byte, 64))),
		extensions: [][]byte{ski, san(dns("san.example.com"))},
	}
}

// with is p with other extensions.
func (p parts) with(extensions ...[]byte) parts {
	p.extensions = extensions
	return p
}

// beforeExtensions is everything of the TBSCertificate that stands before its extensions.
func (p parts) beforeExtensions() []byte {
	return slices.Concat(p.version, p.serial, p.algorithm, p.issuer, p.validity, p.subject, p.spki, p.uniqueIDs)
}

// tbs is the TBSCertificate.
func (p parts) tbs() []byte {
	if len(p.extensions) == 0 {
		return tlv(0x30, p.beforeExtensions())
	}
	return tlv(0x30, p.beforeExtensions(), tlv(0xa3, tlv(0x30, p.extensions...)))
}

// signed is the Certificate around a TBSCertificate.
func signed(tbs []byte) []byte {
	return tlv(0x30, tbs, standard().algorithm, tlv(0x03, []byte{0}, []byte("signature")))
}

// cert is the Certificate.
func (p parts) cert() []byte { return signed(p.tbs()) }

// issue makes a real certificate with every kind of SAN by crypto/x509.
func issue(tb testing.TB, change func(*x509.Certificate)) []byte {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:   big.NewInt(0x1122334455),
		Subject:        pkix.Name{CommonName: "www.example.com", Organization: []string{"Example"}},
		NotBefore:      time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		NotAfter:       time.Date(2051, 1, 2, 3, 4, 5, 0, time.UTC),
		DNSNames:       []string{"www.example.com", "*.example.net", "xn--bcher-kva.example"},
		IPAddresses:    []net.IP{net.IPv4(192, 0, 2, 7).To4(), net.ParseIP("2001:db8::7")},
		EmailAddresses: []string{"someone@example.com"},
		URIs:           []*url.URL{{Scheme: "spiffe", Host: "example.org", Path: "/service"}},
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	return der
}
