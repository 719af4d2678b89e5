package deliver_test

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"pinwatch/deliver"
	"pinwatch/store"
)

var midday = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// storeOf is a store with n findings that are to be told.
func storeOf(t testing.TB, n int) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "pinwatch.db"), store.Options{})
	check(t, err)
	t.Cleanup(func() { check(t, s.Close()) })
	id := [32]byte{0xa}
	_, err = s.EnsureLog(t.Context(), store.Log{ID: id, Key: []byte("key"), Description: "Example Log", Operator: "Example"}, midday)
	check(t, err)
	head := store.Head{Root: [32]byte{1}, Timestamp: midday, Signature: []byte("s"), Raw: []byte("raw")}
	check(t, s.SetStart(t.Context(), id, 0, nil, "beginning", head, midday))
	run, err := s.StartRun(t.Context(), store.Run{Kind: "scan"}, midday)
	check(t, err)
	size := uint64(1) << 20
	head.Size, head.Raw = size, []byte("raw of more")
	c := &store.Commit{LogID: id, To: size, Nodes: make([][32]byte, 1), Head: head, Run: run, Now: midday}
	for i := range n {
		c.Certificates = append(c.Certificates, store.Certificate{SHA256: [32]byte{1, byte(i), byte(i >> 8), byte(i >> 16)}, DER: []byte{0x30, 0}})
		c.Sightings = append(c.Sightings, sighting(i))
	}
	_, err = s.Commit(t.Context(), c)
	check(t, err)
	return s
}

func sighting(i int) store.Sighting {
	return store.Sighting{
		Issuance: store.Issuance{
			TBSSHA256: [32]byte{2, byte(i), byte(i >> 8), byte(i >> 16)}, IssuerKeyHash: &[32]byte{3}, SPKISHA256: &[32]byte{4, byte(i)},
			Serial: "0a3f", Issuer: "CN=Example CA", Subject: "CN=www.example.com", NotBefore: new(midday), NotAfter: new(midday.AddDate(0, 3, 0)),
			Names: []string{"www.example.com", "example.com", "mail.example.com"},
		},
		Index: uint64(i), Type: "precert", CertSHA256: [32]byte{1, byte(i), byte(i >> 8), byte(i >> 16)}, Timestamp: midday, Leaf: []byte("leaf"),
		Findings: []store.Judged{{
			Watch: "example.com", Verdict: "unexpected", Severity: "critical", Reasons: []string{"unknown_key"}, KeyPinned: new(false),
			IssuerPinned: new(true), Decided: true, Open: true, Matches: []store.Match{{Name: "www.example.com", Kind: "dns", Rule: "subtree"}},
		}},
	}
}

func surroundings() *deliver.Surroundings {
	return &deliver.Surroundings{
		Env: func(string) (string, bool) { return "", false }, Now: time.Now, Zone: time.UTC, Stdout: io.Discard, Version: "test",
	}
}
