package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pinwatch/ct/cttest"
	"pinwatch/matcher"
	"pinwatch/store"
)

// demoCopy copies the demo log and its configuration, with a line more, and returns the path of the latter.
func demoCopy(t *testing.T, line string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../testdata/demo")); err != nil {
		t.Fatal(err)
	}
	if err := forget(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "pinwatch.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte(line+"\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// runAt runs a command line at a time, and wants an exit code.
func runAt(t *testing.T, now time.Time, code int, args ...string) (stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &program{stdout: bufio.NewWriter(&out), stderr: &errs, now: func() time.Time { return now }}
	app := p.app()
	err := app.RunContext(t.Context(), intersperse(append([]string{"pinwatch"}, args...), app))
	p.complain(err)
	_ = p.stdout.Flush()
	if got := exitCode(err); got != code {
		t.Fatalf("%q: exit code %d, want %d; stderr:\n%s", args, got, code, errs.String())
	}
	return out.String()
}

// verdictsAt counts the findings of a database by verdict.
func verdictsAt(t *testing.T, now time.Time, path string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for line := range strings.Lines(runAt(t, now, 0, "findings", "list", "--all", "--json", "-c", path)) {
		var f struct{ Verdict string }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		out[f.Verdict]++
	}
	return out
}

func TestStorePrune(t *testing.T) {
	path := demoCopy(t, "")
	scanned := time.Date(2026, 7, 1, 8, 30, 0, 0, time.UTC)
	runAt(t, scanned, codeFindings, "scan", "-c", path)
	before := verdictsAt(t, scanned, path)
	prune := func(now time.Time, args ...string) (n struct {
		DryRun                         bool `json:"dry_run"`
		Issuances, Sightings, Findings int
	},
	) {
		out := runAt(t, now, 0, append([]string{"store", "prune", "--retain", "400d", "--json", "-c", path}, args...)...)
		if err := json.Unmarshal([]byte(out), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := prune(scanned.AddDate(1, 0, 0)); n.Issuances != 0 {
		t.Errorf("after a year: %+v", n)
	}
	old := scanned.AddDate(0, 0, 401)
	text := runAt(t, old, 0, "store", "prune", "--retain", "400d", "--dry-run", "-c", path)
	if !strings.HasPrefix(text, "This would go, what is older than 2026-07-02 08:30:00Z: ") {
		t.Errorf("it says %q", text)
	}
	could, did, again := prune(old, "--dry-run"), prune(old), prune(old)
	could.DryRun = false
	if could != did || did.Issuances == 0 || did.Sightings <= did.Issuances || again.Issuances != 0 {
		t.Errorf("could %+v, did %+v, did again %+v", could, did, again)
	}
	after := verdictsAt(t, old, path)
	if gone := before["expected"] - after["expected"]; gone != did.Findings || after["unexpected"] != before["unexpected"] ||
		after["undetermined"] != before["undetermined"] {
		t.Errorf("findings before %v, after %v; %d went", before, after, did.Findings)
	}
	runAt(t, old, 0, "store", "check", "-c", path)
	runAt(t, old, 0, "store", "vacuum", "-c", path)
}

// TestScanRetains: a scan prunes by itself, where that is configured.
func TestScanRetains(t *testing.T) {
	kept, pruned := demoCopy(t, ""), demoCopy(t, "retain: 400d")
	scanned := time.Date(2026, 7, 1, 8, 30, 0, 0, time.UTC)
	for _, path := range []string{kept, pruned} {
		runAt(t, scanned, codeFindings, "scan", "-c", path)
		runAt(t, scanned.AddDate(0, 0, 401), codeDone, "scan", "-c", path)
		runAt(t, scanned, codeDone, "store", "check", "-c", path)
	}
	if was, is := verdictsAt(t, scanned, kept), verdictsAt(t, scanned, pruned); is["expected"] >= was["expected"] || is["unexpected"] != was["unexpected"] {
		t.Errorf("findings without retain: %v, with it %v", was, is)
	}
}

// TestWatchRetains: a watch prunes by itself, once an hour.
func TestWatchRetains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLongWatch(t)
		w.cfg.Retain, w.cfg.Logs.Poll = 48*time.Hour, 20*time.Minute
		w.cfg.Watch[0].Keys = []matcher.Pin{{SPKI: cttest.NewKey("ours").Hash()}}
		log := w.log("one")
		w.publish("/list.json", map[string]*cttest.Log{"one": log})
		var seen [2]int
		w.run(func() {
			time.Sleep(time.Minute) // it begins at the head
			now := time.Now()
			for _, host := range []string{"www", "mail"} { // that of mail is the last that was told, and stays
				log.AddFinal(ca().Issue(cttest.Template{
					Names: []string{host + ".example.com"}, Key: "ours", Bare: true, NotBefore: now, NotAfter: now.Add(time.Hour),
				}))
			}
			for log.Size()%256 != 0 {
				log.AddPrecert(ca().Issue(cttest.Template{Names: []string{"other.example.net"}, Key: "stranger", Bare: true}))
			}
			log.PublishAll()
			r := w.reader()
			defer r.Close()
			for i, after := range []time.Duration{47 * time.Hour, 3 * time.Hour} {
				time.Sleep(after)
				synctest.Wait()
				found, err := r.Findings(t.Context(), store.Filter{Verdicts: []string{"expected"}, All: true})
				if err != nil {
					t.Error(err)
				}
				seen[i] = len(found)
			}
		})
		if seen != [2]int{2, 1} {
			t.Errorf("expected findings after 47 and 50 hours: %v", seen)
		}
	})
}

// reader opens the database that the watch writes.
func (w *longWatch) reader() *store.Reader {
	w.Helper()
	r, err := store.OpenReader(w.Context(), w.cfg.Store)
	if err != nil {
		w.Fatal(err)
	}
	return r
}
