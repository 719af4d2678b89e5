package rfc6962_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
)

func TestFind(t *testing.T) {
	log := filled(50, 64)
	server := cttest.NewServer(log)
	r, _ := reader(t, log, server)
	h := head(t, r)
	batch, err := r.Entries(t.Context(), 0, 50, h, false)
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Release()
	leaf := batch.Entries[31].LeafHash()
	if index, err := r.Find(t.Context(), leaf, h); err != nil || index != 31 {
		t.Errorf("entry %d, %v", index, err)
	}
	if _, err := r.Find(t.Context(), ct.Hash{1}, h); !errors.Is(err, ct.ErrNoEntry) {
		t.Errorf("a leaf that is not there: %v", err)
	}
	var _ ct.Finder = r
}

// What a log says of an entry is believed with a proof only.
func TestFindIsNotTrusting(t *testing.T) {
	log := filled(50, 64)
	for name, change := range map[string]func(body map[string]any){
		"another index": func(body map[string]any) { body["leaf_index"] = 30 },
		"far behind":    func(body map[string]any) { body["leaf_index"] = uint64(1) << 62 },
		"no proof":      func(body map[string]any) { body["audit_path"] = [][]byte{} },
		"no answer":     func(body map[string]any) { clear(body) },
	} {
		t.Run(name, func(t *testing.T) {
			lie := cttest.Rewrite(func(raw []byte) []byte {
				var body map[string]any
				if err := json.Unmarshal(raw, &body); err != nil {
					t.Error(err)
				}
				if _, proof := body["audit_path"]; proof {
					change(body)
				}
				out, err := json.Marshal(body)
				if err != nil {
					t.Error(err)
				}
				return out
			})
			honest := cttest.NewServer(log)
			r, _ := reader(t, log, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if req.URL.Path == "/ct/v1/get-proof-by-hash" {
					lie(honest).ServeHTTP(w, req)
					return
				}
				honest.ServeHTTP(w, req)
			}))
			h := head(t, r)
			batch, err := r.Entries(t.Context(), 31, 32, h, false)
			if err != nil {
				t.Fatal(err)
			}
			leaf := batch.Entries[0].LeafHash()
			batch.Release()
			if index, err := r.Find(t.Context(), leaf, h); err == nil || errors.Is(err, ct.ErrNoEntry) {
				t.Errorf("entry %d, %v", index, err)
			}
		})
	}
}
