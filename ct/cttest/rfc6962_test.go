package cttest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	ctgo "github.com/google/certificate-transparency-go"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
)

// ask asks for a client message of RFC 6962 and reads its answer into body.
func ask(t *testing.T, log http.Handler, body any, format string, args ...any) {
	t.Helper()
	path := "/ct/v1/" + fmt.Sprintf(format, args...)
	code, raw := get(t, log, path)
	if code != http.StatusOK {
		t.Fatalf("%s: status %d: %s", path, code, raw)
	}
	if err := json.Unmarshal(raw, body); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func TestGetSTH(t *testing.T) {
	for name, key := range map[string]*cttest.Key{"ECDSA": cttest.NewKey("k"), "RSA": cttest.NewRSAKey("k")} {
		t.Run(name, func(t *testing.T) {
			log := newLog(cttest.Config{RFC6962: true, Key: key}, 10)
			var body ctgo.GetSTHResponse
			ask(t, log, &body, "get-sth")
			sth, err := body.ToSignedTreeHead()
			if err != nil {
				t.Fatal(err)
			}
			verifier, err := ctgo.NewSignatureVerifier(publicKey(t, key))
			if err != nil {
				t.Fatal(err)
			}
			if err := verifier.VerifySTHSignature(*sth); err != nil {
				t.Error(err)
			}
			if sth.TreeSize != 10 || ct.Hash(sth.SHA256RootHash) != log.Root(10) {
				t.Errorf("size %d, root %x", sth.TreeSize, sth.SHA256RootHash)
			}
		})
	}
}

func TestGetEntries(t *testing.T) {
	log := newLog(cttest.Config{RFC6962: true}, 10)
	var body ctgo.GetEntriesResponse
	ask(t, log, &body, "get-entries?start=0&end=99")
	if len(body.Entries) != 10 {
		t.Fatalf("%d entries, want 10", len(body.Entries))
	}
	for i, raw := range body.Entries {
		entry, err := ctgo.LogEntryFromLeaf(int64(i), &raw)
		if err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
		want := log.Leaf(uint64(i))
		if want.Type == ct.PrecertEntry {
			if !bytes.Equal(entry.Precert.Submitted.Data, want.Precert) || !bytes.Equal(entry.Precert.TBSCertificate.Raw, want.Cert) {
				t.Errorf("entry %d is another precertificate", i)
			}
		} else if !bytes.Equal(entry.X509Cert.Raw, want.Cert) {
			t.Errorf("entry %d is another certificate", i)
		}
		if len(entry.Chain) != len(want.Chain) || !bytes.Equal(entry.Chain[1].Data, want.Chain[1]) {
			t.Errorf("entry %d has another chain", i)
		}
	}
}

func TestGetEntriesRanges(t *testing.T) {
	plain := newLog(cttest.Config{RFC6962: true, PageCap: 4}, 10)
	aligned := newLog(cttest.Config{RFC6962: true, PageCap: 4, AlignPages: true}, 10)
	for _, test := range []struct {
		start, end             int
		wantPlain, wantAligned int // 0: an error
	}{
		{0, 0, 1, 1},
		{0, 3, 4, 4},
		{0, 4, 4, 4},
		{3, 99, 4, 1},
		{5, 99, 4, 3},
		{9, 9, 1, 1},
		{3, 5, 3, 3},
		{8, 99, 2, 2},
		{10, 10, 0, 0},
		{3, 2, 0, 0},
		{-1, 2, 0, 0},
	} {
		for log, want := range map[*cttest.Log]int{plain: test.wantPlain, aligned: test.wantAligned} {
			code, raw := get(t, log, fmt.Sprintf("/ct/v1/get-entries?start=%d&end=%d", test.start, test.end))
			var body ctgo.GetEntriesResponse
			if code == http.StatusOK {
				if err := json.Unmarshal(raw, &body); err != nil {
					t.Fatal(err)
				}
			}
			if len(body.Entries) != want || (code == http.StatusOK) != (want > 0) {
				t.Errorf("%d to %d: status %d, %d entries, want %d", test.start, test.end, code, len(body.Entries), want)
			}
		}
	}
}

func TestProofs(t *testing.T) {
	const size = 21
	log := newLog(cttest.Config{RFC6962: true}, size)
	root := log.Root(size)
	for i := range uint64(size) {
		var consistency ctgo.GetSTHConsistencyResponse
		ask(t, log, &consistency, "get-sth-consistency?first=%d&second=%d", i, size)
		old := log.Root(i)
		if err := proof.VerifyConsistency(rfc6962.DefaultHasher, i, size, consistency.Consistency, old[:], root[:]); err != nil {
			t.Errorf("consistency from %d: %v", i, err)
		}
		var entry ctgo.GetEntryAndProofResponse
		ask(t, log, &entry, "get-entry-and-proof?leaf_index=%d&tree_size=%d", i, size)
		hash := rfc6962.DefaultHasher.HashLeaf(entry.LeafInput)
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, i, size, hash, entry.AuditPath, root[:]); err != nil {
			t.Errorf("inclusion of %d: %v", i, err)
		}
		var found ctgo.GetProofByHashResponse
		ask(t, log, &found, "get-proof-by-hash?hash=%s&tree_size=%d", url.QueryEscape(ct.Hash(hash).String()), size)
		if found.LeafIndex != int64(i) || len(found.AuditPath) != len(entry.AuditPath) {
			t.Errorf("entry %d is found at %d", i, found.LeafIndex)
		}
	}
	for _, path := range []string{
		"get-sth-consistency?first=5&second=22", "get-sth-consistency?first=5", "get-entry-and-proof?leaf_index=21&tree_size=21",
		"get-proof-by-hash?hash=AA&tree_size=21",
	} {
		if code, _ := get(t, log, "/ct/v1/"+path); code != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", path, code)
		}
	}
	for _, size := range []string{"21", "99"} {
		if code, _ := get(t, log, "/ct/v1/get-proof-by-hash?hash=AAAA&tree_size="+size); code != http.StatusNotFound {
			t.Errorf("a hash that no leaf has: status %d, want 404", code)
		}
	}
}

func TestGetRoots(t *testing.T) {
	log := newLog(cttest.Config{RFC6962: true}, 2)
	var body ctgo.GetRootsResponse
	ask(t, log, &body, "get-roots")
	if len(body.Certificates) != 1 {
		t.Errorf("%d roots, want 1", len(body.Certificates))
	}
}

func TestOddLeafInput(t *testing.T) {
	log := newLog(cttest.Config{RFC6962: true})
	log.Add(cttest.Leaf{Input: []byte("no leaf")})
	log.PublishAll()
	var body ctgo.GetEntriesResponse
	ask(t, log, &body, "get-entries?start=0&end=0")
	if got := string(body.Entries[0].LeafInput); got != "no leaf" {
		t.Errorf("leaf_input %q", got)
	}
	if want := ct.Hash(rfc6962.DefaultHasher.HashLeaf([]byte("no leaf"))); log.Root(1) != want {
		t.Errorf("root %s, want %s", log.Root(1), want)
	}
}
