package certscan_test

import (
	"testing"
	"unicode/utf8"
	"unsafe"

	"pinwatch/ct/certscan"
)

// checkBounds fails the test when a result cannot come from its input: a slice that is not in it, a name that is
// neither in it nor text made of it, more names than the input has room for, or an identity that does not repeat.
func checkBounds(tb testing.TB, c *certscan.Certificate) {
	tb.Helper()
	for what, slice := range map[string][]byte{
		"TBS": c.TBS, "signatureAlgorithm": c.SignatureAlgorithm, "signature": c.Signature, "serial": c.Serial,
		"issuer": c.Issuer, "subject": c.Subject, "notBefore": c.NotBefore.Value, "notAfter": c.NotAfter.Value,
		"SPKI": c.SPKI,
	} {
		if len(slice) > 0 && !inside(slice, c.Raw) {
			tb.Errorf("%s is not a part of the input", what)
		}
	}
	if len(c.Names) > certscan.MaxNames || len(c.Names) > len(c.Raw) {
		tb.Errorf("%d names in %d bytes", len(c.Names), len(c.Raw))
	}
	room := 4*len(c.Raw) + 64 // the longest that any text can become
	for _, n := range c.Names {
		if len(n.Value) == 0 || inside(n.Value, c.Raw) {
			continue
		}
		if room -= len(n.Value); room < 0 {
			tb.Fatalf("the names are longer than %d bytes can make them", len(c.Raw))
		}
		if wide := n.Tag == 0x1c || n.Tag == 0x1e; wide && !utf8.Valid(n.Value) {
			tb.Errorf("%s %q was turned into UTF-8, and is not", n.Kind, n.Value)
		}
	}
	for _, name := range [][]byte{c.Issuer, c.Subject} {
		if text := certscan.NameString(name); len(text) > 1100 || !utf8.ValidString(text) {
			tb.Errorf("NameString gives %q", text)
		}
	}
	for _, at := range []certscan.RawTime{c.NotBefore, c.NotAfter} {
		if got, ok := at.Time(); ok && (got.Year() < 0 || got.Year() > 9999) {
			tb.Errorf("%q is read as %v", at.Value, got)
		}
	}
	first, second := c.Identity(), c.Identity()
	if first != second {
		tb.Error("the identity does not repeat")
	}
	if c.Problems.Unwalkable() && c.Problems.String() == "" {
		tb.Errorf("problem %b has no name", c.Problems)
	}
}

// inside says whether part is, as memory, a part of whole.
func inside(part, whole []byte) bool {
	start, from := uintptr(unsafe.Pointer(unsafe.SliceData(part))), uintptr(unsafe.Pointer(unsafe.SliceData(whole)))
	return start >= from && start+uintptr(len(part)) <= from+uintptr(len(whole))
}
