package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
)

// TestSchema shows in a diff what a migration does to the schema.
func TestSchema(t *testing.T) { golden(t, "schema.sql", dumpSchema(t, newStore(t).w)) }

// nextSteps are the migrations and one more.
func nextSteps(t *testing.T, next string) []string {
	t.Helper()
	steps, err := migrations()
	must(t, err)
	return append(steps, next)
}

func TestUpgrade(t *testing.T) {
	s := newStore(t)
	commit(t, s, stretch(started(t, s, logA), 0, 5).see(3, 1, 1, unexpected("example.com")))
	steps := nextSteps(t, "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT; INSERT INTO later SELECT id FROM findings;")
	before := dump(t, s.w)

	broken := append(steps[:len(steps)-1:len(steps)-1], steps[len(steps)-1]+"INSERT INTO nowhere VALUES (1);")
	if _, err := open(t.Context(), s.path, Options{}, broken); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Fatalf("a broken migration gives %v", err)
	}
	if diff := cmp.Diff(before, dump(t, s.w)); diff != "" {
		t.Fatalf("a broken migration left (-before +after):\n%s", diff)
	}
	_, err := openReader(t.Context(), s.path, readerParams, len(steps), len(steps))
	checkKind(t, "reader before the upgrade", err, ErrOlderSchema)

	unlock, err := s.Lock("scan of the old version")
	must(t, err)
	var held *HeldError
	if _, err := open(t.Context(), s.path, Options{}, steps); !errors.As(err, &held) {
		t.Errorf("an upgrade under a running scan gives %v", err)
	}
	must(t, unlock())

	for range 2 { // the second time there is nothing to do
		upgraded, err := open(t.Context(), s.path, Options{}, steps)
		must(t, err)
		var later, version int
		must(t, upgraded.db.Get(&later, "SELECT count(*) FROM later"))
		must(t, upgraded.db.Get(&version, "PRAGMA user_version"))
		if later != 1 || version != len(steps) {
			t.Errorf("after the upgrade to %d: %d rows, schema %d", len(steps), later, version)
		}
		sound(t, upgraded.Reader)
		must(t, upgraded.Close())
	}
	_, err = Open(t.Context(), "sqlite:"+s.path, Options{})
	checkKind(t, "the old version after the upgrade", err, ErrNewerSchema)
}

// TestVersions opens a database of every schema there ever was. The file of the present one is written by -update;
// those of earlier ones stay as they are.
func TestVersions(t *testing.T) {
	steps, err := migrations()
	must(t, err)
	if *updateGolden {
		s := newStore(t)
		fixture(t, s)
		golden(t, fmt.Sprintf("version-%d.sql", len(steps)), dump(t, s.w))
	}
	for version := 1; version <= len(steps); version++ {
		text, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("version-%d.sql", version)))
		must(t, err)
		path := filepath.Join(t.TempDir(), "old.db")
		old := sqlx.MustOpen("sqlite3", path)
		old.MustExec(string(text))
		must(t, old.Close())
		said := version
		s, err := Open(t.Context(), "sqlite:"+path, Options{Upgrading: func(from, to int) {
			if from != said {
				t.Errorf("version %d is upgraded from %d", version, from)
			}
			said = to
		}})
		must(t, err)
		t.Cleanup(func() { must(t, s.Close()) })
		if said != len(steps) {
			t.Errorf("an upgrade from %d to %d was announced", version, said)
		}
		sound(t, s.Reader)
		found, err := s.Findings(t.Context(), Filter{All: true})
		must(t, err)
		var got []string
		for _, f := range found {
			got = append(got, fmt.Sprintf("%s %s %s %d", f.Watch, f.Verdict, f.State, len(f.Sightings)))
		}
		want := []string{"example.com unexpected acknowledged 2", "example.net expected closed 2", "example.com unexpected open 1"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("findings of version %d (-want +got):\n%s", version, diff)
		}
		logs, err := s.LogStatuses(t.Context())
		must(t, err)
		if len(logs) != 2 || logs[0].Position != 9 || logs[0].Totals.Outstanding != 1 || logs[1].Position != 5 || logs[1].Alarms != 1 {
			t.Errorf("logs of version %d: %+v", version, logs)
		}
		commit(t, s, stretch(1, 9, 12))
	}
}

// fixture fills every table.
func fixture(t *testing.T, s *Store) {
	t.Helper()
	run := started(t, s, logA)
	started(t, s, logB)
	c := stretch(run, 0, 9).see(2, 1, 1, unexpected("example.com"), expected("example.net")).see(7, 2, 0, undecided("example.com"))
	c.Undetermined = []Undetermined{{Index: 5, Reason: "extensions", Leaf: []byte("unread")}, {Index: 7, Reason: "names", Leaf: []byte("x"), Whole: true, Matched: true}}
	first := commit(t, s, c)
	c = stretch(run, 0, 5).see(1, 1, 1, unexpected("example.com"))
	c.LogID = logB
	commit(t, s, c)
	_, err := s.SetState(t.Context(), first.New[0], StateAcknowledged, "ann", "it is our new CDN", noon)
	must(t, err)
	_, err = s.Reread(t.Context(), &Reread{Now: noon, Entries: []Rereading{{LogID: logA, Index: 5, Resolved: true}}})
	must(t, err)
	s.w.MustExec("UPDATE findings SET verdict = 'unexpected', decided = 1 WHERE id = 3")
	must(t, s.SaveHead(t.Context(), logA, headOf(12), noon))
	must(t, s.RecordPass(t.Context(), Pass{Run: run, LogID: logB, Failure: "connection refused"}, noon))
	_, err = s.RecordAlarm(t.Context(), Alarm{LogID: logB, Kind: "fork", Detail: "two roots", Head: []byte("one"), Other: []byte("two")}, noon)
	must(t, err)
	fixCatalogue(t, s, run)
	_, err = s.LookBack(t.Context(), &Lookback{Commit: *stretch(run, 2, 6), Names: h(2), Since: noon.AddDate(-1, 0, 0)})
	must(t, err)
	must(t, s.EndRun(t.Context(), run, "complete", noon))
	fixPins(t, s, first.New[0])
}

// fixPins fills the tables of pins.
func fixPins(t *testing.T, s *Store, finding string) {
	t.Helper()
	must(t, s.SavePinFiles(t.Context(), []PinFile{{
		Watch: "example.com", Pattern: "*.pem", Path: "a.pem", Pins: []FilePin{{Dimension: "keys", SPKI: h(8), NotAfter: noon}},
		ReadAt: noon, Failed: &noon, Failure: "it is gone",
	}}))
	for i := range byte(2) {
		_, err := s.Rejudge(t.Context(), &Rejudge{
			Policy: h(i), Now: noon, Pins: []Pin{{Watch: "example.com", Dimension: "keys", SPKI: h(i)}}, Judge: verdicts(),
		})
		must(t, err)
	}
	_, _, err := s.Authorise(t.Context(), Authorisation{
		Watch: "example.com", Dimension: "keys", SPKI: h(7), Label: "CDN", Kind: Adopted, Finding: finding, Added: Act{At: noon, Who: "ann"},
	})
	must(t, err)
	_, err = s.Approve(t.Context(), 1, "bob", noon)
	must(t, err)
	_, err = s.EndAuthorisation(t.Context(), 1, "bob", "", noon)
	must(t, err)
	_, err = s.Learning(t.Context(), []string{"example.com"}, noon)
	must(t, err)
}
