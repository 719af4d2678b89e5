package matcher

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"
)

// Hints for pins.
const (
	pinForm = "a pin is sha256/ and the base64 of the SHA-256 of a public key; `pinwatch pins hash FILE` prints it"
	pinMake = "take the pin from the key: `pinwatch pins hash FILE` prints it"
)

// notAPin recognises, by the look of the text, what is written in place of a pin.
func notAPin(s string) error {
	lower := strings.ToLower(s)
	switch {
	case strings.Contains(s, "-----BEGIN "):
		return pemMistake(s)
	case strings.HasPrefix(lower, "sha1/") || strings.HasPrefix(lower, "sha-1"):
		return mistake(pinMake, "pin %s is a SHA-1 hash, which no longer identifies a key", quote(s))
	case strings.HasPrefix(lower, "sha384/") || strings.HasPrefix(lower, "sha512/") || strings.HasPrefix(lower, "md5"):
		return mistake(pinMake, "pin %s is a hash of another kind than SHA-256", quote(s))
	case strings.HasPrefix(lower, "sha256:"):
		return mistake(pinForm, "pin %s begins as the fingerprints of ssh do, which are hashes of a key in another format",
			quote(s))
	case strings.Contains(lower, "fingerprint"):
		return mistake(pinMake, "pin %s is the fingerprint of a certificate, which is not the hash of its key", quote(s))
	case strings.HasPrefix(lower, "pin-sha256"):
		return mistake("write what stands between the quotes", "pin %s is a piece of a Public-Key-Pins header", quote(s))
	case strings.HasPrefix(lower, "sha256/") && !strings.HasPrefix(s, "sha256/"):
		return mistake("write sha256/ in lower case", "pin %s begins with %s", quote(s), s[:len("sha256/")])
	case strings.ContainsAny(s, " \t\r\n"):
		return mistake("write one pin, without spaces", "pin %s has spaces in it", quote(s))
	case strings.ContainsAny(s, "<>{}$[]()") || looksLikeBlank(lower):
		return mistake(pinMake, "pin %s is a placeholder", quote(s))
	}
	return nil
}

// looksLikeBlank says whether the text is one that stands for a pin yet to be filled in. A real pin holds such a word
// by chance less often than once in 10^8.
func looksLikeBlank(lower string) bool {
	for _, word := range []string{
		"replace", "changeme", "your_pin", "your-pin", "yourpin", "placeholder", "backuppin", "xxxxxxxx", "todo_",
		"insert_", "example_",
	} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

// pemMistake says what a PEM block is. It repeats nothing of it: it may be secret.
func pemMistake(s string) error {
	block, _ := pem.Decode([]byte(s))
	switch {
	case strings.Contains(s, "PRIVATE KEY-----"):
		return mistake("remove it from there, consider it public, and write "+pinMake,
			"the pin is a whole PRIVATE KEY")
	case block == nil:
		return mistake(pinMake, "the pin is a piece of a PEM file")
	}
	if spki, ok := findSPKI(block.Bytes); ok {
		return mistake("write "+FormatPin(sha256.Sum256(spki)),
			"the pin is a whole PEM %s, not the hash of its key", quote(block.Type))
	}
	return mistake(pinMake, "the pin is a whole PEM %s, not the hash of a key", quote(block.Type))
}

// wrongBase64 says what keeps text from being standard base64 with padding.
func wrongBase64(s, text string) error {
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	raw, err := base64.RawStdEncoding.DecodeString(standard)
	if err != nil {
		return mistake(pinForm, "pin %s is neither base64 nor hex", quote(s))
	}
	if len(raw) != sha256.Size {
		return wrongLength(s, raw)
	}
	pin := [sha256.Size]byte(raw)
	if err := notAHash(s, pin); err != nil {
		return err
	}
	if _, err := base64.RawStdEncoding.Strict().DecodeString(standard); err != nil {
		return mistake("copy it again from where it was made",
			"pin %s is not what an encoder writes: its last character has bits that mean nothing", quote(s))
	}
	what := "is not padded with one ="
	if strings.ContainsAny(text, "-_") {
		what = "is in the base64 of URLs"
	}
	return mistake("write "+FormatPin(pin), "pin %s %s", quote(s), what)
}

// wrongLength says what 32 bytes might have been expected of these.
func wrongLength(s string, raw []byte) error {
	if spki, ok := findSPKI(raw); ok {
		return mistake("write "+FormatPin(sha256.Sum256(spki)), "pin %s holds a whole key, not its hash", quote(s))
	}
	if digits := bytes.TrimSpace(raw); len(digits) == hex.EncodedLen(sha256.Size) {
		if pin, err := hex.DecodeString(string(digits)); err == nil {
			return mistake("write "+FormatPin([sha256.Size]byte(pin)),
				"pin %s is the base64 of hex digits: openssl dgst needs -binary", quote(s))
		}
	}
	what := ""
	switch len(raw) {
	case 16:
		what = ", as of MD5"
	case 20:
		what = ", as of SHA-1"
	case 48:
		what = ", as of SHA-384"
	case 64:
		what = ", as of SHA-512"
	}
	return mistake(pinMake, "pin %s holds %d bytes%s; a SHA-256 has 32", quote(s), len(raw), what)
}

// Hashes that come out when a pipeline hashed something else than a key.
const (
	hashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	hashOfNewline = "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b"
)

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// notAHash recognises 32 bytes that no key has for its hash.
func notAHash(s string, pin [sha256.Size]byte) error {
	switch hex.EncodeToString(pin[:]) {
	case hashOfNothing:
		return mistake("the command that made it hashed nothing; "+pinMake, "pin %s is the SHA-256 of empty input", quote(s))
	case hashOfNewline:
		return mistake("the command that made it hashed a line end; "+pinMake,
			"pin %s is the SHA-256 of an empty line", quote(s))
	}
	if regular(pin[:]) {
		return mistake(pinMake, "pin %s is a placeholder", quote(s))
	}
	return nil
}

// placeholder says whether text of the length of a pin is made of a few characters over and over, or is the alphabet.
func placeholder(text string) bool {
	text = strings.TrimRight(text, "=")
	return len(text) >= 40 && (regular([]byte(text)) || strings.Contains(base64Alphabet, text))
}

// regular says whether bytes repeat after at most 16, or count up or down evenly. The chance that a hash does is less
// than 2^-100.
func regular(b []byte) bool {
	for period := 1; period <= 16; period++ {
		if bytes.Equal(b[period:], b[:len(b)-period]) {
			return true
		}
	}
	for i := 2; i < len(b); i++ {
		if b[i]-b[i-1] != b[1]-b[0] {
			return false
		}
	}
	return true
}

// findSPKI finds the SubjectPublicKeyInfo that der is, or that it holds as a certificate or a certificate request.
func findSPKI(der []byte) (spki []byte, ok bool) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if rest, err := asn1.Unmarshal(der, &info); err == nil && len(rest) == 0 {
		return der, true
	}
	if cert, err := x509.ParseCertificate(der); err == nil {
		return cert.RawSubjectPublicKeyInfo, true
	}
	if csr, err := x509.ParseCertificateRequest(der); err == nil {
		return csr.RawSubjectPublicKeyInfo, true
	}
	return nil, false
}
