package certscan_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/certscan"
)

// TestCertificateIsWhatCryptoX509Reads reads certificates that crypto/x509 made, whole and as TBSCertificate alone.
func TestCertificateIsWhatCryptoX509Reads(t *testing.T) {
	changes := map[string]func(*x509.Certificate){
		"leaf": nil,
		"CA": func(c *x509.Certificate) {
			c.IsCA, c.BasicConstraintsValid, c.MaxPathLenZero = true, true, true
			c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
		},
		"not a CA, and says so": func(c *x509.Certificate) {
			c.BasicConstraintsValid = true
			c.KeyUsage = x509.KeyUsageDigitalSignature
		},
		"precertificate signing": func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 11129, 2, 4, 4}}
		},
		"long serial": func(c *x509.Certificate) { c.SerialNumber = new(big.Int).Lsh(big.NewInt(0xff), 150) },
		"no subject":  func(c *x509.Certificate) { c.Subject = pkix.Name{} },
		"no names":    func(c *x509.Certificate) { c.DNSNames, c.IPAddresses, c.EmailAddresses, c.URIs = nil, nil, nil, nil },
		"precertificate": func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{
				Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 3}, Critical: true, Value: []byte{5, 0},
			}}
		},
	}
	var s certscan.Scanner
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			x := sample{file: name, der: issue(t, change)}
			std := readStd(x)
			if std == nil {
				t.Fatal("crypto/x509 refuses its own certificate")
			}
			c := s.Certificate(x.der)
			checkBounds(t, c)
			checkAgainst(t, "crypto/x509", x, c, std)
			if c.Problems != 0 {
				t.Errorf("problems: %s", c.Problems)
			}
			parsed, err := x509.ParseCertificate(x.der)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(c.TBS, parsed.RawTBSCertificate) || !bytes.Equal(c.Signature, parsed.Signature) ||
				!bytes.Equal(c.SignatureAlgorithm, standard().algorithm) {
				t.Errorf("TBS %x, algorithm %x, signature %x", c.TBS, c.SignatureAlgorithm, c.Signature)
			}
			if got, want := c.Poison, name == "precertificate"; got != want {
				t.Errorf("poison %t, want %t", got, want)
			}
			whole := *c
			whole.Names = append([]certscan.Name(nil), c.Names...)
			alone := *s.TBS(parsed.RawTBSCertificate)
			whole.Raw, whole.SignatureAlgorithm, whole.Signature = parsed.RawTBSCertificate, nil, nil
			if diff := cmp.Diff(whole, alone); diff != "" {
				t.Errorf("the TBSCertificate alone reads otherwise (-in a certificate +alone):\n%s", diff)
			}
		})
	}
}

// fieldTest changes a certificate without breaking it for a reader that forgives.
type fieldTest struct {
	change func(*parts)
	check  func(*certscan.Certificate) bool
}

func checkFields(t *testing.T, tests map[string]fieldTest) {
	t.Helper()
	var s certscan.Scanner
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := standard()
			test.change(&p)
			c := s.Certificate(p.cert())
			checkBounds(t, c)
			if c.Problems != 0 {
				t.Errorf("problems %q", c.Problems)
			}
			if !test.check(c) {
				t.Errorf("read was %+v", c)
			}
			if !bytes.Equal(c.SPKI, p.spki) || !bytes.Equal(c.Issuer, p.issuer) || !bytes.Equal(c.Subject, p.subject) {
				t.Error("the other fields were not found")
			}
		})
	}
}

// TestFields reads what a strict parser refuses in fields that are found and not decoded.
func TestFields(t *testing.T) {
	checkFields(t, map[string]fieldTest{
		"negative serial": {
			change: func(p *parts) { p.serial = unhex("0201ff") },
			check:  func(c *certscan.Certificate) bool { return bytes.Equal(c.Serial, []byte{0xff}) },
		},
		"serial with leading zeros": {
			change: func(p *parts) { p.serial = unhex("0203000001") },
			check:  func(c *certscan.Certificate) bool { return bytes.Equal(c.Serial, []byte{0, 0, 1}) },
		},
		"serial of 40 octets": {
			change: func(p *parts) { p.serial = tlv(0x02, bytes.Repeat([]byte{7}, 40)) },
			check:  func(c *certscan.Certificate) bool { return len(c.Serial) == 40 },
		},
		"empty serial": {
			change: func(p *parts) { p.serial = unhex("0200") },
			check:  func(c *certscan.Certificate) bool { return len(c.Serial) == 0 },
		},
		"version 1": {
			change: func(p *parts) { p.version = nil },
			check:  func(c *certscan.Certificate) bool { return len(c.Names) == 2 },
		},
		"version 4711": {
			change: func(p *parts) { p.version = unhex("a00402021267") },
			check:  func(c *certscan.Certificate) bool { return len(c.Names) == 2 },
		},
		"unique identifiers": {
			change: func(p *parts) { p.uniqueIDs = unhex("81020001 82020002") },
			check:  func(c *certscan.Certificate) bool { return len(c.Names) == 2 },
		},
	})
}

func TestUsages(t *testing.T) {
	checkFields(t, map[string]fieldTest{
		"SCT list": {
			change: func(p *parts) { p.extensions = append(p.extensions, sctList) },
			check: func(c *certscan.Certificate) bool {
				return bytes.HasSuffix(c.SCTList, []byte("nobody looks")) && !c.Poison
			},
		},
		"CA without keyUsage, TRUE written as 1": {
			change: func(p *parts) { p.extensions = append(p.extensions, extension(oidBC, unhex("3003 010101"))) },
			check:  func(c *certscan.Certificate) bool { return c.CA && !c.CertSign },
		},
		"CA FALSE written out, with a path length": {
			change: func(p *parts) { p.extensions = append(p.extensions, extension(oidBC, unhex("3006 010100 020103"))) },
			check:  func(c *certscan.Certificate) bool { return !c.CA },
		},
		"keyCertSign among unused bits": {
			change: func(p *parts) { p.extensions = append(p.extensions, extension(oidKU, unhex("0302 0204"))) },
			check:  func(c *certscan.Certificate) bool { return c.CertSign && !c.CA },
		},
		"the key purpose of precertificates after another": {
			change: func(p *parts) {
				p.extensions = append(p.extensions,
					extension(oidEKU, tlv(0x30, tlv(0x06, unhex("2b06010505070301")), tlv(0x06, oidPrecertEKU))))
			},
			check: func(c *certscan.Certificate) bool { return c.PrecertSigner },
		},
	})
}
