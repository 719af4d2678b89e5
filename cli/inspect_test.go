package cli

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/cttest"
)

// inspectFiles runs inspect on files in a new directory.
func inspectFiles(t *testing.T, files map[string][]byte, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, data := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, talk strings.Builder
	code = Run(append([]string{"pinwatch", "inspect"}, args...), bytes.NewReader(files["-"]), &out, &talk)
	return out.String(), talk.String(), code
}

func pemFile(ders ...[]byte) []byte {
	var out []byte
	for _, der := range ders {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return out
}

// TestInspectNames: however a name is hidden, its text cannot deceive, and its octets are shown.
func TestInspectNames(t *testing.T) {
	cn := asn1.ObjectIdentifier{2, 5, 4, 3}
	iss := cttest.NewRoot("CA", "i").Issue(cttest.Template{
		Key: "inspected", Serial: []byte{1},
		Subject: []cttest.Attribute{
			{Type: cn, Tag: asn1.TagBMPString, Value: []byte("\x00b\x00\xfc\x00.\x00d\x00e")},
			{Type: cn, Tag: asn1.TagT61String, Value: []byte("\xfc.de")},
			{Type: cn, Tag: asn1.TagUTF8String, Value: []byte(" www.example.com\x1b[2J")},
		},
		Names:  []string{"www.example.com\x00.evil.example", "a\xff.example"},
		Emails: []string{"ann@example.com"},
		URIs:   []string{"https://example.com/"},
		Extensions: []cttest.Extension{ // basicConstraints with cA TRUE
			{ID: asn1.ObjectIdentifier{2, 5, 29, 19}, Value: []byte{0x30, 3, 1, 1, 0xff}},
		},
		Bare: true,
	})
	stdout, _, code := inspectFiles(t, map[string][]byte{"odd.der": iss.Final}, "odd.der", "-d", "example.com")
	if code != codeDone {
		t.Errorf("exit code %d", code)
	}
	shown, _, found := strings.Cut(stdout, "    subject")
	want := `odd.der: CA certificate, read as DER
    names    xn--b-eha.de (bü.de) (commonName, BMPString)
             \xfc.de (commonName, TeletexString), octets fc2e6465
             xn--tda.de (ü.de) (commonName, TeletexString), octets c3bc2e6465
              www.example.com\u{1b}[2J (commonName, UTF8String), octets 207777772e6578616d706c652e636f6d1b5b324a
             www.example.com\u{0}.evil.example (dNSName, IA5String), octets 7777772e6578616d706c652e636f6d002e6576696c2e6578616d706c65
             a\xff.example (dNSName, IA5String), octets 61ff2e6578616d706c65
             ann@example.com (rfc822Name, IA5String)
             https://example.com/ (uniformResourceIdentifier, IA5String)
`
	if diff := cmp.Diff(want, shown); diff != "" || !found {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	for _, line := range []string{
		"    ct       has a list of SCTs: logged before it was issued\n",
		"    ca       CA:TRUE in a certificate for host names: who has its key can issue certificates for any name\n",
		"www.example.com\\u{0}.evil.example (dNSName: nul_prefix)\n",
	} {
		if !strings.Contains(stdout, line) {
			t.Errorf("%q is missing in\n%s", line, stdout)
		}
	}
}

// TestInspectForms: a certificate is the same in every form, and a chain is one however it comes.
func TestInspectForms(t *testing.T) {
	ca := cttest.NewRoot("Root", "i").Intermediate("CA", "i")
	iss := ca.Issue(cttest.Template{Names: []string{"www.example.com"}, Key: "inspected", PrecertSigner: ca.PrecertSigner("Signer", "i")})
	packed := []byte(base64.StdEncoding.EncodeToString(iss.Final))
	folded := append(bytes.Join([][]byte{packed[:64], packed[64:128], packed[128:]}, []byte("\r\n")), '\n')
	full := pemFile(append([][]byte{iss.Final}, iss.Chain...)...)
	precert := pemFile(append([][]byte{iss.Precert}, iss.PrecertChain...)...)
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("secret")})
	tests := map[string]struct {
		files map[string][]byte
		args  []string
		lines int
		form  string
	}{
		"PEM":           {map[string][]byte{"a": pemFile(iss.Final)}, []string{"a"}, 1, "PEM"},
		"DER":           {map[string][]byte{"a": iss.Final}, []string{"a"}, 1, "DER"},
		"base64":        {map[string][]byte{"a": packed}, []string{"a"}, 1, "base64"},
		"folded base64": {map[string][]byte{"a": folded}, []string{"a"}, 1, "base64"},
		"stdin":         {map[string][]byte{"-": iss.Final}, []string{"-"}, 1, "DER"},
		"chain":         {map[string][]byte{"a": full}, []string{"a"}, 3, "PEM"},
		"key and chain": {map[string][]byte{"a": append(key, full...)}, []string{"a"}, 3, "PEM"},
		"directory": {
			map[string][]byte{"d/cert.pem": pemFile(iss.Final), "d/e/chain.pem": pemFile(iss.Chain...), "d/README": []byte("Text"), "d/key.pem": key},
			[]string{"d"},
			3, "PEM",
		},
		"precertificate": {map[string][]byte{"a": precert}, []string{"a"}, 4, "PEM"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := inspectFiles(t, tt.files, append(tt.args, "--json", "-d", "example.com")...)
			if code != codeDone || strings.Count(stdout, "\n") != tt.lines {
				t.Fatalf("exit code %d, %d lines\n%s", code, strings.Count(stdout, "\n"), stderr)
			}
			var got inspectionJSON
			got.verdictJSON = &verdictJSON{}
			if err := json.NewDecoder(strings.NewReader(stdout)).Decode(&got); err != nil {
				t.Fatal(err)
			}
			identity, issuer := iss.Identity(), iss.IssuerKeyHash
			if got.Form != tt.form || got.TBSSHA256 != hex.EncodeToString(identity[:]) || got.Verdict != "unpinned" || got.Watch != "example.com" {
				t.Errorf("%+v %+v", got, got.verdictJSON)
			}
			chained := got.IssuerSPKISHA256 != nil && *got.IssuerSPKISHA256 == base64.StdEncoding.EncodeToString(issuer[:])
			if chained != (tt.lines > 1) || got.Precertificate != (name == "precertificate") || got.PrecertSigner != got.Precertificate {
				t.Errorf("issuer %v, precertificate %v, by a signer %v", got.IssuerSPKISHA256, got.Precertificate, got.PrecertSigner)
			}
		})
	}
}

