package rfc6962

import (
	"encoding/base64"
	"os"
	"testing"

	"pinwatch/ct"
)

// argonKey is the public key of Google's log Argon2020.
const argonKey = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE6Tx2p1yKY4015NyIYvdrk36es0uAc1zA4PQ+TGRY+3ZjUTIYY9Wyu+3q/147JG4vNVKLtDWarZwV" +
	"qGkg6lAYzA=="

// argonHead is a real tree head of that log, of 2024.
const argonHead = `{"tree_size":961984011,"timestamp":1726494206646,` +
	`"sha256_root_hash":"AWxD3p811N3m4WTinWRXPvBZHfT9IR9g/R4C7SKLPiU=","tree_head_signature":` +
	`"BAMASDBGAiEAhgLgYXQHUc0ct9yTdrlh/3wGJoUt19FVi4Snx6OXepICIQDqxvQHjeARt1eTqRKFxt3c8ZRpObexaNJEyth4j9tJDg=="}`

func verifier(tb testing.TB, key string) *ct.Verifier {
	tb.Helper()
	spki, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		tb.Fatal(err)
	}
	v, err := ct.NewVerifier(spki)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// FuzzSTH: no body but the log's own statement is accepted.
func FuzzSTH(f *testing.F) {
	realBodies(f, "azul-argon2020-rfc6962-http/get-sth", "ct-java-embedded/*STH*", "ctgo-embedded/client/*rsp.L32*")
	f.Add([]byte(argonHead))
	v := verifier(f, argonKey)
	want, err := parseSTH([]byte(argonHead), v)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		head, err := parseSTH(body, v)
		if err != nil {
			return
		}
		if head.Size != want.Size || head.Root != want.Root || head.Timestamp != want.Timestamp {
			t.Fatalf("a head that Argon never signed: %+v", head)
		}
	})
}

// FuzzProof: any body makes a proof of bounded length or an error.
func FuzzProof(f *testing.F) {
	realBodies(f, "azul-argon2020-rfc6962-http/get-*proof*", "azul-argon2020-rfc6962-http/get-sth-cons*",
		"ct-java-embedded/*PROOF*", "ctgo-embedded/client/*")
	f.Add([]byte(`{"leaf_index":"1","audit_path":[],"consistency":[],"leaf_input":"AA=="}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		nodes, err := parseConsistency(body)
		if err == nil && len(nodes) > maxNodes {
			t.Fatalf("%d nodes", len(nodes))
		}
		index, nodes, err := parseProofByHash(body)
		if err == nil {
			_, _ = leftOf(index, ct.Hash{}, nodes, &ct.TreeHead{Size: index + 3})
		}
		if _, nodes, err = parseEntryAndProof(body); err == nil && len(nodes) > maxNodes {
			t.Fatalf("%d nodes", len(nodes))
		}
	})
}

// FuzzExtra: what is read of extra_data is in it, in order.
func FuzzExtra(f *testing.F) {
	for _, name := range []string{"CertEntryExtraDataB64", "PrecertEntryExtraDataB64"} {
		extra, err := os.ReadFile(sharedLogs + "ctgo-embedded/client/logclient_test." + name + ".bin")
		if err != nil {
			f.Logf("%v: only the seeds of the test itself", err)
			continue
		}
		f.Add(uint16(0), extra)
		f.Add(uint16(1), extra)
	}
	f.Add(uint16(0), []byte("\x00\x00\x08\x00\x00\x01a\x00\x00\x01b"))
	f.Add(uint16(1), []byte("\x00\x00\x01p\x00\x00\x04\x00\x00\x01a"))
	f.Fuzz(func(t *testing.T, kind uint16, extra []byte) {
		s, err := decodeExtra(ct.EntryType(kind), extra)
		total := 3 // the length of the chain
		if kind == 1 && s.Cert != nil {
			total += 3 + len(s.Cert)
		}
		for _, c := range s.Chain {
			total += 3 + len(c)
		}
		if err == nil && total != len(extra) || len(s.Chain) > maxChain {
			t.Fatalf("%d of %d bytes in %d certificates", total, len(extra), len(s.Chain))
		}
	})
}
