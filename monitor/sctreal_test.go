package monitor

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
	"pinwatch/ct/certscan"
	"pinwatch/store"
)

// listedKeys are the keys of all logs of a published list.
func listedKeys(t *testing.T, file string) *scts {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Skip("no " + file)
	}
	var list struct {
		Operators []struct {
			Logs []struct {
				Key []byte `json:"key"`
			} `json:"logs"`
			Tiled []struct {
				Key []byte `json:"key"`
			} `json:"tiled_logs"`
		} `json:"operators"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	s := &scts{}
	for _, o := range list.Operators {
		for _, l := range o.Logs {
			s.learn(sha256.Sum256(l.Key), l.Key)
		}
		for _, l := range o.Tiled {
			s.learn(sha256.Sum256(l.Key), l.Key)
		}
	}
	return s
}

// TestRealSCTs verifies the SCTs of real certificates with the keys of real logs.
func TestRealSCTs(t *testing.T) {
	const dir = "../../shared/data/"
	data, err := os.ReadFile(dir + "logs/live-2026-05/entries.json")
	if err != nil {
		t.Skip("no ../shared/data/logs/live-2026-05")
	}
	s := listedKeys(t, dir+"log-lists/azul-sct-validator/log_list.json")
	var rows []struct {
		Leaf  []byte `json:"leaf_input"`
		Extra []byte `json:"extra_data"`
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, row := range rows {
		var e ct.Entry
		if _, err := e.DecodeTimestamped(bytes.TrimPrefix(row.Leaf, []byte{0, 0})); err != nil {
			t.Fatal(err)
		}
		if e.Type != ct.X509Entry {
			continue
		}
		chain, _, _ := ct.CutOpaque24(row.Extra)
		issuer, _, ok := ct.CutOpaque24(chain)
		if !ok {
			t.Fatal("an entry without a chain")
		}
		key := new(certscan.Scanner).Certificate(issuer).SPKIHash()
		out := s.read(&store.Final{DER: e.Cert, IssuerKeyHash: &key})
		if out.Problem != "" || len(out.SCTs) < 2 {
			t.Errorf("%s: %d SCTs, %s", base64.StdEncoding.EncodeToString(e.Cert[:40]), len(out.SCTs), out.Problem)
		}
		for _, sct := range out.SCTs {
			count[sct.Signature]++
			if sct.Signature == store.SCTValid && sct.LeafIndex != nil {
				count["with an index"]++
			}
		}
	}
	if diff := cmp.Diff(map[string]int{store.SCTValid: 27, "with an index": 8}, count); diff != "" {
		t.Errorf("SCTs (-want +got):\n%s", diff)
	}
}
