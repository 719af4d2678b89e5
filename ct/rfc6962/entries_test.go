package rfc6962_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/rfc6962"
)

// answer is a handler that always answers the same.
func answer(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(body)) })
}

// leafInput is the MerkleTreeLeaf of an entry in base64.
func leafInput(prefix string, cert string, suffix string) string {
	leaf := prefix + "\x00\x00\x01\x80\x00\x00\x00\x00" + "\x00\x00" + "\x00\x00" + string(rune(len(cert))) + cert +
		"\x00\x00" + suffix
	return base64.StdEncoding.EncodeToString([]byte(leaf))
}

func row(leaf string) string { return fmt.Sprintf(`{"leaf_input":%q,"extra_data":"AAAA"}`, leaf) }

func page(rows ...string) string { return `{"entries":[` + strings.Join(rows, ",") + `]}` }

func TestEntriesAnswers(t *testing.T) {
	good := row(leafInput("\x00\x00", "cert", ""))
	tests := map[string]struct {
		body string
		n    int    // entries, or
		text string // what the error says
		is   error
	}{
		"as many as asked": {page(good, good, good), 3, "", nil},
		"fewer":            {page(good), 1, "", nil},
		"none":             {page(), 0, "", rfc6962.ErrNoEntries},
		"too many":         {page(good, good, good, good), 0, "", rfc6962.ErrTooMany},
		"too many, unusual shape": {
			`{"more":[{}],"entries":[` + good + strings.Repeat(","+good, 100_000) + `]}`, 0, "", rfc6962.ErrTooMany,
		},
		"empty body":          {"", 0, "unexpected EOF", nil},
		"null":                {"null", 0, "where { should be", nil},
		"null entries":        {`{"entries":null}`, 0, "where [ should be", nil},
		"an error":            {`{"error":"rate\u0007limited"}`, 0, `no entries: "{\"error\"`, nil},
		"HTML":                {"<html>", 0, "invalid character '<'", nil},
		"truncated":           {page(good, good)[:100], 0, "unexpected EOF", nil},
		"something behind":    {page(good) + "{}", 0, "goes on behind its end", nil},
		"entries twice":       {`{"entries":[],"entries":[` + good + `]}`, 0, "entries twice", nil},
		"no leaf":             {page(good, `{"extra_data":""}`), 0, "entry 3: it is empty", nil},
		"leaf not base64":     {page(row("bogus")), 0, "leaf_input of entry 2: illegal base64", nil},
		"leaf without end":    {page(row("Z29vZA")), 0, "leaf_input of entry 2: illegal base64", nil},
		"leaf is a number":    {page(`{"leaf_input":5,"extra_data":""}`), 0, "cannot unmarshal number", nil},
		"extra not base64":    {page(`{"leaf_input":"` + leafInput("\x00\x00", "c", "") + `","extra_data":"?"}`), 1, "", nil},
		"no extra_data":       {page(`{"leaf_input":"` + leafInput("\x00\x00", "c", "") + `"}`), 1, "", nil},
		"deep":                {`{"x":` + strings.Repeat("[", 100_000), 0, "exceeded max depth", nil},
		"members the old way": {page(`{"extra_data":"", "leaf_input" : "` + leafInput("\x00\x00", "c", "") + `" }`), 1, "", nil},
	}
	log := filled(0, 256)
	h := &ct.TreeHead{Size: 1000}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, get := reader(t, log, answer(tt.body))
			batch, err := r.Entries(t.Context(), 2, 5, h, false)
			switch {
			case tt.is != nil && !errors.Is(err, tt.is):
				t.Fatalf("got %v, want %v", err, tt.is)
			case tt.n == 0 && (err == nil || !strings.Contains(err.Error(), tt.text)):
				t.Fatalf("got %v, want an error that says %q", err, tt.text)
			case tt.n > 0 && err != nil:
				t.Fatal(err)
			case tt.n > 0 && len(batch.Entries) != tt.n:
				t.Fatalf("%d entries, want %d", len(batch.Entries), tt.n)
			}
			if len(get.asked) != 1 || len(get.rejected) > 1 || (len(get.rejected) == 1) != (err != nil) {
				t.Errorf("asked %q, rejected %v", get.asked, get.rejected)
			}
		})
	}
}

