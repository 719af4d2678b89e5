package cli

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/store"
)

// TestKill kills scans with no warning, at random moments, while the logs grow from scan to scan. Whenever one looks,
// the record is consistent and holds just what lies before the positions; in the end it is the same as that of a scan
// that nobody disturbed.
func TestKill(t *testing.T) {
	kills := 100
	if testing.Short() {
		kills = 20
	}
	w := newKillWorld(t)
	w.grow(3000/2 - kills*killGrowth)
	usual := w.undisturbed(w.dsn("first")) // how long a scan goes on that is left alone

	began, scans, looks, between := time.Now(), 0, 0, 0
	db := w.dsn("killed")
	for killed := 0; killed < kills; {
		w.grow(killGrowth)
		scans++
		started := time.Now()
		if !w.scan(db, time.Duration(rand.Float64()*float64(usual))) {
			usual += (time.Since(started) - usual) / 4
			continue
		}
		killed++
		if rand.IntN(3) == 0 { // else it is the next scan that recovers
			looks++
			if at := w.look(db); at > 0 && at < w.size() {
				between++
			}
		}
	}
	t.Logf("%d kills of %d scans in %s; a scan takes %s; %d looks, %d of them between the beginning and the end",
		kills, scans, time.Since(began).Round(time.Millisecond), usual.Round(time.Millisecond), looks, between)
	w.undisturbed(db)
	if at := w.look(db); at != w.size() {
		t.Errorf("%d entries of %d", at, w.size())
	}
	whole := w.dsn("whole")
	w.undisturbed(whole)
	if diff := cmp.Diff(w.record(whole), w.record(db)); diff != "" {
		t.Errorf("not the record of an undisturbed scan: %s", diff)
	}
}

// killGrowth is by how many entries each log grows between two scans.
const killGrowth = 6

// killWorld is two logs in directories and a configuration for them.
type killWorld struct {
	*testing.T
	dir     string
	ca      *cttest.CA
	other   *cttest.CA
	logs    []*cttest.Log
	watched [2][]uint64 // the indexes of the entries that concern a watch
	count   int
}

