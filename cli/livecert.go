package cli

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"

	"pinwatch/ct/certscan"
	"pinwatch/matcher"
)

// server takes HOST:PORT apart. It is not ok for anything else.
func server(arg string) (host, port string, ok bool) {
	host, port, err := net.SplitHostPort(arg)
	if err != nil || host == "" {
		return "", "", false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return host, port, err == nil && n > 0
}

// hashServer gives the pins of the certificates that a server shows in a TLS handshake, its own first. They are not
// verified. What a server can make us read is bounded by crypto/tls, and the time by ctx.
func hashServer(ctx context.Context, host, port string) ([]hashed, error) {
	address := net.JoinHostPort(host, port)
	shown, err := certificatesOf(ctx, host, address)
	if err != nil {
		// Not wrapped: an end of the time for this is not one of the time for a scan.
		return nil, fmt.Errorf("ask %s for its certificate: %v", address, err) //nolint:errorlint // see above
	}
	var out []hashed
	var scan certscan.Scanner
	for i, der := range shown {
		cert := scan.Certificate(der)
		if cert.SPKI == nil {
			continue
		}
		pin := matcher.Pin{SPKI: sha256.Sum256(cert.SPKI), Source: address, Label: certscan.NameString(cert.Subject)}
		out = append(out, hashed{pin, opensslServer(host, port, i+1)})
	}
	return out, nil
}

// errSeen ends a handshake when the certificates have been seen.
var errSeen = errors.New("the certificates were seen")

// certificatesOf is what a server shows before anything is verified or sent to it.
func certificatesOf(ctx context.Context, host, address string) ([][]byte, error) {
	var shown [][]byte
	dialer := tls.Dialer{Config: &tls.Config{
		ServerName:         host,
		InsecureSkipVerify: true, //nolint:gosec // the question is which key the server has, not whether it may
		MinVersion:         tls.VersionTLS10,
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error { //nolint:gosec // no session is resumed
			shown = raw
			return errSeen
		},
	}}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err == nil {
		err = conn.Close()
	}
	if shown != nil {
		return shown, nil
	}
	return nil, err
}
