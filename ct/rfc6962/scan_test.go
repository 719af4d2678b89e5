package rfc6962

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const sharedLogs = "../../../shared/data/logs/"

func TestScanRowsKnowsTheUsualShape(t *testing.T) {
	tests := map[string]struct {
		body  string
		want  string // leaf=extra of each row
		known bool
	}{
		"none":            {`{"entries":[]}`, "", true},
		"one":             {`{"entries":[{"leaf_input":"AA==","extra_data":"BB=="}]}`, "AA===BB== ", true},
		"new line behind": {`{"entries":[{"leaf_input":"AA==","extra_data":""}]}` + "\n", "AA=== ", true},
		"white space": {
			" {\t\"entries\" : [ { \"leaf_input\" : \"A\" , \"extra_data\" : \"B\" } ,\r\n {\"extra_data\":\"D\",\"leaf_input\":\"C\"} ] } ",
			"A=B C=D ", true,
		},
		"too many":       {`{"entries":[` + strings.Repeat(`{"leaf_input":"A","extra_data":""},`, 9), "A= A= A= A= ", true},
		"escape":         {`{"entries":[{"leaf_input":"A\/A=","extra_data":""}]}`, "", false},
		"escape at end":  {`{"entries":[{"leaf_input":"A\"","extra_data":""}]}`, "", false},
		"more members":   {`{"entries":[{"leaf_input":"A","extra_data":"","x":1}]}`, "", false},
		"fewer members":  {`{"entries":[{"leaf_input":"A"}]}`, "", false},
		"twice the same": {`{"entries":[{"leaf_input":"A","leaf_input":"B"}]}`, "", false},
		"null":           {`{"entries":[{"leaf_input":null,"extra_data":""}]}`, "", false},
		"comma at end":   {`{"entries":[{"leaf_input":"A","extra_data":""},]}`, "", false},
		"something else": {`{"entries":[],"more":1}`, "", false},
		"rubbish behind": {`{"entries":[]}x`, "", false},
		"cut off":        {`{"entries":[{"leaf_input":"A`, "", false},
		"empty":          {``, "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			rows, known := scanRows(nil, []byte(tt.body), 3)
			if known != tt.known {
				t.Fatalf("known: %v", known)
			}
			var got strings.Builder
			for _, r := range rows {
				fmt.Fprintf(&got, "%s=%s ", r.leaf, r.extra)
			}
			if known && got.String() != tt.want {
				t.Errorf("got %q, want %q", got.String(), tt.want)
			}
		})
	}
}

// realBodies are real answers and real faults, as seeds.
func realBodies(f *testing.F, patterns ...string) {
	f.Helper()
	found := 0
	for _, pattern := range patterns {
		names, err := filepath.Glob(sharedLogs + pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			body, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(body)
			found++
		}
	}
	if found == 0 {
		f.Logf("no seeds at %s: only those of the test itself", sharedLogs)
	}
}

// FuzzRows: what the scanner and encoding/json both accept they read alike, and what the scanner does not know
// parseRows accepts only if encoding/json does.
func FuzzRows(f *testing.F) {
	realBodies(f, "azul-argon2020-rfc6962-http/get-entries*", "ct-java-embedded/LOG_ENTRY*", "ctgo-embedded/client/*", "ctgo-embedded/scanner/*")
	f.Add([]byte(`{"entries":[{"leaf_input":"AA==","extra_data":"BB=="},{"extra_data":"\/","leaf_input":""}]}`))
	f.Add([]byte(`{"x":[[]],"entries" : [{}, {"leaf_input":"\u0041"}], "y":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		const limit = 50
		want, jsonErr := oracleRows(body)
		rows, known := scanRows(nil, body, limit)
		if !known {
			var err error
			if rows, err = parseRows(nil, body, limit); err != nil {
				return
			}
		}
		if len(rows) > limit+1 {
			t.Fatalf("%d rows for a limit of %d", len(rows), limit)
		}
		if jsonErr != nil || len(rows) > limit {
			if !known && len(rows) <= limit {
				t.Fatalf("accepted what encoding/json refuses: %v", jsonErr)
			}
			return
		}
		if len(rows) != len(want) {
			t.Fatalf("%d rows, encoding/json reads %d", len(rows), len(want))
		}
		for i, r := range rows {
			if !sameBase64(r.leaf, want[i].Leaf) || !sameBase64(r.extra, want[i].Extra) {
				t.Fatalf("row %d is %q, encoding/json reads %q", i, r, want[i])
			}
		}
	})
}

type oracleRow struct {
	Leaf  string `json:"leaf_input"`
	Extra string `json:"extra_data"`
}

// oracleRows reads a body by encoding/json alone. Names of members are taken as they are.
func oracleRows(body []byte) (rows []oracleRow, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, err
	}
	if members["entries"] == nil {
		return nil, errors.New("no entries")
	}
	err = json.Unmarshal(members["entries"], &rows)
	return rows, err
}

// sameBase64 says whether both decode to the same, or neither does.
func sameBase64(a []byte, b string) bool {
	x, errX := base64.StdEncoding.DecodeString(string(a))
	y, errY := base64.StdEncoding.DecodeString(b)
	return (errX == nil) == (errY == nil) && (errX != nil || bytes.Equal(x, y))
}

// FuzzPage: any body makes entries or an error, and each entry is the bytes of its leaf.
func FuzzPage(f *testing.F) {
	realBodies(f, "azul-argon2020-rfc6962-http/get-entries*", "ct-java-embedded/LOG_ENTRY*", "ctgo-embedded/client/*", "ctgo-embedded/scanner/*")
	f.Add([]byte(`{"entries":[{"leaf_input":"AAAAAAGAAAAAAAAAAAAABGNlcnQAAA==","extra_data":"AAAA"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		b := &buffer{body: body}
		if b.decode(7, 50) != nil {
			return
		}
		for i := range b.entries {
			want, err := base64.StdEncoding.DecodeString(string(b.rows[i].leaf))
			if err != nil {
				t.Fatalf("accepted a leaf that is not base64: %v", err)
			}
			e := &b.entries[i]
			if e.Leaf == nil {
				want = bytes.TrimPrefix(want, []byte{0, 0})
			}
			if got := append(e.Leaf, e.Timestamped...); e.Index != 7+uint64(i) || !bytes.Equal(got, want) {
				t.Fatalf("entry %d is %x, its leaf %x", e.Index, got, want)
			}
		}
	})
}
