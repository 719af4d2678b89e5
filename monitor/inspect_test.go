package monitor_test

import (
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	list, err := matcher.New([]matcher.Watch{{
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
}

// TestInspectIdentity: a precertificate is one issuance with its final certificate, whoever signed it.
func TestInspectIdentity(t *testing.T) {
	ca := cttest.NewRoot("CA", "i")
	template := cttest.Template{CN: "www.example.com", Names: []string{"www.example.com"}}
	plain := ca.Issue(template)
	template.PrecertSigner = ca.PrecertSigner("Signer", "i")
	signed := ca.Issue(template)
	empty := monitor.NewPool(nil)
	for name, tt := range map[string]struct {
		der                   []byte
		pool                  *monitor.Pool
		want                  [32]byte
		precert, scts, signer bool
	}{
		"final":                           {plain.Final, empty, plain.Identity(), false, true, false},
		"precertificate":                  {plain.Precert, empty, plain.Identity(), true, false, false},
		"final, signed by another":        {signed.Final, empty, signed.Identity(), false, true, false},
		"precertificate, with its signer": {signed.Precert, monitor.NewPool(signed.PrecertChain[:1]), signed.Identity(), true, false, true},
		"precertificate, with its chain":  {signed.Precert, monitor.NewPool(signed.PrecertChain), signed.Identity(), true, false, true},
	} {
		in := monitor.Inspect(watchlist(t), tt.der, tt.pool, now)
		if in.Issuance.TBSSHA256 != tt.want {
			t.Errorf("%s: identity %x, want %x", name, in.Issuance.TBSSHA256, tt.want)
		}
		if in.Precert != tt.precert || in.SCTs != tt.scts || in.Signer != tt.signer {
			t.Errorf("%s: precertificate %v, SCTs %v, signer %v", name, in.Precert, in.SCTs, in.Signer)
		}
	}
}

// TestInspectRealPairs: the vectors of Google's first log, with and without precertificate signing certificates.
func TestInspectRealPairs(t *testing.T) {
	dir := "../../shared/data/logs/google-ct-legacy-testdata"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no ../shared/data/logs/google-ct-legacy-testdata")
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, name+".pem"))
		if err != nil {
			t.Fatal(err)
		}
		rest := data
		for block, more := pem.Decode(rest); block != nil; block, more = pem.Decode(more) {
			if block.Type == "CERTIFICATE" {
				return block.Bytes
			}
		}
		t.Fatalf("%s holds no certificate", name)
		return nil
	}
	pool := monitor.NewPool([][]byte{
		read("ca-cert"), read("ca-pre-cert"), read("intermediate-cert"), read("intermediate-pre-cert"),
	})
	for name, signer := range map[string]bool{"": false, "-with-preca": true, "-with-intermediate": false, "-with-intermediate-preca": true} {
		final := monitor.Inspect(watchlist(t), read("test-embedded"+name+"-cert"), pool, now)
		precert := monitor.Inspect(watchlist(t), read("test-embedded"+name+"-pre-cert"), pool, now)
		if final.Issuance.TBSSHA256 != precert.Issuance.TBSSHA256 || precert.Signer != signer {
			t.Errorf("test-embedded%s: precertificate and final certificate are not one issuance; signer %v", name, precert.Signer)
		}
		issuer := final.Issuance.IssuerKeyHash
		if diff := cmp.Diff(issuer, precert.Issuance.IssuerKeyHash); issuer == nil || diff != "" {
			t.Errorf("test-embedded%s: issuers of the final certificate and the precertificate: %s", name, diff)
		}
	}
}

// TestInspectNames: how a name was written is told with it.
func TestInspectNames(t *testing.T) {
	iss := cttest.NewRoot("CA", "i").Issue(cttest.Template{
		Subject: []cttest.Attribute{
			{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Tag: asn1.TagBMPString, Value: []byte("\x00a\x00b")},
			{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Tag: asn1.TagT61String, Value: []byte("\xe9")},
		},
		Names: []string{"a\x00b"}, IPs: []netip.Addr{netip.MustParseAddr("192.0.2.1")},
	})
	want := []monitor.InspectedName{
		{Kind: "commonName", Type: "BMPString", Text: "ab", Octets: []byte("ab")},
		{Kind: "commonName", Type: "TeletexString", Text: `\xe9`, Octets: []byte("\xe9")},
		{Kind: "commonName", Type: "TeletexString", Text: "é", Octets: []byte("é")},
		{Kind: "dNSName", Type: "IA5String", Text: "a\x00b", Octets: []byte("a\x00b")},
		{Kind: "iPAddress", Type: "OCTET STRING", Text: "192.0.2.1", Octets: []byte{192, 0, 2, 1}},
	}
	if diff := cmp.Diff(want, monitor.Inspect(watchlist(t), iss.Final, monitor.NewPool(nil), now).Names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

// TestPoolOfNamesakes: however many CAs go by the name of the issuer, few are tried, and one that is there many times
// counts once.
func TestPoolOfNamesakes(t *testing.T) {
	iss := cttest.NewRoot("CA", "right").Issue(cttest.Template{Names: []string{"www.example.com"}})
	var ders [][]byte
	for range 100 {
		ders = append(ders, cttest.NewRoot("CA", "wrong").DER)
	}
	known := func(ders [][]byte) bool {
		return monitor.Inspect(watchlist(t), iss.Final, monitor.NewPool(ders), now).Issuance.IssuerKeyHash != nil
	}
	if !known(append(ders, iss.Chain[0])) {
		t.Error("the issuer is not found behind one namesake that is there many times")
	}
	for i := range 100 {
		ders[i] = cttest.NewRoot("CA", fmt.Sprint("wrong", i)).DER
	}
	if known(append(ders, iss.Chain[0])) {
		t.Error("all of a hundred namesakes are tried")
	}
}

// watchlist is a watch list of nothing.
func watchlist(t *testing.T) *matcher.Watchlist {
	t.Helper()
	list, err := matcher.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func word(b *bool) string {
	if b == nil {
		return "?"
	}
	return fmt.Sprint(*b)
}
