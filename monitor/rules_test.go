package monitor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/cttest"
	"pinwatch/matcher"
	"pinwatch/monitor"
	"pinwatch/store"
)

// outcomes lists all findings as "name verdict reasons state".
func (w *world) outcomes() []string {
	w.Helper()
	w.check()
	rows, err := w.store.Findings(w.Context(), store.Filter{All: true})
	if err != nil {
		w.Fatal(err)
	}
	var out []string
	for _, f := range rows {
		out = append(out, fmt.Sprint(f.Issuance.Names[0], " ", f.Verdict, " ", f.Reasons, " ", f.State))
	}
	return out
}

// logged is when the entry at an index of the test logs was logged.
func logged(log *cttest.Log, index uint64) time.Time {
	return time.UnixMilli(int64(log.Leaf(index).Timestamp))
}

// TestLearn: the keys of the certificates that were there when a watch began are authorised, and everything after is
// told.
func TestLearn(t *testing.T) {
	for _, pins := range []struct {
		name  string
		watch matcher.Watch
	}{
		{"no pins", matcher.Watch{Name: "example.com"}},
		{"a key", matcher.Watch{Name: "example.com", Keys: []matcher.Pin{key("owner")}}},
	} {
		t.Run(pins.name, func(t *testing.T) {
			w := newWorld(t)
			log := cttest.NewLog(cttest.Config{Origin: origin})
			old := cttest.Template{Names: []string{"old.example.com"}, Key: "old", Bare: true, NotBefore: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
			log.AddPrecert(w.ca.Issue(old))
			log.AddPrecert(w.issue("web.example.com", "web"))
			last := log.AddPrecert(w.issue("mail.example.com", "web"))
			since := logged(log, last)
			log.AddPrecert(w.issue("later.example.com", "later"))
			log.AddPrecert(w.issue("again.example.com", "web"))
			w.list, w.rules = w.watch(pins.watch), monitor.Rules{Learn: map[string]time.Time{"example.com": since}}
			w.scan(w.source(log, t.TempDir()))
			want := []string{
				"old.example.com unexpected [unknown_key] closed", // it had expired
				"web.example.com expected [] closed",
				"mail.example.com expected [] closed",
				"later.example.com unexpected [unknown_key] open",
				"again.example.com expected [] closed",
			}
			if diff := cmp.Diff(want, w.outcomes()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			all, err := w.store.Authorisations(t.Context())
			if err != nil || len(all) != 1 || all[0].SPKI != key("web").SPKI || all[0].Kind != store.Learned || all[0].Approved != nil {
				t.Errorf("authorised: %+v, %v", all, err)
			}
			// Judged anew, by a list that has the key, or has lost it, it is the same.
			for _, keys := range [][]matcher.Pin{pins.watch.Keys, append(pins.watch.Keys, key("web"))} {
				again := pins.watch
				again.Keys = keys
				w.rejudge(now, again, matcher.Watch{Name: fmt.Sprintf("unheard%d.example", len(keys))})
			}
			if got := w.outcomes(); got[1] != want[1] || got[2] != want[2] {
				t.Errorf("judged anew: %q", got)
			}
		})
	}
}

// TestLearnLate: a watch that was there before it learns takes its baseline from the record, once.
func TestLearnLate(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	at := logged(log, log.AddPrecert(w.issue("web.example.com", "web")))
	example := matcher.Watch{Name: "example.com"}
	w.rejudge(at, example)
	w.scan(w.source(log, t.TempDir()))
	since := at.Add(time.Second)
	w.rules.Learn = map[string]time.Time{"example.com": since}
	for _, want := range [][]string{{`example.com "unpinned" became expected [], closed`}, nil} {
		if diff := cmp.Diff(want, w.rejudge(since, example)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	all, err := w.store.Authorisations(t.Context())
	if err != nil || len(all) != 1 || all[0].SPKI != key("web").SPKI {
		t.Fatalf("authorised: %+v, %v", all, err)
	}
	// Ended without having been approved, it is news, and not learned again.
	if _, err := w.store.EndAuthorisation(t.Context(), all[0].ID, "ann", "not ours", since.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	refused := key("web")
	refused.Retired, refused.NotAfter = true, time.Unix(0, 0)
	example.Keys = []matcher.Pin{refused}
	want := []string{`example.com "expected" became unexpected [unknown_key], open`}
	if diff := cmp.Diff(want, w.rejudge(since.Add(time.Hour), example)); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	if all, err := w.store.Authorisations(t.Context()); err != nil || len(all) != 1 || all[0].Ended == nil {
		t.Errorf("refused: %+v, %v", all, err)
	}
}

// TestLearnOnlyKeys: a certificate that is not expected for another reason than its key teaches nothing.
func TestLearnOnlyKeys(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	log.AddPrecert(cttest.NewRoot("CA", "another").Issue(cttest.Template{Names: []string{"example.com"}, Key: "web", Bare: true}))
	log.AddPrecert(w.issue("?.example.com", "web"))
	w.list = w.watch(matcher.Watch{Name: "example.com", Issuers: []matcher.Pin{{SPKI: w.issuer()}}}, matcher.Watch{Name: "a.example.com"})
	w.rules = monitor.Rules{Learn: map[string]time.Time{"example.com": now, "a.example.com": now}}
	w.scan(w.source(log, t.TempDir()))
	if all, err := w.store.Authorisations(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("authorised: %+v, %v", all, err)
	}
}

// TestPending: a certificate that has nothing wrong with it but its key waits for the key to be declared.
func TestPending(t *testing.T) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	log.AddPrecert(w.issue("a.example.com", "next"))
	log.AddPrecert(w.issue("b.example.com", "thief"))
	log.AddPrecert(cttest.NewRoot("CA", "another").Issue(cttest.Template{Names: []string{"c.example.com"}, Key: "thief", Bare: true}))
	log.AddPrecert(w.issue("d.example.com", "retired"))
	log.AddPrecert(w.issue("e.example.com", "owner"))
	watch := matcher.Watch{Name: "example.com", Keys: []matcher.Pin{key("owner")}, Issuers: []matcher.Pin{{SPKI: w.issuer()}}}
	w.rules = monitor.Rules{Pending: map[string]time.Duration{"example.com": 15 * time.Minute}}
	was := watch
	was.Keys = append(was.Keys, key("retired"))
	w.rejudge(august, was)
	w.rejudge(august, watch)

	at := logged(log, 4).Add(5 * time.Minute)
	opt := w.options()
	opt.Now = func() time.Time { return at }
	if _, err := monitor.Scan(t.Context(), opt, []monitor.Source{w.source(log, t.TempDir())}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a.example.com unexpected [unknown_key] pending",
		"b.example.com unexpected [unknown_key] pending",
		"c.example.com unexpected [unknown_key unknown_issuer] open",
		"d.example.com unexpected [unknown_key retired_key] open",
		"e.example.com expected [] closed",
	}
	if diff := cmp.Diff(want, w.outcomes()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	watch.Keys = append(watch.Keys, key("next"))
	w.rejudge(at.Add(time.Minute), watch)
	due := logged(log, 1).Add(15 * time.Minute)
	if got, err := w.store.OpenDue(t.Context(), due.Add(-time.Millisecond)); err != nil || len(got) > 0 {
		t.Errorf("opened before its time: %v, %v", got, err)
	}
	if got, err := w.store.OpenDue(t.Context(), due); err != nil || len(got) != 1 {
		t.Errorf("opened in time: %v, %v", got, err)
	}
	want[0], want[1] = "a.example.com expected [] closed", "b.example.com unexpected [unknown_key] open"
	if diff := cmp.Diff(want, w.outcomes()); diff != "" {
		t.Errorf("in the end (-want +got):\n%s", diff)
	}
}

// TestPendingIsOver: what was logged long ago waits for nothing, and what claims to be of the future no longer than the
// rest.
func TestPendingIsOver(t *testing.T) {
	for name, tt := range map[string]struct {
		logged time.Duration // from now
		state  string
		due    time.Duration // from now
	}{
		"long ago":      {-15 * time.Minute, store.StateOpen, 0},
		"just now":      {-time.Minute, store.StatePending, 14 * time.Minute},
		"in the future": {time.Hour, store.StatePending, 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			log := cttest.NewLog(cttest.Config{Origin: origin})
			leaf := cttest.PrecertLeaf(w.issue("a.example.com", "next"))
			leaf.Timestamp = uint64(now.Add(tt.logged).UnixMilli())
			log.Add(leaf)
			w.rules = monitor.Rules{Pending: map[string]time.Duration{"example.com": 15 * time.Minute}}
			w.scan(w.source(log, t.TempDir()))
			rows, err := w.store.Findings(t.Context(), store.Filter{All: true})
			if err != nil || len(rows) != 1 {
				t.Fatal(rows, err)
			}
			if rows[0].State != tt.state || rows[0].Due != nil && !rows[0].Due.Equal(now.Add(tt.due)) {
				t.Errorf("%s, due %v", rows[0].State, rows[0].Due)
			}
		})
	}
}
