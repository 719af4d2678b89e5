package rfc6962

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"pinwatch/ct"
)

// real reads a file of real data, and skips the test where there is none.
func real(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(sharedLogs + name)
	if errors.Is(err, fs.ErrNotExist) {
		tb.Skipf("no real data at %s", sharedLogs)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// Bodies that Google's Argon2020 served in 2024.
func TestRealBodies(t *testing.T) {
	const dir = "azul-argon2020-rfc6962-http/"
	head, err := parseSTH(real(t, dir+"get-sth"), verifier(t, argonKey))
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := parseConsistency(real(t, dir+"get-sth-consistency-first-3654490-second-961984011"))
	if err != nil {
		t.Fatal(err)
	}
	var root struct {
		Hash []byte
	}
	if err := json.Unmarshal([]byte(`{"Hash":"AuIZ5V6sDUj1vn3Y1K85oOaQ7y+FJJKtyRTl1edIKBQ="}`), &root); err != nil {
		t.Fatal(err)
	}
	if err := ct.VerifyConsistency(3654490, ct.Hash(root.Hash), head, nodes); err != nil {
		t.Errorf("consistency: %v", err)
	}
	b := &buffer{body: real(t, dir+"get-entries-start-10000-end-10000")}
	if err := b.decode(10000, 1); err != nil {
		t.Fatal(err)
	}
	index, path, err := parseProofByHash(real(t, dir+
		"get-proof-by-hash-tree-size-961984011-hash-nCs3mfIydh9x4CKyQ-2Bu2xtmpxmFggA5MLymHwNQSlLg-3D"))
	if err != nil || index != 10000 {
		t.Fatalf("proof of entry %d: %v", index, err)
	}
	leaf := b.entries[0].LeafHash()
	before, err := leftOf(index, leaf, path, head)
	if err != nil || before.Size() != 10000 {
		t.Fatalf("range of %d entries: %v", before.Size(), err)
	}
	if _, err := leftOf(index+1, leaf, path, head); err == nil {
		t.Error("the proof proves another entry, too")
	}
}

func TestRealHeads(t *testing.T) {
	var heads []struct {
		Source string
		Log    struct{ Key string }
		STH    json.RawMessage
	}
	if err := json.Unmarshal(real(t, "verified-sths/sths.json"), &heads); err != nil {
		t.Fatal(err)
	}
	if len(heads) != 4 {
		t.Fatalf("%d heads, want 4", len(heads))
	}
	for i, h := range heads {
		head, err := parseSTH(h.STH, verifier(t, h.Log.Key))
		if err != nil || string(head.Raw) != string(h.STH) {
			t.Errorf("%s: %v", h.Source, err)
		}
		var m *ct.Misbehaviour
		if _, err := parseSTH(h.STH, verifier(t, heads[(i+3)%4].Log.Key)); i != 2 && !errors.As(err, &m) {
			t.Errorf("%s under another key: %v", h.Source, err)
		}
	}
}

// parsers are what reads the answers, by the client message.
func parsers(t *testing.T) map[string]func([]byte) error {
	t.Helper()
	v := verifier(t, argonKey)
	return map[string]func([]byte) error{
		"sth":         func(b []byte) error { _, err := parseSTH(b, v); return err },
		"consistency": func(b []byte) error { _, err := parseConsistency(b); return err },
		"by-hash":     func(b []byte) error { _, _, err := parseProofByHash(b); return err },
		"and-proof":   func(b []byte) error { _, _, err := parseEntryAndProof(b); return err },
		"entries":     func(b []byte) error { return (&buffer{body: b}).decode(0, 10) },
	}
}

// Real and broken answers out of the tests of other clients.
func TestRealAnswers(t *testing.T) {
	tests := []struct {
		name, parser string
		refused      string // what the error says, empty for an answer that is read
	}{
		{"ct-java-embedded/BAD_STH_RESPONSE_INVALID_ROOT_HASH.json", "sth", "illegal base64"},
		{"ct-java-embedded/BAD_STH_RESPONSE_INVALID_TIMESTAMP.json", "sth", "cannot unmarshal number -1"},
		{"ct-java-embedded/STH_RESPONSE.json", "sth", "not signed by the log's key"}, // Pilot's, not Argon's
		{"ct-java-embedded/CONSISTENCY_PROOF.json", "consistency", ""},
		{"ct-java-embedded/CONSISTENCY_PROOF_EMPTY.json", "consistency", ""},
		{"ct-java-embedded/MERKLE_AUDIT_PROOF.json", "by-hash", ""},
		{"ct-java-embedded/LOG_ENTRY.json", "entries", ""},
		{"ct-java-embedded/LOG_ENTRY_AND_PROOF.json", "and-proof", ""},
		{"ct-java-embedded/LOG_ENTRY_CORRUPTED_ENTRY.json", "entries", "illegal base64"},
		{"ct-java-embedded/LOG_ENTRY_EMPTY.json", "entries", "no entries"},
		{"ctgo-embedded/client/logclient_test.GetEntryAndProofResp.json", "and-proof", ""},
		{"ctgo-embedded/client/logclient_test.GetSTHConsistencyResp.json", "consistency", ""},
		{"ctgo-embedded/client/logclient_test.ProofByHashResp.json", "by-hash", ""},
		{"ctgo-embedded/client/logclient_test.rsp.L198.json", "entries", "illegal base64"},
		{"ctgo-embedded/client/logclient_test.rsp.L199.json", "entries", "illegal base64"},
		{"ctgo-embedded/client/logclient_test.rsp.L200.json", "entries", ""}, // base64 of junk: kept as an odd leaf
		{"ctgo-embedded/client/logclient_test.rsp.L235.json", "entries", "illegal base64"},
		{"ctgo-embedded/client/logclient_test.rsp.L236.json", "entries", ""}, // extra_data is read when it is needed
		{"ctgo-embedded/client/logclient_test.rsp.L321.json", "sth", "illegal base64"},
		{"ctgo-embedded/client/logclient_test.rsp.L322.json", "sth", "illegal base64"},
		{"ctgo-embedded/client/logclient_test.rsp.L323.json", "sth", "illegal base64"},
		{"ctgo-embedded/client/logclient_test.rsp.L324.json", "sth", "3 bytes, not 32"},
		{"ctgo-embedded/client/logclient_test.rsp.L325.json", "sth", "not signed by the log's key"},
		{"ctgo-embedded/client/logclient_test.rsp.L326.json", "sth", "3 bytes behind the tree head signature"},
		{"ctgo-embedded/client/logclient_test.rsp.L572.json", "consistency", "illegal base64"},
		{"ctgo-embedded/client/logclient_test.rsp.L573.json", "consistency", "invalid character"},
		{"ctgo-embedded/client/logclient_test.rsp.L642.json", "by-hash", "illegal base64"},
		{"ctgo-embedded/client/logclient_test.rsp.L643.json", "by-hash", "invalid character"},
		{"ctgo-embedded/client/logclient_test.rsp.L765.json", "and-proof", "illegal base64"},
		{"ctgo-embedded/client/logclient_test.rsp.L766.json", "and-proof", "5 bytes, not 32"},
		{"ctgo-embedded/client/logclient_test.rsp.L767.json", "and-proof", "illegal base64"},
		{"ctgo-embedded/client/logclient_test.rsp.L768.json", "and-proof", "invalid character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := parsers(t)[tt.parser](real(t, tt.name))
			switch {
			case tt.refused == "" && err != nil:
				t.Error(err)
			case tt.refused != "" && (err == nil || !strings.Contains(err.Error(), tt.refused)):
				t.Errorf("got %v, want %q", err, tt.refused)
			}
		})
	}
}

// liveRows are rows of get-entries of 2026, as a body. count is how many there are.
func liveRows(tb testing.TB, times int) (body []byte, count int) {
	tb.Helper()
	var rows []struct {
		Leaf  string `json:"leaf_input"`
		Extra string `json:"extra_data"`
	}
	if err := json.Unmarshal(real(tb, "live-2026-05/entries.json"), &rows); err != nil {
		tb.Fatal(err)
	}
	body = append(body, `{"entries":[`...)
	for count < times*len(rows) {
		r := rows[count%len(rows)]
		if count++; count > 1 {
			body = append(body, ',')
		}
		body = append(body, `{"leaf_input":"`+r.Leaf+`","extra_data":"`+r.Extra+`"}`...)
	}
	return append(body, "]}\n"...), count
}

func TestRealEntries(t *testing.T) {
	body, count := liveRows(t, 1)
	b := &buffer{body: body}
	if err := b.decode(0, count); err != nil {
		t.Fatal(err)
	}
	kinds := map[ct.EntryType]int{}
	for i := range b.entries {
		e := &b.entries[i]
		sub, err := new(Reader).Submission(t.Context(), e)
		if err != nil || len(sub.Chain) == 0 || sub.Chain[len(sub.Chain)-1] == nil {
			t.Fatalf("entry %d: chain of %d, %v", i, len(sub.Chain), err)
		}
		if e.Leaf != nil {
			t.Fatalf("entry %d was not decoded", i)
		}
		kinds[e.Type]++
		checkIssuer(t, e, sub)
	}
	if kinds[ct.X509Entry] != 13 || kinds[ct.PrecertEntry] != 7 {
		t.Errorf("%v, want 13 x509 and 7 precert", kinds)
	}
}

// checkIssuer checks the first of the chain to be the issuer of what was submitted.
func checkIssuer(t *testing.T, e *ct.Entry, sub *ct.Submission) {
	t.Helper()
	cert, err := x509.ParseCertificate(sub.Cert)
	if err != nil {
		t.Fatalf("entry %d: %v", e.Index, err)
	}
	issuer, err := x509.ParseCertificate(sub.Chain[0])
	if err != nil {
		t.Fatalf("issuer of entry %d: %v", e.Index, err)
	}
	if err := cert.CheckSignatureFrom(issuer); err != nil {
		t.Errorf("entry %d: %v", e.Index, err)
	}
	spki := sha256.Sum256(issuer.RawSubjectPublicKeyInfo)
	if e.Type == ct.PrecertEntry && string(e.IssuerKeyHash) != string(spki[:]) {
		t.Errorf("entry %d: the first of the chain has not the issuer_key_hash", e.Index)
	}
}
