package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// stallingLog serves the demo log by HTTP, but never the data tile behind the path stalled; asked is closed when that
// is asked for.
func stallingLog(t *testing.T, stalled string) (url string, asked chan struct{}) {
	t.Helper()
	asked = make(chan struct{}, 100)
	files := http.FileServer(http.Dir("../testdata/demo/log"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, stalled) {
			asked <- struct{}{}
			<-r.Context().Done()
			return
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

// demoAt writes a configuration for the demo log at a URL, and returns its path.
func demoAt(t *testing.T, url string) string {
	t.Helper()
	text, err := os.ReadFile("../testdata/demo/pinwatch.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "pinwatch.yaml")
	if err := os.WriteFile(path, bytes.ReplaceAll(text, []byte("file:log/"), []byte(url+"/")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestInterrupt: the first SIGINT or SIGTERM ends a scan with exit code 130, and the next scan goes on and finds all
// there is.
func TestInterrupt(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			url, asked := stallingLog(t, "/tile/data/001")
			config := demoAt(t, url)
			cmd := exec.CommandContext(t.Context(), "pinwatch", "scan", "-c", config)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			<-asked
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // the exit code says more
			if code := cmd.ProcessState.ExitCode(); code != codeInterrupted {
				t.Errorf("exit code %d, want %d; stderr:\n%s", code, codeInterrupted, stderr.String())
			}
			if !strings.Contains(stderr.String(), "hint: run it again: it goes on where it was stopped") {
				t.Errorf("stderr:\n%s", stderr.String())
			}
			text, err := os.ReadFile(config)
			if err != nil {
				t.Fatal(err)
			}
			whole, _ := stallingLog(t, "nothing")
			if err := os.WriteFile(config, bytes.ReplaceAll(text, []byte(url), []byte(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), "pinwatch", "findings", "--all", "--json", "-c", config).Output()
			if err != nil {
				t.Fatal(err)
			}
			before := bytes.Count(out, []byte("\n"))
			cmd = exec.CommandContext(t.Context(), "pinwatch", "scan", "-c", config)
			_, _ = cmd.Output()
			if code := cmd.ProcessState.ExitCode(); code != codeFindings {
				t.Errorf("the next scan ends with exit code %d", code)
			}
			out, err = exec.CommandContext(t.Context(), "pinwatch", "findings", "--all", "--json", "-c", config).Output()
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(out, []byte("\n")); n != 12 {
				t.Errorf("%d findings after all, %d of them before the interruption; want 12", n, before)
			}
		})
	}
}
