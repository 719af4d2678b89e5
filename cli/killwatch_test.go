package cli

import (
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestKillWatch kills watches at random moments, while the logs grow from one to the next. In the end the record is that
// of a scan that nobody disturbed, and everything in it that is to be told was told, by one of them or another.
func TestKillWatch(t *testing.T) {
	kills := 40
	if testing.Short() {
		kills = 8
	}
	w := newKillWorld(t)
	w.grow(200)
	usual := w.undisturbed(w.dsn("first"))
	db := w.dsn("killed")
	told := map[string]bool{}
	for range kills {
		w.grow(killGrowth)
		w.watch(db, told, func(cmd *exec.Cmd, _ *ear) {
			time.AfterFunc(time.Duration(rand.Float64()*2*float64(usual)), func() { _ = cmd.Process.Kill() })
		})
		w.look(db)
	}
	w.watch(db, told, func(cmd *exec.Cmd, stderr *ear) {
		if !stderr.hear(regexp.MustCompile("caught up")) {
			t.Errorf("it does not catch up:\n%s", stderr)
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
	})
	if at := w.look(db); at != w.size() {
		t.Errorf("%d entries of %d", at, w.size())
	}
	whole := w.dsn("whole")
	w.undisturbed(whole)
	record := w.record(db)
	if diff := cmp.Diff(w.record(whole), record); diff != "" {
		t.Errorf("not the record of an undisturbed scan: %s", diff)
	}
	for _, f := range record.Findings {
		if worthTelling(f.Gist()) != told[f.ID] {
			t.Errorf("%s finding %s: told %v", f.Verdict, f.ID, told[f.ID])
		}
	}
}

// watch runs a watch until end, which gets the process and its stderr, has ended it, and notes which findings it told.
func (w *killWorld) watch(dsn string, told map[string]bool, end func(*exec.Cmd, *ear)) {
	w.Helper()
	stdout, stderr := newEar(), newEar()
	cmd := exec.CommandContext(w.Context(), "pinwatch", "watch", "--stdout", "--json", "-c", w.config(), "--store", dsn)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	end(cmd, stderr)
	_ = cmd.Wait() // the exit code says more
	if code := cmd.ProcessState.ExitCode(); code != -1 && code != codeInterrupted {
		w.Fatalf("exit code %d: %s", code, stderr)
	}
	for line := range strings.Lines(stdout.String()) {
		var f struct{ ID string }
		if err := json.Unmarshal([]byte(line), &f); err == nil { // the last one may be cut off
			told[f.ID] = true
		}
	}
}
