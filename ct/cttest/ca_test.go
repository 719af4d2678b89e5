package cttest_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"net/netip"
	"testing"

	ctgo "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"
	ctx509 "github.com/google/certificate-transparency-go/x509"
	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/certscan"
	"pinwatch/ct/cttest"
)

func TestIssueIsReadByStrictParsers(t *testing.T) {
	root := cttest.NewRoot("Root", "seed")
	ca := root.Intermediate("CA", "seed")
	for _, test := range []struct {
		name     string
		ca       *cttest.CA
		template cttest.Template
	}{
		{"plain", ca, cttest.Template{CN: "a.example", Names: []string{"a.example", "*.a.example"}}},
		{"IP only", ca, cttest.Template{IPs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}},
		{"RSA leaf", ca, cttest.Template{Names: []string{"b.example"}, SPKI: cttest.StrangerRSA("b", 2048)}},
		{"bare", ca, cttest.Template{Names: []string{"b.example"}, Bare: true, Padding: 300}},
		{"from the root", root, cttest.Template{Names: []string{"c.example"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			issuance := test.ca.Issue(test.template)
			issuer, err := x509.ParseCertificate(test.ca.DER)
			if err != nil {
				t.Fatal(err)
			}
			for _, der := range [][]byte{issuance.Precert, issuance.Final} {
				cert, err := x509.ParseCertificate(der)
				if err != nil {
					t.Fatal(err)
				}
				if err := cert.CheckSignatureFrom(issuer); err != nil {
					t.Error(err)
				}
				if !cmp.Equal(cert.DNSNames, test.template.Names) {
					t.Errorf("names %v, want %v", cert.DNSNames, test.template.Names)
				}
				if !bytes.Equal(cert.RawSubjectPublicKeyInfo, issuance.SPKI) {
					t.Error("another SPKI")
				}
			}
			if issuance.IssuerKeyHash != sha256.Sum256(issuer.RawSubjectPublicKeyInfo) {
				t.Error("the issuer key hash is not the hash of the issuer's key")
			}
		})
	}
}

// TestIssueTBS compares the log entry with what certificate-transparency-go makes of both forms.
func TestIssueTBS(t *testing.T) {
	ca := cttest.NewRoot("Root", "seed").Intermediate("CA", "seed")
	for _, test := range []struct {
		name     string
		template cttest.Template
	}{
		{"direct", cttest.Template{Names: []string{"a.example"}}},
		{"bare", cttest.Template{Names: []string{"a.example"}, Bare: true}},
		{"precertificate signing certificate", cttest.Template{
			Names: []string{"a.example"}, PrecertSigner: ca.PrecertSigner("Precert Signer", "seed"),
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			issuance := ca.Issue(test.template)
			var chain []*ctx509.Certificate
			for _, der := range append([][]byte{issuance.Precert}, issuance.PrecertChain...) {
				cert, err := ctx509.ParseCertificate(der)
				if err != nil && ctx509.IsFatal(err) {
					t.Fatal(err)
				}
				chain = append(chain, cert)
			}
			leaf, err := ctgo.MerkleTreeLeafFromChain(chain, ctgo.PrecertLogEntryType, 0)
			if err != nil {
				t.Fatal(err)
			}
			entry := leaf.TimestampedEntry.PrecertEntry
			if !bytes.Equal(entry.TBSCertificate, issuance.TBS) || entry.IssuerKeyHash != issuance.IssuerKeyHash {
				t.Error("a log makes another entry of the precertificate")
			}
			final, err := ctx509.ParseCertificate(issuance.Final)
			if err != nil {
				t.Fatal(err)
			}
			tbs, err := ctx509.RemoveSCTList(final.RawTBSCertificate)
			if err != nil || !bytes.Equal(tbs, issuance.TBS) {
				t.Errorf("the final certificate without its SCT list is another TBSCertificate (%v)", err)
			}
			var list ctx509.SignedCertificateTimestampList
			if rest, err := tls.Unmarshal(final.RawSCT, &list); err != nil || len(rest) > 0 || len(list.SCTList) != 2 {
				t.Errorf("SCT list of %d, %d bytes left, %v", len(list.SCTList), len(rest), err)
			}
		})
	}
}

func TestDeterminism(t *testing.T) {
	issue := func() *cttest.Issuance {
		ca := cttest.NewRoot("Root", "seed").IntermediateWith("RSA CA", cttest.NewRSAKey("seed"))
		return ca.Issue(cttest.Template{Names: []string{"a.example"}, Padding: 10})
	}
	first := issue()
	if diff := cmp.Diff(first, issue()); diff != "" {
		t.Error(diff)
	}
	if _, err := x509.ParseCertificate(first.Chain[0]); err != nil {
		t.Error(err)
	}
	// What it was when this test was written. Where it changes, all that was ever generated does.
	const want = "999f487e658d9a7220b726cb06a2fddd73a5fa5e459a82b3a14596036a805fde"
	if got := fmt.Sprintf("%x", sha256.Sum256(first.Final)); got != want {
		t.Errorf("SHA-256 of the certificate is %s, want %s", got, want)
	}
}

// TestIdentity holds the entry, the certificate and the precertificate to one identity, as certscan finds it.
func TestIdentity(t *testing.T) {
	ca := cttest.NewRoot("Root", "seed").Intermediate("CA", "seed")
	for name, template := range map[string]cttest.Template{
		"plain":    {Names: []string{"a.example"}},
		"bare":     {Names: []string{"a.example"}, Bare: true},
		"nameless": {Bare: true}, // no extension is left
		"large":    {Names: []string{"a.example"}, Padding: 70000},
	} {
		issuance := ca.Issue(template)
		var scanner certscan.Scanner
		for form, got := range map[string][32]byte{
			"entry":          scanner.TBS(issuance.TBS).Identity(),
			"certificate":    scanner.Certificate(issuance.Final).Identity(),
			"precertificate": scanner.Certificate(issuance.Precert).Identity(),
		} {
			if got != issuance.Identity() {
				t.Errorf("%s: the %s has another identity", name, form)
			}
		}
	}
}