// A leaf that cannot be decoded is an entry all the same, and hashed right.
func TestEntriesKeepsOddLeaves(t *testing.T) {
	odd := map[string]string{
		"another version":   leafInput("\x01\x00", "cert", ""),
		"another leaf type": leafInput("\x00\x07", "cert", ""),
		"bytes left over":   leafInput("\x00\x00", "cert", "!"),
		"another type":      base64.StdEncoding.EncodeToString([]byte("\x00\x00TTTTTTTT\x80\x00json")),
		"cut off":           base64.StdEncoding.EncodeToString([]byte("\x00\x00TTTTTTTT\x00\x00\x00\x00\x09cert")),
		"one byte":          "AA==",
		"text":              base64.StdEncoding.EncodeToString([]byte("www.example.com")),
	}
	for name, leaf := range odd {
		t.Run(name, func(t *testing.T) {
			r, _ := reader(t, filled(0, 256), answer(page(row(leafInput("\x00\x00", "one", "")), row(leaf))))
			batch, err := r.Entries(t.Context(), 40, 42, &ct.TreeHead{Size: 1000}, false)
			if err != nil {
				t.Fatal(err)
			}
			e := &batch.Entries[1]
			want, _ := base64.StdEncoding.DecodeString(leaf)
			if e.Index != 41 || string(e.Leaf) != string(want) || e.Timestamped != nil || e.Cert != nil {
				t.Fatalf("got %+v", e)
			}
			if got := (&ct.Entry{Leaf: want}).LeafHash(); e.LeafHash() != got {
				t.Error("wrong leaf hash")
			}
			sub, err := r.Submission(t.Context(), e)
			if err != nil || sub.Cert != nil {
				t.Errorf("submission %+v, %v", sub, err)
			}
			if one := &batch.Entries[0]; one.Leaf != nil || string(one.Cert) != "one" {
				t.Errorf("the entry before it: %+v", one)
			}
		})
	}
}

// A page of too many bytes is asked for in smaller parts.
func TestEntriesTooLarge(t *testing.T) {
	big := row(leafInput("\x00\x00", "cert", strings.Repeat("x", 4<<20)))
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var start, end int
		fmt.Sscanf(r.URL.RawQuery, "start=%d&end=%d", &start, &end)
		rows := make([]string, min(end-start+1, 8))
		for i := range rows {
			rows[i] = big
		}
		w.Write([]byte(page(rows...)))
	})
	r, get := reader(t, filled(0, 256), h)
	batch, err := r.Entries(t.Context(), 0, 64, &ct.TreeHead{Size: 64}, false)
	if err != nil || len(batch.Entries) != 4 {
		t.Fatalf("got %v and %q", err, get.asked)
	}
	if r.PageSize() != 4 || len(get.asked) != 5 {
		t.Errorf("page size %d after %q", r.PageSize(), get.asked)
	}
}

func TestTreeHeadRefuses(t *testing.T) {
	log := filled(4, 256)
	other := cttest.NewLog(cttest.Config{Origin: "other.test", RFC6962: true})
	body := func(size uint64, timestamp any, root, signature string) string {
		return fmt.Sprintf(`{"tree_size":%d,"timestamp":%v,"sha256_root_hash":%q,"tree_head_signature":%q}`,
			size, timestamp, root, signature)
	}
	h := log.Head()
	root, sig := h.Root.String(), base64.StdEncoding.EncodeToString(h.Signature)
	tests := map[string]struct {
		body string
		kind ct.Kind // or
		text string
	}{
		"another size":           {body(5, h.Timestamp, root, sig), ct.BadSignature, ""},
		"another time":           {body(4, h.Timestamp+1, root, sig), ct.BadSignature, ""},
		"no signature":           {body(4, h.Timestamp, root, ""), ct.BadSignature, ""},
		"bytes behind it":        {body(4, h.Timestamp, root, sig[:len(sig)-4]+"AAAAAAAA"), ct.BadSignature, ""},
		"signature not base64":   {body(4, h.Timestamp, root, "bogus"), "", "illegal base64"},
		"short root":             {body(4, h.Timestamp, "AAAA", sig), "", "3 bytes, not 32"},
		"negative time":          {body(4, -1, root, sig), "", "cannot unmarshal number -1"},
		"absurd size":            {body(1<<63, h.Timestamp, root, sig), "", "absurd"},
		"no size":                {`{"timestamp":1}`, "", "no tree_size"},
		"no time":                {`{"tree_size":1}`, "", "no timestamp"},
		"HTML":                   {"<html>", "", "invalid character"},
		"two bodies":             {body(4, h.Timestamp, root, sig) + "{}", "", "after top-level value"},
		"more than a head needs": {strings.Repeat(" ", 20<<10), "", "too large"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, _ := reader(t, log, answer(tt.body))
			checkRefused(t, r, tt.kind, tt.text)
		})
	}
	r, _ := reader(t, log, cttest.NewServer(other))
	checkRefused(t, r, ct.BadSignature, "")
}

func checkRefused(t *testing.T, r ct.Reader, kind ct.Kind, text string) {
	t.Helper()
	got, err := r.TreeHead(t.Context())
	if err == nil {
		t.Fatalf("accepted: %+v", got)
	}
	var m *ct.Misbehaviour
	if errors.As(err, &m) != (kind != "") || m != nil && (m.Kind != kind || len(m.Raw) == 0) {
		t.Errorf("got %v, want kind %q with its evidence", err, kind)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want %q", err, text)
	}
}
