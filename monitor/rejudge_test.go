package monitor_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct/cttest"
	"pinwatch/matcher"
	"pinwatch/monitor"
)

// august is when the certificates of these tests are valid.
var august = time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)

// rejudge judges what is recorded by watches and says what changed.
func (w *world) rejudge(at time.Time, watches ...matcher.Watch) []string {
	w.Helper()
	return w.rejudgeBy(at, w.watch(watches...))
}

func (w *world) rejudgeBy(at time.Time, list *matcher.Watchlist) []string {
	w.Helper()
	w.list = list
	changes, err := monitor.Rejudge(w.Context(), w.store, w.list, w.rules, at, nil)
	if err != nil {
		w.Fatal(err)
	}
	w.check()
	var out []string
	for _, c := range changes {
		out = append(out, fmt.Sprintf("%s %q became %s %v, %s", c.Watch, c.Before, c.Verdict, c.Reasons, c.State))
	}
	return out
}

func key(seed string) matcher.Pin { return matcher.Pin{SPKI: cttest.NewKey(seed).Hash()} }

// oddities fills a log with all that a judgement can depend on: both types, a chain, names that are uncertain, an
// address, a precertificate signing certificate, entries that cannot be read.
func (w *world) oddities(log *cttest.Log) {
	log.AddPrecert(w.issue("www.example.com", "owner"))
	pair := w.issue("www.example.com", "thief")
	log.AddPrecert(pair)
	log.AddFinal(pair)
	log.AddPrecert(w.issue("?.example.com", "owner"))
	log.AddFinal(w.ca.Issue(cttest.Template{Names: []string{"b.example.com"}, IPs: []netip.Addr{netip.MustParseAddr("192.0.2.7")}, Key: "other", Bare: true}))
	log.AddFinal(cttest.NewRoot("CA", "another").Issue(cttest.Template{Names: []string{"example.com"}, Key: "owner", Bare: true}))
	w.strangers(log, 3)
}

