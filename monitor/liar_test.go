package monitor_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/monitor"
)

// rewrite changes a file of a log.
func rewrite(t *testing.T, file string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, change(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

// alarms counts what is recorded against the logs.
func (w *world) alarms() int {
	w.Helper()
	rows, err := w.store.LogStatuses(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	n := 0
	for _, row := range rows {
		n += row.Alarms
	}
	return n
}

// A changed byte in an entry must not become a finding, and the honest log beside it goes on.
func TestEntriesThatDoNotGiveTheRoot(t *testing.T) {
	w := newWorld(t)
	plain := func(uint64) bool { return true }
	log := cttest.NewLog(cttest.Config{Origin: origin, Plain: plain})
	w.strangers(log, 300)
	log.AddFinal(w.issue("www.example.com", "owner"))
	honest := cttest.NewLog(cttest.Config{Origin: "honest.example/log"})
	honest.AddFinal(w.issue("honest.example.com", "thief"))
	dir := t.TempDir()
	src, other := w.source(log, dir), w.source(honest, t.TempDir())

	spki := cttest.NewKey("owner").SPKI
	file := filepath.Join(dir, "tile/data/001.p/45")
	rewrite(t, file, func(data []byte) []byte {
		at := bytes.Index(data, spki)
		if at < 0 {
			t.Fatal("the key is not in the tile")
		}
		data[at+len(spki)-1] ^= 1 // another key: if it were believed, a false alarm
		return data
	})
	res := w.scan(src, other)
	if kind(res[0]) != ct.RootMismatch || res[0].To != 0 {
		t.Errorf("liar: %+v", res[0])
	}
	if !res[1].Complete() {
		t.Errorf("honest log: %+v", res[1])
	}
	if diff := cmp.Diff([]string{"example.com unexpected [unknown_key] [honest.example.com] 1"}, w.findings()); diff != "" {
		t.Error(diff)
	}
	if w.alarms() != 1 {
		t.Errorf("%d alarms", w.alarms())
	}
	// Mended, it is read from where it was, and nothing is lost.
	res = w.scan(w.source(log, dir), other)
	if !res[0].Complete() || res[0].From != 0 || len(w.findings()) != 2 {
		t.Errorf("mended: %+v", res[0])
	}
}

func TestForks(t *testing.T) {
	for _, tt := range []struct {
		name string
		size int // of the second history, whose first 200 entries are those of the first one; the first has 300
		kind ct.Kind
	}{
		{"longer", 400, ct.Fork},
		{"equally long", 300, ct.Fork},
		{"shorter", 250, ct.Shrunk},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			log := cttest.NewLog(cttest.Config{Origin: origin})
			w.strangers(log, 200)
			fork := log.Fork(200)
			w.strangers(log, 100)
			dir := t.TempDir()
			if res := w.scan(w.source(log, dir)); !res[0].Complete() {
				t.Fatalf("%+v", res[0])
			}
			fork.AddFinal(w.issue("www.example.com", "thief"))
			w.strangers(fork, tt.size-201)
			for range 8 { // heads, to make the second history the younger one
				fork.PublishAll()
			}
			other := t.TempDir()
			src := w.source(fork, other)
			for fork.Head().Timestamp <= log.Head().Timestamp {
				src = w.source(fork, other)
			}
			res := w.scan(src)
			if kind(res[0]) != tt.kind || res[0].To != res[0].From {
				t.Errorf("%+v", res[0])
			}
			if w.alarms() != 1 {
				t.Errorf("%d alarms", w.alarms())
			}
		})
	}
}

func TestHeadsThatAreRefused(t *testing.T) {
	key := cttest.NewKey("log " + origin)
	root := ct.Hash{1}
	millis := func(d time.Duration) uint64 { return uint64(now.Add(d).UnixMilli()) }
	for _, tt := range []struct {
		name       string
		checkpoint []byte
		kind       ct.Kind
	}{
		{"foreign key", cttest.Checkpoint(origin, cttest.NewKey("x"), 9, root, millis(-time.Hour)), ct.BadSignature},
		{"another log", cttest.Checkpoint("other.example", key, 9, root, millis(-time.Hour)), ct.WrongLog},
		{"from the future", cttest.Checkpoint(origin, key, 9, root, millis(2*time.Hour)), ct.FutureHead},
		{"a root that no entries give", cttest.Checkpoint(origin, key, 10, root, millis(-time.Hour)), ct.RootMismatch},
		{"nonsense", []byte("<html>busy</html>"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			log := cttest.NewLog(cttest.Config{Origin: origin})
			w.strangers(log, 10)
			dir := t.TempDir()
			src := w.source(log, dir)
			if err := os.WriteFile(filepath.Join(dir, "checkpoint"), tt.checkpoint, 0o644); err != nil {
				t.Fatal(err)
			}
			res := w.scan(src)
			if res[0].Err == nil || kind(res[0]) != tt.kind || res[0].To != 0 {
				t.Errorf("kind %q: %+v", kind(res[0]), res[0])
			}
		})
	}
}

// An old head is what a cache serves, not a lie: the log's trouble, and no alarm.
func TestStaleHead(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 10)
	dir := t.TempDir()
	w.source(log, dir)
	old, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	w.strangers(log, 10)
	src := w.source(log, dir)
	w.scan(src)
	if err := os.WriteFile(filepath.Join(dir, "checkpoint"), old, 0o644); err != nil {
		t.Fatal(err)
	}
	res := w.scan(src)
	if res[0].Err == nil || kind(res[0]) != "" || w.alarms() != 0 {
		t.Errorf("%+v", res[0])
	}
}

