package pinfile

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"pinwatch/matcher"
)

// The keys of leaf.der and of chain.pem, as openssl hashes them.
const (
	leafPin = "sha256/yDEu5OC5KIwZ8PWIO+InZY3nU0NUJRELSH3BFUYEXy4="
	rootPin = "sha256/hUGRbxeYm6xxRiYatI5Av7b1yXablKsJMxU5iYW41Yk="
)

// one reads a file that must have one entry with one pin.
func one(t *testing.T, name string, data []byte) (Entry, string) {
	t.Helper()
	set, err := Read(name, data, testOptions())
	if err != nil || set.Err() != nil || len(set.Entries) != 1 || len(set.Entries[0].Pins) != 1 {
		t.Fatalf("%s: %v, %+v", name, err, set)
	}
	return set.Entries[0], set.Entries[0].Pins[0].String()
}

func TestTrustStore(t *testing.T) {
	block, _ := pem.Decode(testFile(t, "chain.pem"))
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	data, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{root}, "pinwatch")
	if err != nil {
		t.Fatal(err)
	}
	if e, pin := one(t, "trust.p12", data); pin != rootPin || e.Dimension != Chain || !e.CA {
		t.Errorf("trust store: %s, %+v", pin, e)
	}
}

func TestTrustedCertificate(t *testing.T) {
	der := append(testFile(t, "leaf.der"), 0x30, 0x00) // what openssl puts behind a certificate: its trust settings
	data := pem.EncodeToMemory(&pem.Block{Type: "TRUSTED CERTIFICATE", Bytes: der})
	if e, pin := one(t, "trusted.pem", data); pin != leafPin || e.Dimension != Keys {
		t.Errorf("trusted certificate: %s, %+v", pin, e)
	}
}

// TestSelfIssued takes a certificate of version 1 with its own subject for its issuer, an old root, for that of a CA.
func TestSelfIssued(t *testing.T) {
	der := testFile(t, "leaf.der")
	issuer, subject := []byte("Example Root"), []byte("www.example.com")
	i := bytes.Index(der, issuer) - 2 // the UTF8String
	j := bytes.Index(der, subject) - 2
	// Make the subject that of the issuer: RDNSequence, RDN and attribute are shorter by the difference of the two texts.
	d := byte(len(subject) - len(issuer))
	name := append([]byte{}, der[i-11:i+2+len(issuer)]...)
	out := append(append(append([]byte{}, der[:j-11]...), name...), der[j+2+len(subject):]...)
	out[3] -= d // the certificate, of less than 512 bytes
	out[6] -= d // the TBSCertificate, of less than 256
	if e, pin := one(t, "root.der", out); pin != leafPin || e.Dimension != Chain || !e.CA {
		t.Errorf("self-issued: %s, %+v", pin, e)
	}
}

func TestByteOrderMarks(t *testing.T) {
	const text = "www.example.com " + leafPin + "\n"
	wide := func(order func(c byte) []byte) []byte {
		var out []byte
		for i := range len(text) {
			out = append(out, order(text[i])...)
		}
		return out
	}
	for name, data := range map[string][]byte{
		"utf-8":     []byte("\xef\xbb\xbf" + text),
		"utf-16 le": append([]byte("\xff\xfe"), wide(func(c byte) []byte { return []byte{c, 0} })...),
		"utf-16 be": append([]byte("\xfe\xff"), wide(func(c byte) []byte { return []byte{0, c} })...),
		"crlf":      []byte(strings.ReplaceAll(text, "\n", "\r\n")),
	} {
		if e, pin := one(t, name, data); pin != leafPin || e.Host != "www.example.com" {
			t.Errorf("%s: %s, %+v", name, pin, e)
		}
	}
}

func TestRecordWithoutOwner(t *testing.T) {
	for _, line := range []string{"IN TLSA 3 1 1 ", "TLSA 3 1 1 "} {
		set, err := Read("zone", fmt.Appendf(nil, "%s%x\n", line, pinsNamed("A")[0].SPKI), Options{})
		if err != nil || set.Err() != nil || set.Entries[0].Host != "" || len(set.Entries[0].Pins) != 1 {
			t.Errorf("%q: %v, %+v", line, err, set)
		}
	}
}

