package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
)

func TestTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})

	c, err := TLS(cert, cert, private)
	if err != nil || c.RootCAs == nil || len(c.Certificates) != 1 || c.InsecureSkipVerify {
		t.Errorf("whole: %+v, %v", c, err)
	}
	if c, err := TLS(nil, nil, nil); err != nil || c.RootCAs != nil || c.Certificates != nil {
		t.Errorf("empty: %+v, %v", c, err)
	}
	for _, tt := range []struct {
		name          string
		ca, cert, key []byte
		want          string
	}{
		{"no PEM", []byte("SECRET"), nil, nil, "ca: no certificate"},
		{"no key", nil, cert, nil, "its key is missing"},
		{"no certificate", nil, nil, private, "its certificate is missing"},
		{"wrong way round", nil, private, cert, "client certificate: "},
	} {
		if _, err := TLS(tt.ca, tt.cert, tt.key); err == nil || !strings.Contains(err.Error(), tt.want) ||
			strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
