package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/config"
	"pinwatch/ct/cttest"
	"pinwatch/matcher"
	"pinwatch/notify"
)

// heardIn are the messages in a file since the last time, as kind and event.
func heardIn(t *testing.T, path string, from *int) []string {
	t.Helper()
	synctest.Wait()
	content, err := os.ReadFile(path)
	if err != nil && *from > 0 {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(content[*from:])) {
		var m notify.Message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		out = append(out, string(m.Kind)+" "+m.Event)
	}
	*from = len(content)
	return out
}

// TestWatchHealth: a log that is silent and a canary that is, are told when they begin to be and when it is over. While
// the canary is silent, the signs of life are none.
func TestWatchHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLongWatch(t)
		dir := t.TempDir()
		all, beats := filepath.Join(dir, "all.jsonl"), filepath.Join(dir, "beats.jsonl")
		to := func(path string) map[string]config.Word {
			return map[string]config.Word{"path": {Texts: []string{path}}}
		}
		w.cfg.Behind = 6 * time.Hour
		w.cfg.Watch = append(w.cfg.Watch, matcher.Watch{Name: "canary.example.org"})
		w.cfg.Canary = &config.Canary{Watch: 1, Period: 24 * time.Hour}
		w.cfg.Notify = []config.Receiver{
			{Name: "all", Type: "file", Words: to(all)},
			{Name: "beats", Type: "file", Only: config.Only{Kinds: []string{"heartbeat"}}, Words: to(beats)},
		}
		one := w.log("one")
		w.publish("/list.json", map[string]*cttest.Log{"one": one, "two": w.log("two")})
		w.run(func() {
			seen, beaten := 0, 0
			told := func(want ...string) {
				t.Helper()
				if diff := cmp.Diff(want, heardIn(t, all, &seen)); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
			}
			beat := func(want string, least int) {
				t.Helper()
				got := heardIn(t, beats, &beaten)
				if len(got) < least || got[len(got)-1] != "heartbeat "+want {
					t.Errorf("signs of life: %q, want %d that end with %s", got, least, want)
				}
			}
			time.Sleep(time.Hour)
			told()
			beat("ok", 11)

			w.mu.Lock()
			two := w.logs["two"]
			delete(w.logs, "two")
			w.mu.Unlock()
			time.Sleep(7 * time.Hour)
			told("log_alarm silent")
			w.mu.Lock()
			w.logs["two"] = two
			w.mu.Unlock()
			time.Sleep(time.Hour)
			told("log_alarm resolved")
			beat("ok", 90)

			time.Sleep(15*time.Hour + 10*time.Minute)
			told("canary silent")
			beat("failed", 180)
			one.AddFinal(ca().Issue(cttest.Template{Names: []string{"daily.canary.example.org"}, Key: "canary", Bare: true}))
			one.PublishAll()
			time.Sleep(time.Hour)
			told("canary resolved")
			beat("ok", 11)
		})
	})
}
