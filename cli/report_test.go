package cli

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pinwatch/config"
	"pinwatch/report"
)

// TestAttentionCode: a log that misbehaved beats findings, and these beat what was not looked at.
func TestAttentionCode(t *testing.T) {
	for _, tt := range []struct {
		in   report.Attention
		want int
	}{
		{report.Attention{}, codeDone},
		{report.Attention{Incomplete: true}, codeIncomplete},
		{report.Attention{Findings: true}, codeFindings},
		{report.Attention{Findings: true, Incomplete: true}, codeFindings},
		{report.Attention{Misbehaved: true, Findings: true, Incomplete: true}, codeMisbehaved},
	} {
		if got := exitCode(attentionCode(tt.in)); got != tt.want {
			t.Errorf("%+v: exit code %d, want %d", tt.in, got, tt.want)
		}
	}
}

// TestConfigurationHasNoSecrets tells a configuration that is full of them.
func TestConfigurationHasNoSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pinwatch.yaml")
	err := os.WriteFile(path, []byte(`
contact: security@example.com
logs:
  list: https://list.example/log_list.json
  extra:
    - description: own
      url: https://ct.example.net/
      key: MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8gvGrlhvy7IALRK2jW/TPN7IXCyytu3vH/Fdykq9HnXG3Q072tamfT2dzmonKgitqVO/8Ew+VwXIqG0gZno+4g==
  limits: {operators: {Example: {requests_per_second: 0.5}}}
watch:
  - {name: example.com, labels: [web], exclude: [lab.example.com]}
notify:
  - {type: webhook, name: hook, url: https://hooks.example.com/SECRET, only: {severity: high, labels: [web]}}
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := cfg.Watchlist()
	if err != nil {
		t.Fatal(err)
	}
	told, err := configurationOf(cfg, list)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "SECRET") {
		t.Errorf("it gives secrets away: %s", text)
	}
	for _, want := range []string{
		"hook (webhook), only labels web, only severity high and above", "https://list.example/log_list.json", "lab.example.com",
		"Example: 0.5 requests per second", "own https://ct.example.net/", `"labels","value":"web"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not told: %s", want, text)
		}
	}
}

// TestWriteWhole: a file that could not be written whole leaves the old one as it was, and nothing beside it.
func TestWriteWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	write := func(text string, err error) error {
		return writeWhole(path, func(w io.Writer) error {
			_, failed := io.WriteString(w, text)
			return errors.Join(failed, err)
		})
	}
	if err := write("old", nil); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := write("ne", broken); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "old" || len(left) != 1 {
		t.Errorf("the file holds %q (%v), and %d are there", text, err, len(left))
	}
}
