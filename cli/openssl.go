package cli

import (
	"crypto/x509"
	"fmt"
	"net"
	"strings"
)

// The end of every openssl command that makes a pin: the SubjectPublicKeyInfo in DER, hashed, in base64.
const (
	opensslHash = " -outform DER | openssl dgst -sha256 -binary | base64"
	opensslKey  = " | openssl pkey -pubin" + opensslHash
)

// opensslFile is how openssl gets the pin of a file that is no PEM.
func opensslFile(name string, data []byte) string {
	in := inFile(name)
	switch {
	case publicPart(data) != nil:
		return "openssl pkey -inform DER" + in + " -pubout" + opensslHash
	case parses(x509.ParseCertificateRequest(data)):
		return "openssl req -inform DER" + in + " -noout -pubkey" + opensslKey
	case parses(x509.ParsePKIXPublicKey(data)):
		return "openssl pkey -pubin -inform DER" + in + " -pubout" + opensslHash
	case len(data) > 0 && data[0] == '{', len(data) > 0 && data[0] == '[': // JWKS
		return "openssl cannot read this format"
	}
	return "openssl x509 -inform DER" + in + " -noout -pubkey" + opensslKey
}

// opensslPKCS12 is how openssl gets the pins of a PKCS#12 file, of which there are so many. A certificate without its key is
// no "client certificate" to it.
func opensslPKCS12(name string, pins int, chain bool) string {
	const ofOne = " | openssl x509 -noout -pubkey" + opensslKey
	list := "openssl pkcs12" + inFile(name) + " -nokeys"
	switch {
	case pins > 1:
		return list + " prints the certificates; the pin of each: openssl x509 -noout -pubkey" + opensslKey
	case chain:
		return list + " -clcerts" + ofOne
	}
	return list + ofOne
}

func parses[T any](_ T, err error) bool { return err == nil }

// opensslBlock is how openssl gets the pin of a PEM block of a file; nth is which of its certificates it is, from 1.
func opensslBlock(name, kind string, nth int) string {
	in := inFile(name)
	switch {
	case strings.HasSuffix(kind, "CERTIFICATE REQUEST"):
		return "openssl req" + in + " -noout -pubkey" + opensslKey
	case strings.HasSuffix(kind, "PRIVATE KEY"):
		return "openssl pkey" + in + " -pubout" + opensslHash
	case kind == "RSA PUBLIC KEY":
		return "openssl rsa -RSAPublicKey_in" + in + " -pubout" + opensslHash
	case strings.HasSuffix(kind, "PUBLIC KEY"):
		return "openssl pkey -pubin" + in + " -pubout" + opensslHash
	case nth > 1:
		return nthCertificate(nth, shellWord(name)) + " | openssl x509 -noout -pubkey" + opensslKey
	}
	return "openssl x509" + in + " -noout -pubkey" + opensslKey
}

// opensslServer is how openssl gets the pin of the nth certificate that a server shows, from 1.
func opensslServer(host, port string, nth int) string {
	name := ""
	if net.ParseIP(host) == nil {
		name = " -servername " + shellWord(host)
	}
	out := "openssl s_client -connect " + shellWord(net.JoinHostPort(host, port)) + name + " -showcerts </dev/null 2>/dev/null | "
	return out + nthCertificate(nth, "") + " | openssl x509 -noout -pubkey" + opensslKey
}

// nthCertificate cuts a certificate out of a file, or of what is piped in.
func nthCertificate(n int, file string) string {
	return strings.TrimRight(fmt.Sprintf("awk '/BEGIN CERTIFICATE/{n++} n==%d' %s", n, file), " ")
}

func inFile(name string) string {
	if name == "stdin" {
		return ""
	}
	return " -in " + shellWord(name)
}

// shellWord writes s so that a shell takes it for one word.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
