package monitor

import (
	"encoding/binary"
	"testing"

	"pinwatch/ct/certscan"
	"pinwatch/ct/cttest"
)

// What is remembered is what was found out, of these two certificates and no others, and it is not much.
func TestSignaturesAreRemembered(t *testing.T) {
	root, other := cttest.NewRoot("Root", "signatures"), cttest.NewRoot("Root", "another key")
	var scan certscan.Scanner
	cert := scan.Certificate(root.Intermediate("CA", "signatures").DER)
	var s signatures
	for range 2 {
		if !s.signedBy(cert, root.DER) {
			t.Error("the root signed its CA")
		}
		if s.signedBy(cert, other.DER) {
			t.Error("a root of the same name did not")
		}
	}
	if len(s.known) != 2 {
		t.Errorf("%d signatures are remembered", len(s.known))
	}
	unsigned := certscan.Certificate{}
	for i := range uint32(2 * maxSignatures) {
		unsigned.Raw = binary.BigEndian.AppendUint32(nil, i)
		if s.signedBy(&unsigned, root.DER) {
			t.Fatal("nobody signed that")
		}
	}
	if len(s.known) > maxSignatures {
		t.Errorf("%d signatures are remembered", len(s.known))
	}
}