func TestKeyWithCertificate(t *testing.T) {
	block, _ := pem.Decode(testFile(t, "ed25519.pub.pem"))
	x := base64.RawURLEncoding.EncodeToString(block.Bytes[len(block.Bytes)-32:])
	const jwk = `{"kty": "OKP", "crv": "Ed25519", "x": "%s"%s}`
	if _, pin := one(t, "key.jwk", fmt.Appendf(nil, jwk, x, "")); pin != "sha256/PO5a0dHnDnctGKgQhCI1SObPn9ARtk7bm0+MgmEtK+s=" {
		t.Errorf("one key: %s", pin)
	}
	set, err := Read("key.jwk", fmt.Appendf(nil, jwk, x, `, "x5c": ["!"]`), Options{})
	if err != nil || set.Err() == nil || len(set.Entries) != 0 {
		t.Errorf("a key with a broken certificate: %v, %+v", err, set)
	}
}

func TestLabels(t *testing.T) {
	tests := []struct{ in, label, comment string }{
		{"ISRG Root X1", "ISRG Root X1", "ISRG Root X1"},
		{" two\nlines\x1b[2J ", "two lines [2J", "two lines [2J"},
		{"a---b", "a---b", "a-b"},
		{strings.Repeat("é ", 100), strings.TrimSpace(strings.Repeat("é ", 40)), strings.TrimSpace(strings.Repeat("é ", 40))},
	}
	for _, tt := range tests {
		if got := label(tt.in); got != tt.label {
			t.Errorf("label(%q) = %q, want %q", tt.in, got, tt.label)
		}
		if got := comment(tt.in); got != tt.comment {
			t.Errorf("comment(%q) = %q, want %q", tt.in, got, tt.comment)
		}
	}
}

// TestWatchesOfAddresses makes watches of a range, and entries of them again.
func TestWatchesOfAddresses(t *testing.T) {
	in := []Entry{
		{Host: "192.0.2.0/24", Scope: matcher.Exact, Dimension: Keys, Pins: pinsNamed("A")},
		{Host: "192.0.2.0/24", Scope: matcher.Exact, Dimension: Issuers, Pins: pinsNamed("B")},
		{Host: "2001:db8::1", Scope: matcher.Exact, Dimension: Keys, Pins: pinsNamed("C")},
		{Dimension: Keys, Pins: pinsNamed("D")},
	}
	watches := Watches(in)
	if _, err := matcher.New(watches); err != nil || len(watches) != 2 || len(watches[0].Issuers) != 1 {
		t.Fatalf("watches: %v, %+v", err, watches)
	}
	if out := FromWatches(watches); len(out) != 3 || out[0].Host != "192.0.2.0/24" || out[2].Host != "2001:db8::1" {
		t.Errorf("entries: %+v", out)
	}
}

// TestLoadBoundsDirectories refuses a directory with too many files before reading any.
func TestLoadBoundsDirectories(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 10,001 files")
	}
	dir := t.TempDir()
	for i := range maxFiles + 1 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.pem", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(dir, Options{}); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a directory of %d files: %v", maxFiles+1, err)
	}
}

// TestFilesOfThatName: a file whose name ends in .pins is Chromium's if it begins with the name of a key.
func TestFilesOfThatName(t *testing.T) {
	for text, want := range map[string]Format{
		"# ours\n\n" + leafPin + " web servers\n":      Lines,
		"www.example.com " + leafPin + "\n":            OkHttp,
		string(testFile(t, "rsa.pub.pem")):             PEM,
		"# Copyright\n\nExampleKey\n" + leafPin + "\n": Chromium,
	} {
		set, err := Read("app.pins", []byte(text), Options{})
		if err != nil || set.Err() != nil || set.Format != want {
			t.Errorf("%q: %v, %+v, want %s", text, err, set, want)
		}
	}
}
