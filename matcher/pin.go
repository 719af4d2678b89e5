package matcher

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"
)

// Pin is the SHA-256 of a DER SubjectPublicKeyInfo (RFC 7469 section 2.4) that is expected.
type Pin struct {
	SPKI  [sha256.Size]byte
	Label string // what its owner calls it
	// The pin counts from NotBefore to NotAfter, both included; a zero time leaves that side open.
	NotBefore, NotAfter time.Time
	Source              string // where it was written, as "file:line"
	// Retired says that the pin was taken out at NotAfter: whatever was logged later is judged as if it had never been.
	Retired bool
	// Backup says that the key is kept for an emergency: a certificate that has it is expected, and remarkable.
	Backup bool
}

// FormatPin writes a pin as OkHttp, Chromium and curl do, with "sha256/" and standard base64.
func FormatPin(spki [sha256.Size]byte) string {
	return "sha256/" + base64.StdEncoding.EncodeToString(spki[:])
}

// String is the pin as FormatPin writes it.
func (p Pin) String() string { return FormatPin(p.SPKI) }

// maxPin bounds the text that ParsePin looks at. It has room for a certificate that was pasted by mistake.
const maxPin = 64 << 10

// ParsePin reads a pin: "sha256/" or "sha256//" (curl) and base64, bare base64, or 64 hex digits with or without
// colons. Everything else is an error, a *Mistake which says what was written instead of a pin: base64 that is not
// standard or not padded, hashes of other lengths, keys and certificates that were not hashed, placeholders, and hashes
// of nothing.
func ParsePin(s string) ([sha256.Size]byte, error) {
	var none [sha256.Size]byte
	s = strings.TrimSpace(s)
	if s == "" {
		return none, mistake(pinForm, "the pin is empty")
	}
	if len(s) > maxPin {
		return none, mistake(pinForm, "the pin has %d characters", len(s))
	}
	if err := notAPin(s); err != nil {
		return none, err
	}
	text := s
	if rest, found := strings.CutPrefix(text, "sha256/"); found {
		text = rest
		if len(rest) != base64.StdEncoding.EncodedLen(sha256.Size) { // one pin in 64 begins with a slash of its own
			text = strings.TrimPrefix(rest, "/")
		}
	}
	if placeholder(text) {
		return none, mistake(pinMake, "pin %s is a placeholder", quote(s))
	}
	raw, err := decodePin(s, text)
	if err != nil {
		return none, err
	}
	if len(raw) != sha256.Size {
		return none, wrongLength(s, raw)
	}
	pin := [sha256.Size]byte(raw)
	if err := notAHash(s, pin); err != nil {
		return none, err
	}
	return pin, nil
}

// decodePin reads base64 or hex. Hex digits of whole bytes are never taken for base64: 64 of them would be 48 bytes.
func decodePin(s, text string) ([]byte, error) {
	if digits, ok := hexDigits(text); ok {
		raw, err := hex.DecodeString(digits)
		if err != nil {
			return nil, mistake(pinForm, "pin %s has an odd number of hex digits", quote(s))
		}
		return raw, nil
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, wrongBase64(s, text)
	}
	return raw, nil
}

// hexDigits says whether text is hex digits, alone or in pairs with colons, and gives them without the colons.
func hexDigits(text string) (digits string, ok bool) {
	digits = text
	if strings.Contains(text, ":") {
		for i := 2; i < len(text); i += 3 {
			if text[i] != ':' {
				return "", false
			}
		}
		digits = strings.ReplaceAll(text, ":", "")
	}
	// As long as MD5 or longer: anything shorter may as well be base64 or a word.
	return digits, len(digits) >= 32 && strings.Trim(digits, "0123456789abcdefABCDEF") == ""
}

// checkPins holds the pins of a watch to having been filled in.
func checkPins(w *Watch) error {
	for _, pins := range [][]Pin{w.Keys, w.Issuers, w.Chain} {
		for _, p := range pins {
			if err := notAHash(p.String(), p.SPKI); err != nil {
				return err
			}
			if !p.NotBefore.IsZero() && !p.NotAfter.IsZero() && p.NotAfter.Before(p.NotBefore) {
				return mistake("put not_before first", "pin %s ends before it begins", p)
			}
		}
	}
	return nil
}
