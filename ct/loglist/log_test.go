package loglist

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

type object = map[string]any

// entry makes a list entry for a new key; edit changes it before it is written.
func entry(t testing.TB, curve elliptic.Curve, edit func(object)) object {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	id := sha256.Sum256(der)
	e := object{
		"description": "Fir", "url": "https://fir.example/", "mmd": 3600,
		"key": base64.StdEncoding.EncodeToString(der), "log_id": base64.StdEncoding.EncodeToString(id[:]),
	}
	edit(e)
	return e
}

// listOf parses a list of the entry and one that is in order, and returns what became of the entry.
func listOf(t testing.TB, e object, tiled bool) (log *Log, reason string) {
	t.Helper()
	fir := object{"name": "Fir", "logs": []object{entry(t, elliptic.P256(), func(o object) { o["description"] = "Good" })}}
	kind := "logs"
	if tiled {
		kind = "tiled_logs"
	}
	data, err := json.Marshal(object{"operators": []object{fir, {"name": "Fir", kind: []object{e}}}})
	if err != nil {
		t.Fatal(err)
	}
	list, err := Parse(data, source)
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Refused) == 1 {
		return nil, list.Refused[0].Reason
	}
	return &list.Logs[1], ""
}

func TestRefusedLogs(t *testing.T) {
	set := func(field string, v any) func(object) { return func(o object) { o[field] = v } }
	state := func(size, root any) func(object) {
		return set("state", object{"readonly": object{"final_tree_head": object{"tree_size": size, "sha256_root_hash": root}}})
	}
	root := strings.Repeat("A", 43) + "="
	for _, tt := range []struct {
		name string
		edit func(object)
		want string
	}{
		{"no ID", set("log_id", ""), "log_id"},
		{"short ID", set("log_id", "AAAA"), "log_id"},
		{"no key", set("key", ""), "key is not base64"},
		{"key not base64", set("key", "§"), "key is not base64"},
		{"another key", set("key", "AAAA"), "is not the SHA-256 of its key"},
		{"field of another kind", set("url", 7), `"url" cannot be a JSON number`},
		{"no URL", set("url", ""), "no url"},
		{"no TLS", set("url", "http://fir.example/"), "is not https"},
		{"TLS with this machine", set("url", "https://127.0.0.1/"), "on this machine"},
		{"this machine by name", set("url", "http://localhost:80/"), "on this machine"},
		{"this machine as IPv6", set("url", "http://[::ffff:127.0.0.1]/"), "on this machine"},
		{"any address", set("url", "https://0.0.0.0/"), "on this machine"},
		{"any address as IPv6", set("url", "https://[::ffff:0.0.0.0]/"), "on this machine"},
		{"a file", set("url", "file:///etc/"), "is not https"},
		{"another scheme", set("url", "gopher://fir.example/"), "is not https"},
		{"no host", set("url", "https:///x/"), "has no host"},
		{"opaque", set("url", "https:fir.example"), "has no host"},
		{"user", set("url", "https://a:b@fir.example/"), "user name"},
		{"query", set("url", "https://fir.example/?a"), "query"},
		{"empty query", set("url", "https://fir.example/?"), "query"},
		{"fragment", set("url", "https://fir.example/#a"), "query or fragment"},
		{"not a URL", set("url", "https://fir example/"), "is not a URL"},
		{"endless URL", set("url", "https://fir.example/"+strings.Repeat("a", 2000)), "more than 1024 bytes"},
		{"negative MMD", set("mmd", -1), "mmd -1"},
		{"fraction of an MMD", set("mmd", 0.5), "mmd 0.5"},
		{"endless MMD", set("mmd", 1e300), "mmd 1e+300"},
		{"interval backwards", set("temporal_interval", object{
			"start_inclusive": "2026-01-01T00:00:00Z", "end_exclusive": "2025-01-01T00:00:00Z",
		}), "temporal_interval"},
		{"half an interval", set("temporal_interval", object{"end_exclusive": "2025-01-01T00:00:00Z"}), "temporal_interval"},
		{"interval of no dates", set("temporal_interval", object{"start_inclusive": "soon"}), "soon"},
		{"negative size", state(-1, root), "tree_size"},
		{"endless size", state(json.Number("18446744073709551616"), root), "tree_size"},
		{"no root", state(1, ""), "sha256_root_hash"},
		{"root of an empty tree", state(0, root), "empty tree"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, reason := listOf(t, entry(t, elliptic.P256(), tt.edit), false)
			if !strings.Contains(reason, tt.want) {
				t.Errorf("refused for %q, want %q", reason, tt.want)
			}
		})
	}
}

func TestRefusedKey(t *testing.T) {
	_, reason := listOf(t, entry(t, elliptic.P384(), func(object) {}), false)
	if !strings.Contains(reason, "P256") {
		t.Errorf("a P-384 key refused for %q (RFC 6962 section 2.1.4 allows P-256)", reason)
	}
}

func TestRefusedTiledLogs(t *testing.T) {
	for _, tt := range []struct{ name, submission, monitoring, head, want string }{
		{"no monitoring URL", "https://fir.example/", "", "", "no monitoring_url"},
		{"no submission URL", "", "https://fir.example/", "", "no submission_url"},
		{"a file in a list that is none", "https://fir.example/", "file:///etc/", "", "is a file and the list is not"},
		{"head from elsewhere", "", "https://fir.example/", "ftp://fir.example/", `head_url "ftp://fir.example/" is not https`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, reason := listOf(t, entry(t, elliptic.P256(), func(o object) {
				o["submission_url"], o["monitoring_url"], o["head_url"] = tt.submission, tt.monitoring, tt.head
			}), true)
			if !strings.Contains(reason, tt.want) {
				t.Errorf("refused for %q, want %q", reason, tt.want)
			}
		})
	}
}

func TestTakenLogs(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(object)
		ok   func(*Log) bool
	}{
		{
			"whole MMD with a fraction", func(o object) { o["mmd"] = json.RawMessage("60.0") },
			func(l *Log) bool { return l.MMD == time.Minute },
		},
		{
			"port and no slash", func(o object) { o["url"] = "https://fir.example:8080/x" },
			func(l *Log) bool { return l.URL == "https://fir.example:8080/x/" },
		},
		{
			"more slashes", func(o object) { o["url"] = "https://fir.example//" },
			func(l *Log) bool { return l.URL == "https://fir.example/" },
		},
		{
			"long description", func(o object) { o["description"] = strings.Repeat("é", 1000) },
			func(l *Log) bool { return l.Description == strings.Repeat("é", 128) },
		},
		{
			"state that is null", func(o object) { o["state"] = object{"usable": nil, "retired": object{}} },
			func(l *Log) bool { return l.State == "retired" && l.Since.IsZero() },
		},
		{"size as a float", func(o object) {
			o["state"] = json.RawMessage(`{"readonly":{"final_tree_head":{"tree_size":1e3,"sha256_root_hash":"` +
				strings.Repeat("A", 43) + `="}}}`)
		}, func(l *Log) bool { return l.Final.Size == 1000 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log, reason := listOf(t, entry(t, elliptic.P256(), tt.edit), false)
			if reason != "" {
				t.Fatalf("refused: %s", reason)
			}
			if !tt.ok(log) {
				t.Errorf("read as %+v", log)
			}
		})
	}
}
