package certscan_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	ctx509 "github.com/google/certificate-transparency-go/x509"

	"pinwatch/ct/certscan"
)

// shared reads the certificates in a file of the shared data.
func shared(t *testing.T, name string) []sample {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(sharedData, name))
	if os.IsNotExist(err) {
		t.Skipf("%s is not there", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	found := samplesOf(name, data)
	if len(found) == 0 {
		t.Fatalf("%s holds no certificate", name)
	}
	return found
}

// logEntry is the TBSCertificate that a log makes of a precertificate, by the code that many logs run; preIssuer is the
// precertificate signing certificate or nil.
func logEntry(t *testing.T, precert sample, preIssuer *sample) []byte {
	t.Helper()
	parse := func(x sample) *ctx509.Certificate {
		c, err := ctx509.ParseCertificate(x.der)
		if ctx509.IsFatal(err) {
			t.Fatal(err)
		}
		return c
	}
	var issuer *ctx509.Certificate
	if preIssuer != nil {
		var s certscan.Scanner
		if issuer = parse(*preIssuer); !s.Certificate(preIssuer.der).PrecertSigner {
			t.Errorf("%s is not seen to be a precertificate signing certificate", preIssuer.file)
		}
	}
	tbs, err := ctx509.BuildPrecertTBS(parse(precert).RawTBSCertificate, issuer)
	if err != nil {
		t.Fatal(err)
	}
	return tbs
}

// TestIdentityOfRealPairs pairs precertificates and final certificates that others made.
func TestIdentityOfRealPairs(t *testing.T) {
	const legacy = "logs/google-ct-legacy-testdata/"
	tests := map[string]struct{ final, precert, preIssuer string }{
		"boulder":      {"certs/boulder/precert/testdata/good/final.pem", "certs/boulder/precert/testdata/good/precert.pem", ""},
		"embedded":     {legacy + "test-embedded-cert.pem", legacy + "test-embedded-pre-cert.pem", ""},
		"intermediate": {legacy + "test-embedded-with-intermediate-cert.pem", legacy + "test-embedded-with-intermediate-pre-cert.pem", ""},
		"PreIssuer": {
			legacy + "test-embedded-with-preca-cert.pem", legacy + "test-embedded-with-preca-pre-cert.pem",
			legacy + "ca-pre-cert.pem",
		},
		"PreIssuer of an intermediate": {
			legacy + "test-embedded-with-intermediate-preca-cert.pem",
			legacy + "test-embedded-with-intermediate-preca-pre-cert.pem", legacy + "intermediate-pre-cert.pem",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			final, precert := shared(t, test.final)[0], shared(t, test.precert)[0]
			var preIssuer *sample
			if test.preIssuer != "" {
				preIssuer = &shared(t, test.preIssuer)[0]
			}
			want := identity(final)
			if got := identity(sample{der: logEntry(t, precert, preIssuer), tbs: true}); got != want {
				t.Errorf("the log's entry is %x, the final certificate %x", got, want)
			}
			if got := identity(precert); (got == want) != (preIssuer == nil) {
				t.Errorf("the precertificate is %x, the final certificate %x", got, want)
			}
			var s certscan.Scanner
			if c := s.Certificate(final.der); c.Poison || c.SCTList == nil {
				t.Error("the final certificate is not seen to be one")
			}
			if c := s.Certificate(precert.der); !c.Poison || c.SCTList != nil {
				t.Error("the precertificate is not seen to be one")
			}
		})
	}
}

// TestIdentityOfRealOthers reads pairs that differ, and TBSCertificates that others computed.
func TestIdentityOfRealOthers(t *testing.T) {
	t.Run("boulder, bad", func(t *testing.T) {
		const dir = "certs/boulder/precert/testdata/bad/"
		if identity(shared(t, dir+"final.pem")[0]) == identity(shared(t, dir+"precert.pem")[0]) {
			t.Error("a final certificate is taken for that of a precertificate to which it does not correspond")
		}
	})
	t.Run("azul, SCTs removed", func(t *testing.T) {
		const dir = "logs/azul-submission-and-precert/sct_validator/tests/"
		golden := shared(t, dir+"golden/cloudflare-tbs-without-sct.der")[0]
		if identity(shared(t, dir+"cloudflare.pem")[0]) != sha256.Sum256(golden.der) {
			t.Error("the identity is not the hash of the TBS without SCTs")
		}
	})
	t.Run("azul, PreIssuer", func(t *testing.T) {
		const dir = "logs/azul-submission-and-precert/static_ct_api/tests/"
		golden, chain := shared(t, dir+"golden/preissuer-precert-tbs.der")[0], shared(t, dir+"preissuer-chain.pem")
		// This TBS has lost its poison and still has the issuer of the precertificate, like the one submitted.
		if identity(chain[0]) != sha256.Sum256(golden.der) {
			t.Error("the identity is not the hash of the TBS without poison")
		}
		if identity(sample{der: logEntry(t, chain[0], &chain[1]), tbs: true}) == sha256.Sum256(golden.der) {
			t.Error("the log's entry cannot have the issuer of the precertificate as submitted")
		}
	})
	t.Run("ct-go, entry", func(t *testing.T) {
		const dir = "logs/ctgo-embedded/root/serialization_test."
		tbs, err := os.ReadFile(filepath.Join(sharedData, dir+"precertTBS.bin"))
		if err != nil {
			t.Skip(err)
		}
		// The constant has its length, 3 octets, in front.
		if identity(shared(t, dir+"precertDER.der")[0]) != identity(sample{der: tbs[3:], tbs: true}) {
			t.Error("the precertificate and its entry are not one issuance")
		}
	})
}
