package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/monitor"
	"pinwatch/store"
)

// TestKillLookBack kills scans that look back for a name that was added, with no warning, at random moments, until nothing
// is left. Whenever one looks, the record is consistent; in the end it is that of a scan that watched the name from the
// beginning.
func TestKillLookBack(t *testing.T) {
	rounds := 5
	if testing.Short() {
		rounds = 1
	}
	w := newKillWorld(t)
	w.grow(3000)
	stranger := cttest.PrecertLeaf(w.issue("other.example.net", "stranger"))
	for range 200_000 { // some stretches of one log, each of which is kept when the next one is not
		w.add(false, stranger)
	}
	w.grow(60)
	config, err := os.ReadFile(w.config())
	must(t, err)
	both := string(config)
	for i := 1; i < 3000; i += 100 { // names whose keys come once
		both += fmt.Sprintf("  - name: h%d.example.com\n", i)
	}
	must(t, os.WriteFile(w.config(), []byte(strings.ReplaceAll(both, "{name: example.com, ", "{name: nobody.example.com, ")), 0o600))
	w.undisturbed(w.dsn("first"))
	if n := len(w.record(w.dsn("first")).Findings); n == 0 {
		t.Fatal("nothing was found for the first names")
	}
	must(t, os.WriteFile(w.config(), []byte(both), 0o600))
	whole := w.dsn("whole")
	usual := w.undisturbed(whole)
	killed, between := 0, 0
	for round := range rounds {
		db := fmt.Sprint(round)
		first, err := os.ReadFile(filepath.Join(w.dir, "first.db"))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(w.dir, db+".db"), first, 0o600))
		for left := w.size(); left > 0; {
			if w.scan(w.dsn(db), time.Duration(rand.Float64()*float64(usual)), "--look-back") {
				killed++
			}
			if left = w.left(w.dsn(db), whole); left > 0 && left < w.size() {
				between++
			}
		}
		if diff := cmp.Diff(w.record(whole), w.record(w.dsn(db))); diff != "" {
			t.Errorf("not the record of a scan that watched both from the beginning: %s", diff)
		}
	}
	t.Logf("%d scans were killed, and %d times a part was left; a first scan takes %s", killed, between, usual)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// left is how many entries were not looked at for the names of the last run into another database. It examines the record
// as well.
func (w *killWorld) left(dsn, other string) (n uint64) {
	w.Helper()
	last, err := store.OpenReader(w.Context(), other)
	must(w.T, err)
	defer last.Close()
	names, err := last.LastNames(w.Context())
	must(w.T, err)
	r, err := store.OpenReader(w.Context(), dsn)
	must(w.T, err)
	defer r.Close()
	w.sound(r)
	for _, log := range w.logs {
		gaps, err := r.Unlooked(w.Context(), log.Describe("", true).ID, names, store.Range{To: log.Size()})
		must(w.T, err)
		for _, g := range gaps {
			n += g.To - g.From
		}
	}
	return n
}

// TestHintToLookBack: it is for people who sit there, and who have changed something.
func TestHintToLookBack(t *testing.T) {
	for _, tt := range []struct{ changed, terminal, want bool }{{true, true, true}, {true, false, false}, {false, true, false}} {
		var stderr strings.Builder
		p := &program{stdout: bufio.NewWriter(io.Discard), stderr: &stderr}
		p.hintToLookBack(tt.changed, tt.terminal)
		if strings.Contains(stderr.String(), "--look-back") != tt.want {
			t.Errorf("%+v: %q", tt, stderr.String())
		}
	}
}

// TestTroubleOfLookingBack: a full disk is no fault of the log.
func TestTroubleOfLookingBack(t *testing.T) {
	log := &ct.Log{Description: "log one"}
	for _, tt := range []struct {
		err        error
		word, says string
	}{
		{errors.New("tile 1: HTTP status 404"), "entries unreadable", "error: log one cannot be looked back at: tile 1: HTTP status 404\n"},
		{&store.Error{Kind: store.ErrFull}, "not recorded", ""},
		{context.Canceled, "interrupted", ""},
		{context.DeadlineExceeded, "out of time", ""},
	} {
		var stderr strings.Builder
		p := &program{stderr: &stderr}
		r := &monitor.LookedBack{Log: log, Err: tt.err}
		p.troubleBack(r)
		if word := backTrouble(r); word != tt.word || stderr.String() != tt.says {
			t.Errorf("%v: %q, %q", tt.err, word, stderr.String())
		}
	}
}
