package cli

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestKillLookBack kills scans that look back for a name that was added, with no warning, at random moments. Whenever one
// looks, the record is consistent; in the end it is that of a scan that watched the name from the beginning.
func TestKillLookBack(t *testing.T) {
	kills := 20
	if testing.Short() {
		kills = 5
	}
	w := newKillWorld(t)
	w.grow(3000)
	config, err := os.ReadFile(w.config())
	if err != nil {
		t.Fatal(err)
	}
	watch := func(text string) {
		t.Helper()
		if err := os.WriteFile(w.config(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	both := string(config)
	for i := 1; i < 3000; i += 100 { // names whose keys come once
		both += fmt.Sprintf("  - name: h%d.example.com\n", i)
	}
	watch(strings.ReplaceAll(both, "{name: example.com, ", "{name: nobody.example.com, "))
	db := w.dsn("killed")
	usual := w.undisturbed(db)
	if n := len(w.record(db).Findings); n == 0 {
		t.Fatal("nothing was found for the first name")
	}
	watch(both)
	killed, scans := 0, 0
	for ; killed < kills && scans < 5*kills; scans++ {
		if w.scan(db, time.Duration(rand.Float64()*float64(usual)), "--look-back") {
			killed++
			w.check(db)
		}
	}
	t.Logf("%d of %d scans were killed", killed, scans)
	w.scan(db, 0, "--look-back")
	w.check(db)
	whole := w.dsn("whole")
	w.undisturbed(whole)
	if diff := cmp.Diff(w.record(whole), w.record(db)); diff != "" {
		t.Errorf("not the record of a scan that watched both from the beginning: %s", diff)
	}
}