func newKillWorld(t *testing.T) *killWorld {
	w := &killWorld{T: t, dir: t.TempDir(), ca: cttest.NewRoot("Root", "kill").Intermediate("CA", "kill"), other: cttest.NewRoot("Other", "kill")}
	var config strings.Builder
	fmt.Fprintf(&config, "logs:\n  list: ''\n  start: beginning\n  extra:\n")
	for i := range 2 {
		log := cttest.NewLog(cttest.Config{
			Origin: fmt.Sprintf("kill.example/%d", i), DropPartial: i == 1, Plain: func(n uint64) bool { return n%2 == 0 },
			Now: time.Now,
		})
		w.logs = append(w.logs, log)
		d := log.Describe("file://"+filepath.ToSlash(w.logDir(i))+"/", true)
		fmt.Fprintf(&config, "    - {description: log %d, submission_url: %q, monitoring_url: %q, key: %s}\n",
			i, d.SubmissionURL, d.MonitoringURL, base64.StdEncoding.EncodeToString(d.Key))
	}
	key, issuer := cttest.NewKey("owner").Hash(), w.issue("x", "x").IssuerKeyHash
	fmt.Fprintf(&config, "watch:\n  - {name: example.com, keys: [sha256/%s], issuers: [sha256/%s]}\n",
		base64.StdEncoding.EncodeToString(key[:]), base64.StdEncoding.EncodeToString(issuer[:]))
	if err := os.WriteFile(w.config(), []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *killWorld) config() string         { return filepath.Join(w.dir, "pinwatch.yaml") }
func (w *killWorld) logDir(i int) string    { return filepath.Join(w.dir, fmt.Sprint("log", i)) }
func (w *killWorld) dsn(name string) string { return "sqlite:" + filepath.Join(w.dir, name+".db") }

func (w *killWorld) issue(name, key string) *cttest.Issuance {
	return w.ca.Issue(cttest.Template{Names: []string{name}, Key: key})
}

// size is how many entries the logs have together.
func (w *killWorld) size() uint64 { return w.logs[0].Size() + w.logs[1].Size() }

// grow adds n entries to each log. Of ten, two are one half of an issuance whose other half is in the other log, three
// are certificates that only one log has or bytes that are none, and five concern nobody. No key comes twice: what is
// said of a key that was seen before depends on how far the logs were read when.
func (w *killWorld) grow(n int) {
	w.Helper()
	for range n {
		w.count++
		name := fmt.Sprintf("h%d.example.com", w.count)
		garbage := cttest.Leaf{Type: ct.X509Entry, Cert: bytes.Repeat([]byte(name), 20)}
		switch w.count % 10 {
		case 1:
			pair := w.issue(name, name)
			w.add(true, cttest.PrecertLeaf(pair), cttest.FinalLeaf(pair))
		case 2:
			pair := w.issue(name, "owner")
			w.add(true, cttest.FinalLeaf(pair), cttest.PrecertLeaf(pair))
		case 3:
			w.add(true, cttest.PrecertLeaf(w.issue("?."+name, "owner")), garbage)
		case 4:
			garbage.Cert = bytes.Repeat([]byte("garbage "), 20)
			w.add(false, garbage, garbage)
		case 5:
			w.add(true, cttest.FinalLeaf(w.other.Issue(cttest.Template{Names: []string{name}, Key: name})), garbage)
		default:
			stranger := cttest.PrecertLeaf(w.issue("other.example.net", "stranger"))
			w.add(false, stranger, stranger)
		}
	}
	for i, log := range w.logs {
		log.PublishAll()
		if err := log.WriteDir(w.logDir(i)); err != nil {
			w.Fatal(err)
		}
	}
}

func (w *killWorld) add(watched bool, leaves ...cttest.Leaf) {
	for i, leaf := range leaves {
		at := w.logs[i].Add(leaf)
		if watched {
			w.watched[i] = append(w.watched[i], at)
		}
	}
}

// scan runs the program on a database and kills it when its time is over; 0 is no limit. It says whether that came
// before its end.
func (w *killWorld) scan(dsn string, limit time.Duration, flags ...string) (killed bool) {
	w.Helper()
	cmd := exec.CommandContext(w.Context(), "pinwatch", append([]string{"scan", "-c", w.config(), "--store", dsn}, flags...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	if limit > 0 {
		defer time.AfterFunc(limit, func() { _ = cmd.Process.Kill() }).Stop()
	}
	_ = cmd.Wait() // the exit code says more
	switch code := cmd.ProcessState.ExitCode(); code {
	case -1:
		return true
	case codeDone, codeFindings:
		return false
	default:
		w.Fatalf("exit code %d: %s", code, stderr.String())
		return false
	}
}

// undisturbed runs the program to its end, and says how long that took.
func (w *killWorld) undisturbed(dsn string) time.Duration {
	w.Helper()
	start := time.Now()
	if w.scan(dsn, 0) {
		w.Fatal("killed by somebody else")
	}
	return time.Since(start)
}

// look examines the record, and returns the sum of the positions.
func (w *killWorld) look(dsn string) (at uint64) {
	w.Helper()
	r, err := store.OpenReader(w.Context(), dsn)
	if errors.Is(err, store.ErrNoDatabase) {
		return 0
	}
	if err != nil {
		w.Fatal(err)
	}
	defer r.Close()
	w.sound(r)
	statuses, err := r.LogStatuses(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	seen := map[[32]byte][]uint64{}
	for _, f := range w.findings(r) {
		for _, s := range f.Sightings {
			seen[s.LogID] = append(seen[s.LogID], s.Index)
		}
	}
	for i := range statuses {
		s := &statuses[i]
		at += s.Position
		log := slices.IndexFunc(w.logs, func(l *cttest.Log) bool { return l.Describe("", true).ID == s.ID })
		n, _ := slices.BinarySearch(w.watched[log], s.Position)
		slices.Sort(seen[s.ID])
		if !slices.Equal(w.watched[log][:n], seen[s.ID]) {
			w.Errorf("log %d at %d: sightings of %v, want %v", log, s.Position, seen[s.ID], w.watched[log][:n])
		}
	}
	return at
}

// sound holds the record against its own invariants.
func (w *killWorld) sound(r *store.Reader) {
	w.Helper()
	bad, err := r.Check(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	for _, v := range bad {
		w.Errorf("inconsistent: %v", v)
	}
}

func (w *killWorld) findings(r *store.Reader) []store.Finding {
	w.Helper()
	var all []store.Finding
	for filter := (store.Filter{All: true}); ; {
		page, err := r.Findings(w.Context(), filter)
		if err != nil {
			w.Fatal(err)
		}
		if all = append(all, page...); len(page) == 0 {
			return all
		}
		filter.After = page[len(page)-1].ID
	}
}

// killRecord is what two records of the same logs have in common, however they came about.
type killRecord struct {
	Logs     []store.LogStatus
	Findings []store.Finding
}

func (w *killWorld) record(dsn string) killRecord {
	w.Helper()
	r, err := store.OpenReader(w.Context(), dsn)
	if err != nil {
		w.Fatal(err)
	}
	defer r.Close()
	out := killRecord{Findings: w.findings(r)}
	if out.Logs, err = r.LogStatuses(w.Context()); err != nil {
		w.Fatal(err)
	}
	for i := range out.Logs {
		out.Logs[i].FirstSeen, out.Logs[i].LastContact = time.Time{}, nil
	}
	for i := range out.Findings {
		f := &out.Findings[i]
		f.FirstSeen, f.Updated = time.Time{}, time.Time{}
		for j := range f.Sightings {
			f.Sightings[j].FirstSeen = time.Time{}
		}
		slices.SortFunc(f.Sightings, func(a, b store.SeenAt) int { return bytes.Compare(a.LogID[:], b.LogID[:]) })
	}
	slices.SortFunc(out.Findings, func(a, b store.Finding) int { return strings.Compare(a.ID, b.ID) })
	return out
}
