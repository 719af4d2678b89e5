package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pinwatch/config"
	"pinwatch/ct/cttest"
	"pinwatch/matcher"
	"pinwatch/store"
)

// pinnedWatch is a watch whose pins stand in a file.
type pinnedWatch struct {
	*longWatch
	log  *cttest.Log
	file string
}

// newPinnedWatch watches example.com, with the keys of a file, and waits a quarter of an hour for those that are unknown.
func newPinnedWatch(t *testing.T) *pinnedWatch {
	w := &pinnedWatch{longWatch: newLongWatch(t), file: filepath.Join(t.TempDir(), "keys.txt")}
	w.cfg.Watch[0].Issuers = []matcher.Pin{{SPKI: ca().Key.Hash()}}
	w.cfg.Rules = []config.Rule{{PinsFrom: []config.PinsFrom{{Pattern: w.file}}, Pending: 15 * time.Minute}}
	w.log = w.longWatch.log("one")
	w.publish("/list.json", map[string]*cttest.Log{"one": w.log})
	w.declare("web")
	return w
}

// declare has the file hold the pins of keys.
func (w *pinnedWatch) declare(keys ...string) {
	w.Helper()
	var text strings.Builder
	for _, key := range keys {
		text.WriteString(matcher.FormatPin(cttest.NewKey(key).Hash()) + " " + key + "\n")
	}
	if err := os.WriteFile(w.file, []byte(text.String()), 0o600); err != nil {
		w.Fatal(err)
	}
}

// issue logs a certificate for a host with a key, and as much else as fills the tile.
func (w *pinnedWatch) issue(host, key string) {
	stranger := ca().Issue(cttest.Template{Names: []string{"other.example.net"}, Key: "stranger", Bare: true})
	now := time.Now()
	w.log.AddPrecert(ca().Issue(cttest.Template{
		CN: host, Names: []string{host}, Key: key, Bare: true, NotBefore: now, NotAfter: now.AddDate(0, 0, 90),
	}))
	for w.log.Size()%256 != 0 {
		w.log.AddPrecert(stranger)
	}
	w.log.PublishAll()
}

// told fails the test unless stdout tells of just these hosts since the last call.
func (w *pinnedWatch) told(hosts ...string) {
	w.Helper()
	synctest.Wait()
	w.stdout.mu.Lock()
	fresh := string(w.stdout.text[w.stdout.heard:])
	w.stdout.heard = len(w.stdout.text)
	w.stdout.mu.Unlock()
	if got := strings.Count(fresh, "matched "); got != len(hosts) {
		w.Errorf("told of %d hosts, want %q:\n%s", got, hosts, fresh)
	}
	for _, host := range hosts {
		if !strings.Contains(fresh, "matched  "+host) {
			w.Errorf("nothing of %s:\n%s", host, fresh)
		}
	}
}

// TestWatchWaitsForKeys: a key that is declared in time is never told, any other one when its time is over. Files are
// read again within a minute.
func TestWatchWaitsForKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newPinnedWatch(t)
		w.run(func() {
			time.Sleep(time.Minute)
			w.said("note", "following 1 log", "caught up")

			w.issue("web.example.com", "web")
			w.issue("late.example.com", "next")
			time.Sleep(5 * time.Minute)
			w.told()
			w.said("note")
			w.declare("web", "next")
			time.Sleep(time.Minute)
			w.said("note", "1 finding was judged anew", "unexpected became expected, closed")
			time.Sleep(time.Hour)
			w.told()

			w.issue("stolen.example.com", "thief")
			time.Sleep(14 * time.Minute)
			w.told()
			time.Sleep(3 * time.Minute)
			w.told("stolen.example.com")

			// A key that was taken out is known, and nobody will declare it: that is told at once.
			w.declare("next")
			time.Sleep(time.Minute)
			w.said("note")
			w.issue("old.example.com", "web")
			time.Sleep(2 * time.Minute)
			w.told("old.example.com")
			if !strings.Contains(w.stdout.String(), "unexpected (unknown_key, retired_key)") ||
				!strings.Contains(w.stdout.String(), "also of web.example.com, seen first 2000-01-01 00:0") {
				t.Errorf("the key was pinned before and in a certificate, and that is not said:\n%s", w.stdout)
			}
			time.Sleep(time.Hour)
			w.told()
		})
	})
}

// TestWatchTellsOfLostFiles: at once and every day, and their pins stay in force.
func TestWatchTellsOfLostFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newPinnedWatch(t)
		w.cfg.Logs.Poll = 30 * time.Minute
		w.run(func() {
			time.Sleep(time.Minute)
			w.said("warning")
			if err := os.Remove(w.file); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			const gone = "keys.txt: no such file or directory; what it gave example.com at .* stays in force .1 pin."
			w.said("warning", gone)
			w.issue("web.example.com", "web")
			time.Sleep(time.Hour)
			w.told()
			w.said("warning")
			time.Sleep(24 * time.Hour)
			w.said("warning", gone)
			time.Sleep(24 * time.Hour)
			w.said("warning", gone)

			if err := os.WriteFile(w.file, []byte("<html>"), 0o600); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
			w.said("warning")
			w.declare("web")
			time.Sleep(time.Minute)
			w.said("note", "read again, or not asked for any more: .*keys.txt")
			time.Sleep(48 * time.Hour)
			w.said("warning")
		})
	})
}

// TestWatchLearns: what was logged before the beginning and is valid then is the baseline, to be approved; what comes
// later is told.
func TestWatchLearns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newPinnedWatch(t)
		w.cfg.Watch[0].Issuers, w.cfg.Rules = nil, []config.Rule{{Learn: true}}
		w.cfg.Logs.Start = config.Start{Kind: config.StartBeginning}
		w.issue("web.example.com", "web")
		w.issue("mail.example.com", "mail")
		w.run(func() {
			time.Sleep(2 * time.Minute)
			w.told("one.example.com") // it is not valid yet
			w.said("note", "following 1 log", "caught up", "2 keys in use when a watch began to learn")
			w.said("warning")
			w.said("hint")
			w.issue("renewed.example.com", "web")
			w.issue("new.example.com", "thief")
			time.Sleep(2 * time.Minute)
			w.told("new.example.com")
			w.said("note")
		})
		r, err := store.OpenReader(t.Context(), w.cfg.Store)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		learned, err := r.Authorisations(t.Context())
		if err != nil || len(learned) != 2 || learned[0].Kind != store.Learned || learned[0].Approved != nil {
			t.Errorf("learned %+v, %v", learned, err)
		}
	})
}
