// Package trust makes the TLS configuration of receivers from PEM: whom we trust, and who we are.
package trust

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// TLS is a configuration for clients, TLS 1.2 at least. ca holds the certificates in PEM that alone are trusted; empty
// for those of the system. cert and key, in PEM, identify us to a server that asks; both or none. Errors show nothing of
// the key.
func TLS(ca, cert, key []byte) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(ca) > 0 {
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(ca) {
			return nil, errors.New("ca: no certificate in PEM")
		}
	}
	switch {
	case len(cert) > 0 && len(key) > 0:
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("client certificate: %w", err)
		}
		t.Certificates = []tls.Certificate{pair}
	case len(cert) > 0:
		return nil, errors.New("client certificate: its key is missing")
	case len(key) > 0:
		return nil, errors.New("client key: its certificate is missing")
	}
	return t, nil
}
