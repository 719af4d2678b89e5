package cttest_test

import (
	"crypto/x509"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/certscan"
	"pinwatch/ct/cttest"
)

func TestOdd(t *testing.T) {
	ca := cttest.NewRoot("Root", "seed").Intermediate("CA", "seed")
	var scanner certscan.Scanner
	for _, odd := range ca.Odd("www.example.com") {
		t.Run(odd.What, func(t *testing.T) {
			if _, err := x509.ParseCertificate(odd.Certificate); err == nil {
				t.Error("crypto/x509 reads it")
			}
			var names []string
			for _, name := range scanner.Certificate(odd.Certificate).Names {
				if name.Kind == certscan.DNSName || name.Kind == certscan.CommonName {
					names = append(names, string(name.Value))
				}
			}
			if diff := cmp.Diff(odd.Names, names); diff != "" {
				t.Error(diff)
			}
		})
	}
}
