package monitor

import (
	"bytes"
	"testing"
	"time"

	"pinwatch/ct/certscan"
	"pinwatch/ct/cttest"
)

// FuzzInspect: whatever bytes a certificate and its signer have, they are inspected.
func FuzzInspect(f *testing.F) {
	ca := cttest.NewRoot("CA", "fuzz")
	signer := ca.PrecertSigner("Signer", "fuzz")
	iss := ca.Issue(cttest.Template{CN: "www.watched-1.net", Names: []string{"www.watched-1.net"}, Key: "fuzz", PrecertSigner: signer})
	f.Add(iss.Precert, signer.DER)
	f.Add(iss.Precert, ca.DER)
	f.Add(iss.Final, ca.DER)
	f.Add(ca.DER, ca.DER)
	for _, odd := range ca.Odd("www.watched-1.net") {
		f.Add(odd.Certificate, ca.DER)
	}
	list := strangers(f, 6)
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, der, other []byte) {
		in := Inspect(list, der, NewPool([][]byte{der, other}), at)
		if len(in.Judged) > 0 && len(in.Names) == 0 && !in.Unwalkable {
			t.Errorf("watches are concerned by no name: %+v", in.Judged)
		}
		id := identityBehind(new(certscan.Scanner).Certificate(der), other)
		if bytes.Equal(der, iss.Precert) && bytes.Equal(other, signer.DER) && id != iss.Identity() {
			t.Error("a precertificate and its final certificate are not one issuance")
		}
	})
}
