package cli

import (
	"encoding/base64"
	"testing"

	"pinwatch/ct/cttest"
)

// FuzzCertificatesIn: any file either holds certificates, which have bytes, or is an error that names it.
func FuzzCertificatesIn(f *testing.F) {
	der := cttest.NewRoot("CA", "f").DER
	f.Add(der)
	f.Add(pemFile(der, der))
	f.Add(pemFile(nil))
	f.Add([]byte(base64.StdEncoding.EncodeToString(der)))
	f.Add([]byte("MA==\n"))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMIIB\n"))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		certs, err := certificatesIn("file", data)
		if (err == nil) != (len(certs) > 0) {
			t.Errorf("%d certificates, error %v", len(certs), err)
		}
		for _, c := range certs {
			if c.place == "" || c.form != formPEM && len(c.der) == 0 {
				t.Errorf("%+v", c)
			}
		}
	})
}
