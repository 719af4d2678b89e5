package house

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"pinwatch/matcher"
)

// TestReadmePinCommand runs the openssl line of README.md: what it prints must be the pin.
func TestReadmePinCommand(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^    openssl x509 (?:.|\n )+? base64$`).Find(text)
	if line == nil {
		t.Fatal("README.md has no openssl line")
	}
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("there is no openssl here to run the line with")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(filepath.Join(dir, "cert.pem"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	printed, _ := shell(t, dir, string(line))
	pin, err := matcher.ParsePin(printed)
	if err != nil {
		t.Fatalf("%s\nprints %q: %v", line, printed, err)
	}
	if want := sha256.Sum256(cert.RawSubjectPublicKeyInfo); pin != want {
		t.Errorf("%s\nprints %x, the pin is %x", line, pin, want)
	}
}