// TestRejudgeBySameListChangesNothing: judging from the record gives what judging from the log gave.
func TestRejudgeBySameListChangesNothing(t *testing.T) {
	issuer := cttest.NewRoot("Root", "w").Intermediate("CA", "w").Issue(cttest.Template{Names: []string{"x"}, Bare: true}).IssuerKeyHash
	for name, watch := range map[string]matcher.Watch{
		"keys":    {Name: "example.com", Keys: []matcher.Pin{key("owner")}},
		"issuers": {Name: "example.com", Issuers: []matcher.Pin{{SPKI: issuer}}},
		"chain":   {Name: "example.com", Chain: []matcher.Pin{{SPKI: issuer}, key("nobody")}},
		"no pins": {Name: "example.com"},
		"exact":   {Name: "example.com", Scope: matcher.Exact, Keys: []matcher.Pin{key("nobody")}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			watches := []matcher.Watch{watch, {Prefix: netip.MustParsePrefix("192.0.2.0/24"), Keys: []matcher.Pin{key("nobody")}}}
			if got := w.rejudge(now, watches...); got != nil {
				t.Fatalf("an empty record: %q", got)
			}
			log := cttest.NewLog(cttest.Config{Origin: origin})
			w.oddities(log)
			w.scan(w.source(log, t.TempDir()))
			before := w.findings()
			if len(before) < 2 {
				t.Fatalf("too little to judge: %q", before)
			}
			// A watch on another name is another policy, and changes nothing here.
			if got := w.rejudge(august, append(watches, matcher.Watch{Name: "unheard.of.example"})...); len(got) > 0 {
				t.Errorf("it changed %q", got)
			}
			if diff := cmp.Diff(before, w.findings()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRejudge changes pins and names, and touches no log.
func TestRejudge(t *testing.T) {
	w := newWorld(t)
	owner, thief := key("owner"), key("thief")
	base := matcher.Watch{Name: "example.com", Keys: []matcher.Pin{owner}}
	w.list = w.watch(base)
	w.rejudge(august, base)
	log := cttest.NewLog(cttest.Config{Origin: origin})
	log.AddPrecert(w.issue("www.example.com", "thief"))
	log.AddPrecert(w.issue("example.com", "owner"))
	w.scan(w.source(log, t.TempDir()))
	change := func(do func(*matcher.Watch)) []matcher.Watch {
		watch := base
		do(&watch)
		return []matcher.Watch{watch}
	}
	for _, step := range []struct {
		name    string
		watches []matcher.Watch
		want    []string
	}{
		{"the same", []matcher.Watch{base}, nil},
		{
			"both keys", change(func(w *matcher.Watch) { w.Keys = []matcher.Pin{owner, thief} }),
			[]string{`example.com "unexpected" became expected [], closed`},
		},
		{
			"a pin is taken away",
			[]matcher.Watch{base},
			[]string{`example.com "expected" became unexpected [unknown_key retired_key], open`},
		},
		{
			"a part is excluded", change(func(w *matcher.Watch) { w.Exclude = []string{"www.example.com"} }),
			[]string{`example.com "unexpected" became unexpected [unknown_key retired_key], closed`},
		},
		{
			"the part has a watch of its own", append(change(func(w *matcher.Watch) { w.Exclude = []string{"www.example.com"} }),
				matcher.Watch{Name: "www.example.com", Keys: []matcher.Pin{key("next")}}),
			[]string{`www.example.com "" became unexpected [unknown_key], open`},
		},
		{"the watch is gone", []matcher.Watch{{Name: "www.example.com", Keys: []matcher.Pin{key("next")}}}, nil},
		{"it has no pins", []matcher.Watch{{Name: "www.example.com"}}, []string{`www.example.com "unexpected" became unpinned [], open`}},
		{
			"another watch has the key",
			[]matcher.Watch{{Name: "www.example.com", Keys: []matcher.Pin{owner}}, {Name: "example.net", Keys: []matcher.Pin{thief}}},
			[]string{`www.example.com "unpinned" became unexpected [unknown_key pinned_elsewhere], open`},
		},
	} {
		if diff := cmp.Diff(step.want, w.rejudge(august, step.watches...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}

// TestRejudgeExpiredCertificates: a pin that is taken away after the certificate expired opens nothing; a pin that is
// added clears up even then.
func TestRejudgeExpiredCertificates(t *testing.T) {
	w := newWorld(t)
	owner, thief := key("owner"), key("thief")
	w.list = w.watch(matcher.Watch{Name: "example.com", Keys: []matcher.Pin{owner}})
	log := cttest.NewLog(cttest.Config{Origin: origin})
	log.AddPrecert(w.issue("example.com", "owner"))
	log.AddPrecert(w.issue("example.com", "thief"))
	w.scan(w.source(log, t.TempDir()))
	later := now.AddDate(30, 0, 0)
	for _, step := range []struct {
		pin  matcher.Pin
		want []string
	}{
		{thief, []string{
			`example.com "expected" became unexpected [unknown_key], closed`, `example.com "unexpected" became expected [], closed`,
		}},
		{key("next"), []string{`example.com "expected" became unexpected [unknown_key retired_key], closed`}},
		{owner, []string{`example.com "unexpected" became expected [], closed`}},
	} {
		got := w.rejudge(later, matcher.Watch{Name: "example.com", Keys: []matcher.Pin{step.pin}})
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// TestBackgroundOfNewFindings: what is known of a key stands in the reasons of a finding from its birth.
func TestBackgroundOfNewFindings(t *testing.T) {
	owner, thief := key("owner"), key("thief")
	t.Run("a watch", func(t *testing.T) {
		w := newWorld(t)
		issuers := []matcher.Pin{{SPKI: w.issuer()}}
		w.rejudge(now, matcher.Watch{Name: "example.com", Keys: []matcher.Pin{owner, thief}, Issuers: issuers})
		w.rejudge(now, matcher.Watch{Name: "example.com", Keys: []matcher.Pin{owner}, Issuers: issuers},
			matcher.Watch{Name: "example.net", Keys: []matcher.Pin{key("shop")}})
		w.backgrounds()
	})
	t.Run("a name of a list", func(t *testing.T) {
		w := newWorld(t)
		text, issuers := []byte("example.com\nexample.org"), []matcher.Pin{{SPKI: w.issuer()}}
		w.rejudgeBy(now, w.lists(nil, matcher.List{Name: "the list", Text: text, Keys: []matcher.Pin{owner, thief}, Issuers: issuers}))
		w.rejudgeBy(now, w.lists([]matcher.Watch{{Name: "example.net", Keys: []matcher.Pin{key("shop")}}},
			matcher.List{Name: "the list", Text: text, Keys: []matcher.Pin{owner}, Issuers: issuers}))
		w.backgrounds()
	})
	t.Run("a name of a list that has other pins since", func(t *testing.T) {
		w := newWorld(t)
		text, issuers := []byte("example.com\nexample.org"), []matcher.Pin{{SPKI: w.issuer()}}
		w.rejudgeBy(now, w.lists(nil, matcher.List{Name: "the list", Text: text, Keys: []matcher.Pin{owner, thief}, Issuers: issuers}))
		list := w.lists([]matcher.Watch{{Name: "example.net", Keys: []matcher.Pin{key("shop")}}},
			matcher.List{Name: "the list", Text: text, Keys: []matcher.Pin{owner}, Issuers: issuers})
		w.rejudgeBy(now, list)
		at, _ := list.Find("example.com")
		list, err := list.WithPins(map[int]matcher.Watch{at: {Keys: []matcher.Pin{owner, key("new")}, Issuers: issuers}})
		if err != nil {
			t.Fatal(err)
		}
		w.rejudgeBy(now, list)
		w.backgrounds()
	})
}

// lists makes a watch list.
func (w *world) lists(watches []matcher.Watch, lists ...matcher.List) *matcher.Watchlist {
	w.Helper()
	list, err := matcher.New(watches, lists...)
	if err != nil {
		w.Fatal(err)
	}
	return list
}

// backgrounds scans a log where keys are known from elsewhere, and looks at the reasons.
func (w *world) backgrounds() {
	w.Helper()
	log, dir := cttest.NewLog(cttest.Config{Origin: origin}), w.TempDir()
	log.AddPrecert(w.issue("example.com", "owner"))
	log.AddPrecert(w.issue("a.example.com", "stranger"))
	w.scan(w.source(log, dir))
	log.AddPrecert(w.issue("c.example.com", "thief"))
	log.AddPrecert(w.issue("d.example.com", "shop"))
	log.AddPrecert(cttest.NewRoot("Root", "false").Intermediate("CA", "false").Issue(
		cttest.Template{Names: []string{"e.example.com"}, Key: "owner", Bare: true}))
	later := now.Add(time.Minute)
	opt := w.options()
	opt.Now = func() time.Time { return later }
	if _, err := monitor.Scan(w.Context(), opt, []monitor.Source{w.source(log, dir)}); err != nil {
		w.Fatal(err)
	}
	want := []string{
		"example.com expected [] [example.com] 1",
		"example.com unexpected [unknown_key] [a.example.com] 1",
		"example.com unexpected [unknown_key retired_key] [c.example.com] 1",
		"example.com unexpected [unknown_key pinned_elsewhere] [d.example.com] 1",
		"example.com unexpected [unknown_issuer issuer_name_only] [e.example.com] 1",
	}
	if diff := cmp.Diff(want, w.findings()); diff != "" {
		w.Error(diff)
	}
}
