package monitor_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/static"
	"pinwatch/matcher"
	"pinwatch/monitor"
	"pinwatch/store"
)

const origin = "log.example/2026h2"

// now is behind everything that the logs of these tests stamp.
var now = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// world is a store, a watch list and logs in directories.
type world struct {
	testing.TB
	store *store.Store
	list  *matcher.Watchlist
	rules monitor.Rules
	ca    *cttest.CA
	key   *cttest.Key // the owner's
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, ca: cttest.NewRoot("Root", "w").Intermediate("CA", "w"), key: cttest.NewKey("owner")}
	w.list = w.watch(matcher.Watch{
		Name:    "example.com",
		Keys:    []matcher.Pin{{SPKI: w.key.Hash()}},
		Issuers: []matcher.Pin{{SPKI: w.issuer()}},
	})
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "w.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w.store = s
	return w
}

func (w *world) watch(watches ...matcher.Watch) *matcher.Watchlist {
	w.Helper()
	list, err := matcher.New(watches)
	if err != nil {
		w.Fatal(err)
	}
	return list
}

// issuer is the SPKI hash of the CA.
func (w *world) issuer() [32]byte { return w.issue("x.example.net", "x").IssuerKeyHash }

// issue is an issuance by the CA for one name, with the key of a seed.
func (w *world) issue(name, seed string) *cttest.Issuance {
	return w.ca.Issue(cttest.Template{Names: []string{name}, Key: seed, Bare: true})
}

// strangers adds n entries that concern nobody.
func (w *world) strangers(log *cttest.Log, n int) {
	iss := w.issue("other.example.net", "stranger")
	for range n {
		log.AddPrecert(iss)
	}
}

// source writes the log to a directory and reads it from there.
func (w *world) source(log *cttest.Log, dir string) monitor.Source {
	w.Helper()
	log.PublishAll()
	if err := log.WriteDir(dir); err != nil {
		w.Fatal(err)
	}
	described := log.Describe("file://"+dir+"/", true)
	described.MMD = 0 // the heads of test logs are of July
	r, err := static.New(described, static.Files{})
	if err != nil {
		w.Fatal(err)
	}
	return monitor.Source{Log: described, Reader: r}
}

func (w *world) options() monitor.Options {
	return monitor.Options{
		Store: w.store, Watchlist: w.list, Rules: w.rules, SecondLook: time.Millisecond, Now: func() time.Time { return now },
	}
}

func (w *world) scan(sources ...monitor.Source) []monitor.LogResult {
	w.Helper()
	results, err := monitor.Scan(w.Context(), w.options(), sources)
	if err != nil {
		w.Fatal(err)
	}
	w.check()
	return results
}

// check holds the store against its own invariants.
func (w *world) check() {
	w.Helper()
	bad, err := w.store.Check(context.WithoutCancel(w.Context()))
	if err != nil {
		w.Fatal(err)
	}
	for _, v := range bad {
		w.Errorf("the store is inconsistent: %v", v)
	}
}

// findings lists all findings as "watch verdict reasons name sightings".
func (w *world) findings() []string {
	w.Helper()
	rows, err := w.store.Findings(w.Context(), store.Filter{All: true})
	if err != nil {
		w.Fatal(err)
	}
	var out []string
	for _, f := range rows {
		out = append(out, fmt.Sprint(f.Watch, " ", f.Verdict, " ", f.Reasons, " ", f.Issuance.Names, " ", len(f.Sightings)))
	}
	return out
}

// kind is the misbehaviour that ended a pass, empty if none did.
func kind(r monitor.LogResult) ct.Kind {
	var m *ct.Misbehaviour
	if !errors.As(r.Err, &m) {
		return ""
	}
	return m.Kind
}
