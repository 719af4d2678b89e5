package deliver_test

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pinwatch/config"
	"pinwatch/deliver"
)

// TestReceiversPage makes the receivers of every block of docs/receivers.md.
func TestReceiversPage(t *testing.T) {
	page, err := os.ReadFile("../docs/receivers.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"secrets/teams-url": "https://prod.example.com/workflows/1\n", "credentials/discord-url": "https://discord.com/api/webhooks/1/x\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{
		"PINWATCH_MAIL_PASSWORD": "x", "PINWATCH_SLACK_URL": "https://hooks.slack.com/services/1", "CREDENTIALS_DIRECTORY": dir + "/credentials",
		"PINWATCH_PAGERDUTY_KEY": strings.Repeat("k", 32), "PINWATCH_NTFY_URL": "ntfy://ntfy.example.com/certs",
	}
	with := &deliver.Surroundings{
		Env: func(name string) (string, bool) { v, found := env[name]; return v, found },
		Now: time.Now, Zone: time.UTC, Stdout: io.Discard, Version: "test",
	}
	told := 0
	for _, block := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllSubmatch(page, -1) {
		text := "contact: a@example.com\nwatch: [{name: example.com}]\nnotify:\n" + string(block[1])
		cfg, err := config.Parse([]byte(text), filepath.Join(dir, "pinwatch.yaml"))
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		receivers, err := deliver.Receivers(cfg, with)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		told += len(receivers)
	}
	if told != 9 {
		t.Errorf("%d receivers in docs/receivers.md", told)
	}
}
