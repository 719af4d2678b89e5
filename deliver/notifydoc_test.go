package deliver_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"pinwatch/config"
	"pinwatch/deliver"
	"pinwatch/notify"
)

// TestNotifyPage makes the receivers of docs/notify.md, and wants the kinds there to be those that there are.
func TestNotifyPage(t *testing.T) {
	page, err := os.ReadFile("../docs/notify.md")
	check(t, err)
	block := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindSubmatch(page)
	cfg, err := config.Parse(block[1], filepath.Join(t.TempDir(), "pinwatch.yaml"))
	check(t, err)
	if _, _, err := cfg.Watchlist(); err != nil || cfg.Canary == nil || cfg.Watch[cfg.Canary.Watch].ID() != "example.net" {
		t.Errorf("canary %+v, %v", cfg.Canary, err)
	}
	with := surroundings()
	with.Env = func(name string) (string, bool) {
		v, found := map[string]string{
			"PINWATCH_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "PINWATCH_PING_URL": "https://ping.example.com/x",
		}[name]
		return v, found
	}
	receivers, err := deliver.Receivers(cfg, with)
	check(t, err)
	if len(receivers) != 4 {
		t.Errorf("%d receivers", len(receivers))
	}
	kinds := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| ").FindAllSubmatch(page, -1)
	known := notify.Kinds()
	for i, k := range config.MessageKinds() {
		if i >= len(kinds) || string(kinds[i][1]) != k || notify.Kind(k) != known[i] {
			t.Errorf("kind %d: the page, the configuration and the messages do not agree about %s", i+1, k)
		}
	}
}
