package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// keyring is a key in every form in which pins hash reads one.
type keyring struct {
	testing.TB
	key  crypto.Signer
	cert []byte // DER
	ca   []byte // DER, of another key
	dir  string
}

func newKeyring(t testing.TB, key crypto.Signer) *keyring {
	t.Helper()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(name string, pub any, ca bool) []byte {
		t.Helper()
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IsCA: ca, BasicConstraintsValid: ca,
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, pub, caKey)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	return &keyring{
		TB: t, key: key, cert: issue("www.example.com", key.Public(), false), ca: issue("CA", caKey.Public(), true), dir: t.TempDir(),
	}
}

func (k *keyring) pin() string { return pinOf(k, k.key.Public()) }

func pinOf(t testing.TB, public any) string {
	t.Helper()
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(spki)
	return "sha256/" + base64.StdEncoding.EncodeToString(sum[:])
}

// files writes the key in many forms, and says which pins each file has.
func (k *keyring) files() map[string][]string {
	k.Helper()
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "new"}}, k.key)
	if err != nil {
		k.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k.key)
	if err != nil {
		k.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(k.key.Public())
	if err != nil {
		k.Fatal(err)
	}
	caCert, err := x509.ParseCertificate(k.ca)
	if err != nil {
		k.Fatal(err)
	}
	ca := pinOf(k, caCert.PublicKey)
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	out := map[string][]string{}
	write := func(name, data string, pins ...string) {
		if err := os.WriteFile(filepath.Join(k.dir, name), []byte(data), 0o600); err != nil {
			k.Fatal(err)
		}
		out[name] = pins
	}
	write("cert.pem", block("CERTIFICATE", k.cert), k.pin())
	write("cert.der", string(k.cert), k.pin())
	write("a chain's.pem", "# chain\n"+block("CERTIFICATE", k.cert)+block("CERTIFICATE", k.ca), k.pin(), ca)
	write("ca.pem", block("CERTIFICATE", k.ca), ca)
	write("new.csr", block("CERTIFICATE REQUEST", request), k.pin())
	write("csr.der", string(request), k.pin())
	write("public.pem", block("PUBLIC KEY", public), k.pin())
	write("public.der", string(public), k.pin())
	write("private.pem", block("PRIVATE KEY", private), k.pin())
	write("private.der", string(private), k.pin())
	switch key := k.key.(type) {
	case *rsa.PrivateKey:
		write("rsa.pem", block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), k.pin())
		write("rsapub.pem", block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&key.PublicKey)), k.pin())
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			k.Fatal(err)
		}
		const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
		write("ec.pem", parameters+block("EC PRIVATE KEY", der), k.pin())
	}
	return out
}

// hash runs pins hash and gives the pins on stdout and the commands on stderr.
func hash(t testing.TB, args ...string) (code int, pins, commands []string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Run(append([]string{"pinwatch", "pins", "hash"}, args...), strings.NewReader(""), &stdout, &stderr)
	for line := range strings.Lines(stdout.String()) {
		pins = append(pins, strings.Fields(line)[0])
	}
	for line := range strings.Lines(stderr.String()) {
		commands = append(commands, strings.TrimSpace(line))
	}
	return code, pins, commands
}

// TestHashAgreesWithOpenSSL hashes keys of all kinds in all forms, and runs the commands that it prints.
func TestHashAgreesWithOpenSSL(t *testing.T) {
	_, err := exec.LookPath("openssl")
	installed := err == nil
	if !installed {
		t.Log("openssl is not installed: its answers are not compared")
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"RSA": rsaKey, "EC": ecKey, "Ed25519": edKey} {
		k := newKeyring(t, key)
		for file, want := range k.files() {
			path := filepath.Join(k.dir, file)
			code, got, commands := hash(t, path)
			if diff := cmp.Diff(want, got); diff != "" || code != 0 || len(commands) != len(want) {
				t.Errorf("%s, %s: exit code %d, %q (-want +got):\n%s", name, file, code, commands, diff)
				continue
			}
			for i := range commands {
				if installed {
					askOpenSSL(t, commands[i], want[i])
				}
			}
		}
	}
}

// askOpenSSL runs a command that must print a pin.
func askOpenSSL(t *testing.T, command, pin string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", command).Output()
	if got := "sha256/" + strings.TrimSpace(string(out)); err != nil || got != pin {
		t.Errorf("%s\nprints %s (%v), not %s", command, got, err, pin)
	}
}

// serve answers TLS handshakes on a port of this machine, until the test ends.
func serve(t *testing.T, k *keyring) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{k.cert, k.ca}, PrivateKey: k.key}}, MinVersion: tls.VersionTLS12,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(io.Discard, conn)
			}()
		}
	}()
	return l.Addr().String()
}

func TestHashServer(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k := newKeyring(t, key)
	address := serve(t, k)
	caCert, err := x509.ParseCertificate(k.ca)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{k.pin(), pinOf(t, caCert.PublicKey)}
	code, got, commands := hash(t, address)
	if diff := cmp.Diff(want, got); diff != "" || code != 0 {
		t.Fatalf("exit code %d, %q (-want +got):\n%s", code, commands, diff)
	}
	if _, err := exec.LookPath("openssl"); err == nil {
		for i := range commands {
			askOpenSSL(t, commands[i], want[i])
		}
	}
}

// TestHashServerThatSaysNothing: a server that does not answer costs no more than the time it is given.
func TestHashServerThatSaysNothing(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	code, pins, said := hash(t, "--timeout", "50ms", l.Addr().String())
	if code != codeFailed || len(pins) > 0 || !strings.Contains(said[0], "ask "+l.Addr().String()+" for its certificate") {
		t.Errorf("exit code %d, %q, %q", code, pins, said)
	}
}

// TestHashServerThatTalksWithoutEnd: neither does one that sends something else for ever.
func TestHashServerThatTalksWithoutEnd(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for w := bufio.NewWriter(conn); err == nil; {
			_, err = w.WriteString("220 mail.example.com ESMTP\r\n")
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := hashServer(ctx, "127.0.0.1", l.Addr().(*net.TCPAddr).AddrPort().String()[len("127.0.0.1:"):]); err == nil || ctx.Err() != nil {
		t.Errorf("error %v, context %v", err, ctx.Err())
	}
}

func TestHashNothing(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"nosuch.pem"},
		{"nosuch:0"},
		{"nosuch:99999"},
		{"--timeout", "0s", "x:443"},
		{"pins.go"},
		{"--password-env", "NO_SUCH_VARIABLE", "../matcher/pinfile/testdata/modern.p12"},
	} {
		if code, pins, said := hash(t, args...); code != codeUsage || len(pins) > 0 || len(said) == 0 {
			t.Errorf("%q: exit code %d, %q, %q", args, code, pins, said)
		}
	}
	t.Setenv("P12_PASSWORD", "pinwatch")
	if code, pins, said := hash(t, "--password-env", "P12_PASSWORD", "../matcher/pinfile/testdata/modern.p12"); code != 0 || len(pins) != 1 {
		t.Errorf("PKCS#12: exit code %d, %q, %q", code, pins, said)
	}
}
