package deliver_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"pinwatch/config"
	"pinwatch/deliver"
	"pinwatch/notify"
)

const (
	newSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	oldSecret = "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=="
)

// wired makes the receivers of a configuration whose notify: part is given, in dir.
func wired(t *testing.T, dir, part string, env map[string]string, stdout io.Writer) ([]notify.Receiver, error) {
	t.Helper()
	cfg, err := config.Parse([]byte("contact: a@example.com\nwatch: [{name: example.com}]\nnotify:\n"+part), filepath.Join(dir, "pinwatch.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return deliver.Receivers(cfg, &deliver.Surroundings{
		Env:       func(name string) (string, bool) { v, found := env[name]; return v, found },
		Now:       time.Now,
		Zone:      time.UTC,
		Stdout:    stdout,
		Version:   "1.2.3",
		UserAgent: "pinwatch/1.2.3 (+a@example.com)",
	})
}

// put writes a file into dir.
func put(t *testing.T, dir, name string, content []byte, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), content, mode); err != nil {
		t.Fatal(err)
	}
}

// tellAll sends a test through all receivers.
func tellAll(t *testing.T, receivers []notify.Receiver) {
	t.Helper()
	m, err := deliver.Test(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range receivers {
		if err := r.Notifier.Notify(t.Context(), m); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
	}
}

// hook is a server that knows its clients by their certificates and keeps what came.
type hook struct {
	*httptest.Server
	header []http.Header
	path   []string
	body   [][]byte
}

func newHook(t *testing.T, dir string) *hook {
	t.Helper()
	h := &hook{}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.header, h.path, h.body = append(h.header, r.Header), append(h.path, r.Method+" "+r.URL.String()), append(h.body, body)
	}))
	h.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.StartTLS()
	t.Cleanup(h.Close)
	pair := h.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600)
	put(t, dir, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600)
	return h
}

// TestWebhooks: what the configuration says of webhooks and heartbeats arrives, secrets from all their places, over TLS
// with a client certificate.
func TestWebhooks(t *testing.T) {
	dir := t.TempDir()
	h := newHook(t, dir)
	put(t, dir, "new.secret", []byte(newSecret+"\n"), 0o600)
	put(t, dir, "old.secret", []byte(oldSecret+"\n"), 0o600)
	put(t, dir, "url", []byte(h.URL+"/alive?a=1\n"), 0o600)
	const pki = "ca_file: cert.pem, client_cert_file: cert.pem, client_key_file: key.pem"
	const part = `
  - {type: webhook, url_env: HOOK, secret_file: [new.secret, old.secret], headers: {X-Team: security}, headers_env: {Authorization: AUTH}, ` + pki + `}
  - {type: webhook, url_env: HOOK, secret_credential: hook, format: cloudevents, source: "https://ct.example.net", ` + pki + `}
  - {type: heartbeat, url_credential: url, method: GET, ` + pki + `}
`
	env := map[string]string{"HOOK": h.URL + "/hook", "AUTH": "Bearer token", "CREDENTIALS_DIRECTORY": dir}
	if _, err := wired(t, dir, part, env, nil); err == nil || !strings.Contains(err.Error(), "credential hook") {
		t.Errorf("a credential that is not there: %v", err)
	}
	put(t, dir, "hook", []byte(newSecret), 0o600)
	receivers, err := wired(t, dir, part, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	tellAll(t, receivers)
	if got, want := strings.Join(h.path, ", "), "POST /hook, POST /hook, GET /alive?a=1"; got != want {
		t.Fatalf("the server saw %s, want %s", got, want)
	}
	for i, secrets := range [][]string{{newSecret, oldSecret}, {newSecret}} {
		for _, secret := range secrets {
			verifier, err := standardwebhooks.NewWebhook(secret)
			if err != nil {
				t.Fatal(err)
			}
			if err := verifier.Verify(h.body[i], h.header[i]); err != nil {
				t.Errorf("request %d: %v", i, err)
			}
		}
	}
	first := h.header[0]
	if got := fmt.Sprint(first["X-Team"], first["Authorization"], first["User-Agent"]); got != "[security] [Bearer token] [pinwatch/1.2.3 (+a@example.com)]" {
		t.Errorf("headers are %s", got)
	}
	if !bytes.Contains(h.body[1], []byte(`"source":"https://ct.example.net"`)) {
		t.Errorf("the event is %s", h.body[1])
	}
}

// TestLocal: programs, files and standard output.
func TestLocal(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "tell", []byte("#!/bin/sh\ncat >\"$OUT/stdin\"\necho \"$1 $PINWATCH_TEST $TOKEN\" >\"$OUT/args\"\n"), 0o700)
	var stdout bytes.Buffer
	receivers, err := wired(t, dir, `
  - {type: exec, command: [`+filepath.Join(dir, "tell")+`, "two words"], env: {OUT: `+dir+`}, pass_env: [TOKEN], timeout: 10s}
  - {type: file, path: all.jsonl}
  - {type: file, path: all.jsonl, format: ocsf}
  - {type: file, path: all.jsonl, format: ecs}
  - {type: stdout, format: json}
  - {type: stdout}
`, map[string]string{"TOKEN": "t0ken"}, &stdout)
	if err != nil {
		t.Fatal(err)
	}
	tellAll(t, receivers)
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		return string(content)
	}
	if got := read("args"); got != "two words 1 t0ken\n" {
		t.Errorf("the program saw %q", got)
	}
	lines := strings.Split(read("all.jsonl"), "\n")
	if len(lines) != 4 || strings.TrimSuffix(lines[0], "\n") != read("stdin") || !strings.Contains(lines[1], `"class_uid":2004`) ||
		!strings.Contains(lines[2], `"ecs":{"version":"8.11.0"}`) || !strings.Contains(lines[2], `"version":"1.2.3"`) {
		t.Errorf("the file has %q", lines)
	}
	line, text, _ := strings.Cut(stdout.String(), "\n")
	if line != lines[0] || !json.Valid([]byte(line)) || !strings.Contains(text, "THIS IS A TEST") {
		t.Errorf("standard output has %s", stdout.String())
	}
}

