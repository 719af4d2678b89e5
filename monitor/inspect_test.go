package monitor_test

import (
	"fmt"
	"testing"

	"pinwatch/ct/cttest"
	"pinwatch/matcher"
	"pinwatch/monitor"
)

// TestInspect: a certificate from anywhere is told what it would be told from a log, as far as its chain is there.
func TestInspect(t *testing.T) {
	root := cttest.NewRoot("Root", "i")
	ca := root.Intermediate("CA", "i")
	template := cttest.Template{Names: []string{"www.example.com", "www.example.net"}, Key: "owner"}
	plain := ca.Issue(template)
	template.PrecertSigner = ca.PrecertSigner("Signer", "i")
	signed := ca.Issue(template)
	stranger := cttest.NewRoot("CA", "somebody else").Issue(template)
	list, _, err := matcher.New([]matcher.Watch{{
		Name:    "example.com",
		Keys:    []matcher.Pin{{SPKI: cttest.NewKey("owner").Hash()}},
		Issuers: []matcher.Pin{{SPKI: plain.IssuerKeyHash}},
		Chain:   []matcher.Pin{{SPKI: root.Key.Hash()}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		der     []byte
		chain   [][]byte
		precert bool
		names   int
		want    string // verdict, reasons, and whether key, issuer and chain are pinned
	}{
		{"final", plain.Final, plain.Chain, false, 2, "expected [] true true true"},
		{"precertificate", plain.Precert, plain.PrecertChain, true, 2, "expected [] true true true"},
		{"by a precertificate signing certificate", signed.Precert, signed.PrecertChain, true, 2, "expected [] true true true"},
		{"its final", signed.Final, signed.Chain, false, 2, "expected [] true true true"},
		{"no chain", plain.Final, nil, false, 2, "undetermined [issuer_undecided chain_incomplete] true ? ?"},
		{"only the signer", signed.Precert, signed.PrecertChain[:1], true, 2, "undetermined [issuer_undecided chain_incomplete] true ? ?"},
		{"the chain of another", plain.Final, stranger.Chain, false, 2, "undetermined [issuer_undecided chain_incomplete] true ? ?"},
		{"a CA of the right name", stranger.Final, stranger.Chain, false, 2, "unexpected [unknown_issuer unknown_chain] true false false"},
		{"no certificate", []byte("\x30\x84www.example.com"), plain.Chain, false, 0, "undetermined [name_uncertain] ? ? ?"},
		{"nothing", nil, [][]byte{nil, {0x30}}, false, 0, ""},
	}
	for _, tt := range tests {
		in := monitor.Inspect(list, tt.der, monitor.NewPool(tt.chain), now)
		got := ""
		for _, j := range in.Judged {
			got = fmt.Sprint(j.Verdict, " ", j.Reasons, " ", word(j.KeyPinned), " ", word(j.IssuerPinned), " ", word(j.ChainPinned))
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		if in.Precert != tt.precert || len(in.Names) != tt.names || in.Unwalkable != (tt.names == 0) {
			t.Errorf("%s: precertificate %v, names %v, unwalkable %v (%s)", tt.name, in.Precert, in.Names, in.Unwalkable, in.Problem)
		}
	}
	empty := monitor.NewPool(nil)
	final, precert := monitor.Inspect(list, plain.Final, empty, now), monitor.Inspect(list, plain.Precert, empty, now)
	if final.Issuance.TBSSHA256 != precert.Issuance.TBSSHA256 || final.CertSHA256 == precert.CertSHA256 {
		t.Error("a precertificate and its final certificate are not one issuance")
	}
}

func word(b *bool) string {
	if b == nil {
		return "?"
	}
	return fmt.Sprint(*b)
}