// A frozen log that shows less than it ended with hides what came last.
func TestFinalHeadNotShown(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 10)
	src := w.source(log, t.TempDir())
	src.Log.State, src.Log.Final = "readonly", &ct.FinalHead{Size: 11}
	if res := w.scan(src); !errors.Is(res[0].Err, monitor.ErrStaleHead) || res[0].To != 10 || w.alarms() != 0 {
		t.Errorf("%+v", res[0])
	}
}

func TestHeadOlderThanTheMergeDelay(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	log.AddFinal(w.issue("www.example.com", "thief"))
	src := w.source(log, t.TempDir())
	src.Log.MMD = 24 * time.Hour
	res := w.scan(src)
	if res[0].Err == nil || res[0].Complete() || kind(res[0]) != "" {
		t.Errorf("%+v", res[0])
	}
	if len(w.findings()) != 1 {
		t.Error("what the log shows is not looked at")
	}
	src.Log.State = "readonly"
	if res = w.scan(src); !res[0].Complete() {
		t.Errorf("frozen: %+v", res[0])
	}
}

func TestFinalTreeHead(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	w.strangers(log, 20)
	src := w.source(log, t.TempDir())
	for _, tt := range []struct {
		final ct.FinalHead
		kind  ct.Kind
	}{
		{ct.FinalHead{Size: 20, Root: log.Root(20)}, ""},
		{ct.FinalHead{Size: 21, Root: ct.Hash{1}}, ""}, // not there yet
		{ct.FinalHead{Size: 20, Root: ct.Hash{1}}, ct.NotFinal},
		{ct.FinalHead{Size: 19, Root: log.Root(19)}, ct.NotFinal},
	} {
		src.Log.Final = &tt.final
		if res := w.scan(src); kind(res[0]) != tt.kind {
			t.Errorf("final %d: %+v", tt.final.Size, res[0])
		}
	}
}

// The chain of an entry is not covered by its leaf hash: a log that puts the expected CA there is not believed.
func TestInventedChain(t *testing.T) {
	w := newWorld(t)
	genuine := w.issue("example.com", "owner")
	rogue := cttest.NewRoot("CA", "rogue").Issue(cttest.Template{Names: []string{"example.com"}, Key: "owner", Bare: true})
	log := cttest.NewLog(cttest.Config{Origin: origin})
	log.Add(cttest.Leaf{Type: ct.X509Entry, Cert: rogue.Final, Chain: genuine.Chain})
	log.AddFinal(genuine)
	w.scan(w.source(log, t.TempDir()))
	want := []string{
		"example.com undetermined [issuer_undecided] [example.com] 1",
		"example.com expected [] [example.com] 1",
	}
	if diff := cmp.Diff(want, w.findings()); diff != "" {
		t.Error(diff)
	}
}

// A precertificate signing certificate is not the issuer, and its precertificate is one issuance with the certificate.
func TestPrecertificateSigningCertificate(t *testing.T) {
	w := newWorld(t)
	iss := w.ca.Issue(cttest.Template{
		Names: []string{"example.com"}, Key: "owner", PrecertSigner: w.ca.PrecertSigner("Signer", "s"),
	})
	log := cttest.NewLog(cttest.Config{Origin: origin})
	log.AddPrecert(iss)
	log.AddFinal(iss)
	w.scan(w.source(log, t.TempDir()))
	if diff := cmp.Diff([]string{"example.com expected [] [example.com] 2"}, w.findings()); diff != "" {
		t.Error(diff)
	}
}

func TestCertificatesThatParsersRefuse(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	odd := w.ca.Odd("www.example.com")
	for i := range odd {
		log.Add(odd[i].Leaf())
	}
	log.Add(cttest.Leaf{Type: ct.X509Entry, Cert: []byte("no certificate at all, but www.example.com stands in it")})
	log.Add(cttest.Leaf{Type: ct.X509Entry, Cert: []byte("no certificate at all, and nobody is concerned")})
	log.Add(cttest.Leaf{Type: ct.X509Entry})
	res := w.scan(w.source(log, t.TempDir()))
	if !res[0].Complete() {
		t.Fatalf("%+v", res[0])
	}
	if got := len(w.findings()); got != len(odd)+1 {
		t.Errorf("%d findings of %d: %v", got, len(odd)+1, w.findings())
	}
	if res[0].Counts.Undetermined < 3 {
		t.Errorf("%d entries kept as undetermined", res[0].Counts.Undetermined)
	}
}