// TestWrongSecrets: what is wrong with a receiver is told with its line and name, and without what is secret.
func TestWrongSecrets(t *testing.T) {
	tests := []struct{ part, want string }{
		{"{type: webhook, url_env: HOOK, secret_env: BAD}", "whsec_"},
		{"{type: webhook, url_env: BAD}", "https://"},
		{"{type: webhook, url_env: MISSING}", "MISSING"},
		{"{type: webhook, url_env: HOOK, headers_env: {X: NEWLINE}}", "X: its value"},
		{"{type: webhook, url_env: HOOK, proxy_env: BAD}", "proxy"},
		{"{type: webhook, url_env: HOOK, ca_file: missing.pem}", "missing.pem"},
		{"{type: heartbeat, url_env: BAD}", "https://"},
		{"{type: exec, command: [./relative]}", "absolute"},
		{"{type: exec, command: [sh], env: {PINWATCH_ID: x}}", "PINWATCH_"},
		{"{type: file, path: missing/dir/file}", "missing"},
	}
	env := map[string]string{"HOOK": "https://hooks.example.com/hunter2", "BAD": "hunter2", "NEWLINE": "hunter2\nX: y"}
	for _, tt := range tests {
		_, err := wired(t, t.TempDir(), "  - "+tt.part+"\n", env, nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "pinwatch.yaml:4") ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", tt.part, err)
		}
	}
}

// TestFormatsPage makes the receivers of every block of docs/notify-formats.md.
func TestFormatsPage(t *testing.T) {
	page, err := os.ReadFile("../docs/notify-formats.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	newHook(t, dir)
	put(t, dir, "hook-new", []byte(newSecret), 0o600)
	put(t, dir, "hook-old", []byte(oldSecret), 0o600)
	env := map[string]string{
		"PINWATCH_HOOK_URL": "https://hooks.example.com/1", "HOOK_AUTH": "Bearer x", "TICKET_TOKEN": "x",
		"PINWATCH_PING_URL": "https://ping.example.com/1", "KUMA_UP": "https://kuma.example.com/1", "KUMA_DOWN": "https://kuma.example.com/2",
	}
	here := strings.NewReplacer("/usr/local/bin/open-ticket", "sh", "/var/log/pinwatch/", "", "secrets/", "", "pki/ca.pem", "cert.pem",
		"pki/client.pem", "cert.pem", "pki/client-key.pem", "key.pem")
	blocks := strings.Split(string(page), "```yaml\n")[1:]
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		receivers, err := wired(t, dir, here.Replace(block), env, io.Discard)
		if err != nil || len(receivers) == 0 {
			t.Errorf("%v in\n%s", err, block)
		}
	}
	if len(blocks) != 4 {
		t.Errorf("%d blocks", len(blocks))
	}
}
