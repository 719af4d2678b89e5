package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// demoToPing is a directory with the demo log and its configuration.
func demoToPing(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../testdata/demo")); err != nil {
		t.Fatal(err)
	}
	if err := forget(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestScanBeats: a scan that did its work gives a sign of life, one that could not says so, and one that finds another
// at work is silent. What it finds has no influence on that.
func TestScanBeats(t *testing.T) {
	var mu sync.Mutex
	var pinged []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		pinged = append(pinged, r.URL.Path)
		if bytes.Contains(body, []byte("hunter2")) {
			t.Errorf("a ping holds a secret: %s", body)
		}
	}))
	defer server.Close()
	dir := demoToPing(t)
	t.Setenv("PING_URL", server.URL+"/hunter2")
	cfg := filepath.Join(dir, "pinwatch.yaml")
	text, err := os.ReadFile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "notify: {type: heartbeat, url_env: PING_URL}\n"...)
	if err := os.WriteFile(cfg, text, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(command string, want int, args ...string) {
		t.Helper()
		var stderr strings.Builder
		code := Run(append([]string{"pinwatch", command, "-c", cfg}, args...), strings.NewReader(""), io.Discard, &stderr)
		if code != want || strings.Contains(stderr.String(), "hunter2") {
			t.Errorf("exit code %d, want %d: %s", code, want, stderr.String())
		}
	}
	expect := func(want ...string) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(pinged, want) {
			t.Errorf("pings at %q, want %q", pinged, want)
		}
		pinged = nil
	}
	run("scan", codeFindings)
	expect("/hunter2")
	run("scan", codeDone)
	expect("/hunter2")
	nowhere := "sqlite:" + filepath.Join(dir, "nowhere", "x.db")
	run("scan", codeFailed, "--store", nowhere)
	expect("/hunter2/fail")
	run("watch", codeFailed, "--stdout", "--store", nowhere)
	expect("/hunter2/fail")
	server.Close()
	run("scan", codeDone) // who cannot be told is no reason to fail
	if err := os.WriteFile(cfg, fmt.Appendf(nil, "%s  ", bytes.Replace(text, []byte("PING_URL"), []byte("NO_SUCH"), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	run("scan", codeUsage)
}
