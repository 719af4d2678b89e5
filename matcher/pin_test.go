package matcher

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// aKey is the X25519 key that an app shipped in place of its hash.
const aKey = "MCowBQYDK2VuAyEAq9m6BNi+QtbXyIm/SYmZmJqof1d6xdcv/+obsEHcqSI="

func TestParsePin(t *testing.T) {
	want := sha256.Sum256([]byte("a key"))
	b64 := base64.StdEncoding.EncodeToString(want[:])
	digits := hex.EncodeToString(want[:])
	var pairs []string
	for i := 0; i < len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	for _, s := range []string{
		"sha256/" + b64, "sha256//" + b64, b64, " sha256/" + b64 + "\n",
		digits, strings.ToUpper(digits), strings.Join(pairs, ":"), "sha256/" + digits,
	} {
		got, err := ParsePin(s)
		if err != nil || got != want {
			t.Errorf("%q: %x, %v", s, got, err)
		}
	}
	if got := (Pin{SPKI: want}).String(); got != "sha256/"+b64 {
		t.Errorf("written as %s", got)
	}
}

func TestParsePinMistakes(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString(aKey)
	if err != nil {
		t.Fatal(err)
	}
	key2 := append(append([]byte("!"), key...), key...)
	keyPin := FormatPin(sha256.Sum256(key))
	keyPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: key}))
	secretPEM := string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: []byte("secret")}))
	hash := sha256.Sum256([]byte("key"))
	std := base64.StdEncoding.EncodeToString(hash[:]) // LHDhK3oGRvki...fAhy/jY=: has + and /
	url := base64.URLEncoding.EncodeToString(hash[:])
	digits := hex.EncodeToString(hash[:])
	for _, test := range []struct{ pin, says, hint string }{
		{"", "empty", "sha256/"},
		{strings.Repeat("A", 70000), "70000 characters", "sha256/"},
		{"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "SHA-256 of empty input", "pins hash"},
		{"sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "SHA-256 of empty input", "pins hash"},
		{hashOfNothing, "SHA-256 of empty input", "pins hash"},
		{hashOfNewline, "SHA-256 of an empty line", "pins hash"},
		{"sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "placeholder", "pins hash"},
		{"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "placeholder", "pins hash"},
		{"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=", "placeholder", "pins hash"},
		{"ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFA", "placeholder", "pins hash"},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq=", "placeholder", "pins hash"},
		{strings.Repeat("0", 64), "placeholder", "pins hash"},
		{strings.Repeat("deadbeef", 8), "placeholder", "pins hash"},
		{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "placeholder", "pins hash"},
		{"sha256/YOUR_PIN_HERE", "placeholder", "pins hash"},
		{"sha256/REPLACE_ME", "placeholder", "pins hash"},
		{"<pin>", "placeholder", "pins hash"},
		{"${PIN}", "placeholder", "pins hash"},
		{"sha256/" + aKey, "whole key, not its hash", keyPin},
		{aKey, "whole key, not its hash", keyPin},
		{keyPEM, `whole PEM "PUBLIC KEY"`, keyPin},
		{"-----BEGIN PUBLIC KEY-----", "piece of a PEM file", "pins hash"},
		{secretPEM, "PRIVATE KEY", "consider it public"},
		{"sha1/aOh4+C6GBYTMAPbY2BEy8kFJmOo=", "SHA-1", "pins hash"},
		{"aOh4+C6GBYTMAPbY2BEy8kFJmOo=", "20 bytes, as of SHA-1", "pins hash"},
		{hex.EncodeToString(key[:20]), "20 bytes, as of SHA-1", "pins hash"},
		{"sha512/" + std, "another kind than SHA-256", "pins hash"},
		{hex.EncodeToString(key[:16]), "16 bytes, as of MD5", "pins hash"},
		{base64.StdEncoding.EncodeToString(key2[:48]), "48 bytes, as of SHA-384", "pins hash"},
		{base64.StdEncoding.EncodeToString(key2[:64]), "64 bytes, as of SHA-512", "pins hash"},
		{digits[:63], "odd number of hex digits", "sha256/"},
		{base64.StdEncoding.EncodeToString([]byte(digits)), "base64 of hex digits", "sha256/" + std},
		{base64.StdEncoding.EncodeToString([]byte(digits + "\n")), "base64 of hex digits", "sha256/" + std},
		{strings.TrimSuffix(std, "="), "not padded", "sha256/" + std},
		{url, "base64 of URLs", "sha256/" + std},
		{strings.TrimSuffix(url, "="), "base64 of URLs", "sha256/" + std},
		{std[:42] + "Z=", "bits that mean nothing", "copy it again"},
		{std + "=", "not padded with one =", "sha256/" + std},
		{std[:40], "30 bytes", "pins hash"},
		{"SHA256:" + strings.TrimSuffix(std, "="), "fingerprints of ssh", "sha256/"},
		{"SHA256/" + std, "begins with SHA256/", "lower case"},
		{"sha256 Fingerprint=AA:BB", "fingerprint of a certificate", "pins hash"},
		{`pin-sha256="` + std + `"`, "Public-Key-Pins", "between the quotes"},
		{std[:20] + " " + std[20:], "spaces", "without spaces"},
		{"certs/example.pem", "neither base64 nor hex", "sha256/"},
		{"sha256/", "holds 0 bytes", "pins hash"},
		{"!", "neither base64 nor hex", "sha256/"},
	} {
		_, err := ParsePin(test.pin)
		var m *Mistake
		if !errors.As(err, &m) {
			t.Errorf("%.80q: %v", test.pin, err)
			continue
		}
		if !strings.Contains(m.Error(), test.says) || !strings.Contains(m.Hint(), test.hint) {
			t.Errorf("%.80q:\n%s\nhint: %s\nwant %q and %q", test.pin, m, m.Hint(), test.says, test.hint)
		}
		if strings.Contains(m.Error()+m.Hint(), "c2VjcmV0") {
			t.Errorf("the secret is repeated: %s", m)
		}
		if len(m.Error()) > 300 {
			t.Errorf("%.80q: the error has %d characters", test.pin, len(m.Error()))
		}
	}
}

// mistakes are words of the list of real mistakes, and what ParsePin calls them.
var mistakes = []struct{ listed, named string }{
	{"SHA-256 of empty input", "the SHA-256 of empty input"},
	{"placeholder", "a placeholder"},
	{"a raw 44-byte X25519 SPKI", "holds a whole key, not its hash"},
}

// TestKnownBadPins holds that every mistake in the list of real ones is named as what it is.
func TestKnownBadPins(t *testing.T) {
	file, err := os.Open(filepath.Join(shared, "pins/hpkp-tlsa/known-bad-pins.txt"))
	if err != nil {
		t.Skip("no ../shared/data: TestParsePinMistakes has the same pins")
	}
	defer file.Close()
	seen := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		pin, what, found := strings.Cut(lines.Text(), "\t")
		if !found || strings.HasPrefix(pin, "#") {
			continue
		}
		seen++
		_, err := ParsePin(pin)
		if err == nil {
			t.Errorf("%s is taken", pin)
			continue
		}
		i := slices.IndexFunc(mistakes, func(m struct{ listed, named string }) bool { return strings.Contains(what, m.listed) })
		if i < 0 || !strings.Contains(err.Error(), mistakes[i].named) {
			t.Errorf("%s, listed as %q, is called: %v", pin, what, err)
		}
	}
	if seen < 5 {
		t.Errorf("%d pins read", seen)
	}
}

func TestPinFromCertificate(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared, "certs/badssl/chain/wildcard-rsa2048.pem"))
	if len(files) == 0 {
		t.Skip("no ../shared/data: TestParsePinMistakes has a key")
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	_, err = ParsePin(string(data))
	var m *Mistake
	if !errors.As(err, &m) || !strings.Contains(m.Error(), `whole PEM "CERTIFICATE"`) || !strings.Contains(m.Hint(), "write sha256/") {
		t.Fatalf("%v", err)
	}
	block, _ := pem.Decode(data)
	_, err = ParsePin(base64.StdEncoding.EncodeToString(block.Bytes))
	var der *Mistake
	if !errors.As(err, &der) || der.Hint() != m.Hint() {
		t.Errorf("as PEM the hint is %q, as DER the error is %v", m.Hint(), err)
	}
}

func TestCheckPins(t *testing.T) {
	good := Pin{SPKI: sha256.Sum256([]byte("good"))}
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		pin  Pin
		says string
	}{
		{good, ""},
		{Pin{SPKI: good.SPKI, NotBefore: day, NotAfter: day}, ""},
		{Pin{}, "placeholder"},
		{Pin{SPKI: sha256.Sum256(nil)}, "empty input"},
		{Pin{SPKI: good.SPKI, NotBefore: day, NotAfter: day.Add(-1)}, "ends before it begins"},
	} {
		for i := range 3 {
			w := Watch{Name: "example.com"}
			*[]*[]Pin{&w.Keys, &w.Issuers, &w.Chain}[i] = []Pin{good, test.pin}
			_, err := New([]Watch{w})
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v: %v, want %q", test.pin, err, test.says)
			}
		}
	}
}

// FuzzParsePin holds that a pin that is taken survives being written and read again, and that an error comes with a
// hint and is not long.
func FuzzParsePin(f *testing.F) {
	for _, seed := range []string{
		aKey, "sha256/" + aKey, "sha256//d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=",
		"d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=", hashOfNothing, "AA:BB:CC", "-----BEGIN CERTIFICATE-----",
		"sha1/aOh4+C6GBYTMAPbY2BEy8kFJmOo=", "ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFA",
		"77aab346ef7338409bf7451ecf6ef15a5b4db23d1ed4c77b1a4618915a195a63", "sha256:x", "pin-sha256=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		pin, err := ParsePin(s)
		if err != nil {
			var m *Mistake
			if !errors.As(err, &m) || m.Hint() == "" || len(m.Error()) > 400 {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		again, err := ParsePin(FormatPin(pin))
		if err != nil || again != pin {
			t.Errorf("%q is %x, read again %x, %v", s, pin, again, err)
		}
	})
}