// TestInspectWorst: of several watches a line shows the one with the worst verdict, and has them all.
func TestInspectWorst(t *testing.T) {
	iss := cttest.NewRoot("CA", "i").Issue(cttest.Template{Names: []string{"www.example.com", "www.example.net"}, Key: "inspected"})
	other := cttest.NewKey("other").Hash()
	config := []byte("logs: {list: ''}\nwatch:\n  - name: example.net\n  - name: example.com\n    keys: [sha256/" +
		base64.StdEncoding.EncodeToString(other[:]) + "]\n")
	stdout, stderr, code := inspectFiles(t, map[string][]byte{"a.der": iss.Final, "pinwatch.yaml": config}, "a.der", "--json")
	var got inspectionJSON
	got.verdictJSON = &verdictJSON{}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if code != codeFindings || got.Watch != "example.com" || got.Verdict != "unexpected" || len(got.Verdicts) != 2 || len(got.Explanation) != 1 {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}

// endless is a file without an end.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestInspectIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 64 MB")
	}
	var talk strings.Builder
	if code := Run([]string{"pinwatch", "inspect", "-"}, endless{}, io.Discard, &talk); code != codeFailed {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(talk.String(), "error: stdin: more than 67108864 bytes") {
		t.Errorf("told %q", talk.String())
	}
}
