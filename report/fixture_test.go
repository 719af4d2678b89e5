package report

import (
	"fmt"
	"math/bits"
	"path/filepath"
	"testing"
	"time"

	"pinwatch/policy"
	"pinwatch/store"
)

// The fixed record: October 2026, three logs that are read, and others that are not.
var (
	october  = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	november = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	made     = time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC)
)

func h(b ...byte) [32]byte {
	var out [32]byte
	copy(out[:], b)
	return out
}

var alpha, beta, gamma = h(0xa), h(0xb), h(0xc)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// record fills a database.
type record struct {
	t     testing.TB
	s     *store.Store
	run   int64
	at    map[[32]byte]uint64
	names map[[32]byte]string
}

func newRecord(t testing.TB) *record {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "pinwatch.db"), store.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return &record{t: t, s: s, at: map[[32]byte]uint64{}, names: map[[32]byte]string{}}
}

// log makes a log known and begins it at its first entry.
func (r *record) log(id [32]byte, name, operator string, now time.Time) {
	r.t.Helper()
	_, err := r.s.EnsureLog(r.t.Context(), store.Log{
		ID: id, Key: []byte("key of " + name), Description: name, Operator: operator, URL: "https://" + operator + ".example/",
	}, now)
	must(r.t, err)
	must(r.t, r.s.SetStart(r.t.Context(), id, 0, nil, "beginning", head(0, now), now))
	r.names[id] = name
}

func head(size uint64, at time.Time) store.Head {
	return store.Head{
		Size: size, Root: h(byte(size), byte(size>>8), 1), Timestamp: at, Signature: []byte("signature"),
		Raw: fmt.Appendf(nil, "head of %d", size),
	}
}

func nodes(size uint64) [][32]byte { return make([][32]byte, bits.OnesCount64(size)) }

// listed is what a list says of a log.
func listed(id [32]byte, name, operator, state, why, detail string) store.ListedLog {
	return store.ListedLog{
		LogID: id, Key: []byte("key of " + name), Description: name, Operator: operator, State: state, Listed: true,
		NotAfterStart: october.AddDate(0, -4, 0), NotAfterLimit: october.AddDate(1, 0, 0), MMD: time.Hour, Why: why, Detail: detail,
	}
}

func (r *record) catalogue(now time.Time, more ...store.ListedLog) {
	r.t.Helper()
	frozen := listed(gamma, "Gamma 2026h2", "Gamma", "readonly", "", "")
	frozen.StateSince = october.AddDate(0, -1, 0)
	must(r.t, r.s.RecordCatalogue(r.t.Context(), r.run, &store.Catalogue{
		Lists: []store.LogList{{
			Source: "https://list.example/log_list.json", Version: "61.4", Published: october, SHA256: h(1), Signed: true, Checked: now,
		}},
		Logs: append([]store.ListedLog{
			listed(alpha, "Alpha 2026h2", "Alpha", "usable", "", ""), listed(beta, "Beta 2026h2", "Beta", "usable", "", ""),
			frozen,
		}, more...),
	}, now))
}

// scan runs do as a run that begins at a time.
func (r *record) scan(policy byte, at time.Time, outcome string, do func()) {
	r.t.Helper()
	var err error
	r.run, err = r.s.StartRun(r.t.Context(), store.Run{Kind: "scan", Policy: h(policy)}, at)
	must(r.t, err)
	do()
	if outcome != "" {
		must(r.t, r.s.EndRun(r.t.Context(), r.run, outcome, at.Add(5*time.Minute)))
	}
}

// read commits entries of a log, with what was seen in them.
func (r *record) read(id [32]byte, entries uint64, policy byte, now time.Time, seen ...store.Sighting) *store.Committed {
	r.t.Helper()
	from := r.at[id]
	c := &store.Commit{
		LogID: id, From: from, To: from + entries, Nodes: nodes(from + entries), Head: head(from+entries, now.Add(-time.Minute)),
		Run: r.run, Policy: h(policy), Now: now, Counts: store.Counts{Precerts: int(entries / 2)},
	}
	for i := range seen {
		seen[i].Index = from + uint64(i)
		c.Certificates = append(c.Certificates, store.Certificate{SHA256: seen[i].CertSHA256, DER: append([]byte{0x30}, seen[i].CertSHA256[:4]...)})
		if seen[i].Type == "" {
			seen[i].Type, seen[i].Timestamp, seen[i].Leaf = "precert", now.Add(-10*time.Minute), []byte("leaf")
		}
	}
	c.Sightings = seen
	done, err := r.s.Commit(r.t.Context(), c)
	must(r.t, err)
	r.at[id] = from + entries
	must(r.t, r.s.RecordPass(r.t.Context(), store.Pass{Run: r.run, LogID: id}, now))
	return done
}

// sighting is an issuance that is named by a byte, seen for a watch.
func sighting(n byte, name string, j store.Judged) store.Sighting {
	if len(j.Matches) == 0 {
		j.Matches = []store.Match{{Name: name, Kind: "dNSName", Rule: "subtree"}}
	}
	return store.Sighting{
		CertSHA256: h(n, 0xce), Findings: []store.Judged{j},
		Issuance: store.Issuance{
			TBSSHA256: h(n), SPKISHA256: new(h(n, 0xee)), IssuerKeyHash: new(h(0xca)), Serial: fmt.Sprintf("04%02x10e5", n),
			Issuer: "CN=Example CA 1,O=Example", Subject: "CN=" + name, NotBefore: new(october), NotAfter: new(october.AddDate(0, 3, 0)),
			Names: []string{name, "static." + name},
		},
	}
}

func judged(verdict, severity string, reasons ...string) store.Judged {
	return store.Judged{
		Watch: "example.com", Verdict: verdict, Severity: severity, Reasons: reasons, Decided: verdict != "undetermined",
		Open: verdict != "expected", KeyPinned: new(verdict == "expected"), IssuerPinned: new(true),
	}
}

// fixed is the record that golden reports are made of.
func fixed(t testing.TB) *record {
	t.Helper()
	r := newRecord(t)
	early := october.AddDate(0, 0, -20)
	r.scan(1, early, "done", func() {
		for i, id := range [][32]byte{alpha, beta, gamma} {
			r.log(id, []string{"Alpha 2026h2", "Beta 2026h2", "Gamma 2026h2"}[i], []string{"Alpha", "Beta", "Gamma"}[i], early)
		}
		r.catalogue(early)
		must(t, firstPolicy(r, early))
		r.read(alpha, 1000, 1, early, sighting(1, "old.example.com", judged("unexpected", "high", "unknown_issuer")))
		r.read(beta, 500, 1, early)
		r.read(gamma, 80, 1, early)
	})
	day := october.Add(8 * time.Hour)
	r.scan(2, day, "done", func() { r.octoberBegins(day) })
	day = october.AddDate(0, 0, 12).Add(8 * time.Hour)
	r.scan(2, day, "findings", func() { r.octoberMiddle(day) })
	day = november.Add(-2 * time.Hour)
	r.scan(2, day, "", func() { r.octoberEnds(day) })
	return r
}

func firstPolicy(r *record, at time.Time) error {
	for i := range byte(2) {
		_, err := r.s.Rejudge(r.t.Context(), &store.Rejudge{
			Policy: h(1 + i), Now: at.AddDate(0, 0, int(i)*19),
			Pins: []store.Pin{
				{Watch: "example.com", Dimension: "keys", SPKI: h(0x11 + i), Label: "web", Source: "pinwatch.yaml:12"},
				{Watch: "example.com", Dimension: "issuers", SPKI: h(0xca), Source: "pinwatch.yaml:14"},
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *record) octoberBegins(at time.Time) {
	t := r.t
	r.catalogue(at,
		listed(h(0xd), "Delta 2025h1", "Delta", "retired", "state", "its state is retired"),
		listed(h(0xe), "Epsilon 2026h2", "Epsilon", "usable", "", ""), listed(h(0x9), "Zeta 2026h2", "Zeta", "usable", "", ""))
	_, err := r.s.EnsureLog(t.Context(), store.Log{ID: h(0x9), Key: []byte("key"), Description: "Zeta 2026h2", Operator: "Zeta"}, at)
	must(t, err)
	must(t, r.s.RecordPass(t.Context(), store.Pass{Run: r.run, LogID: h(0x9), Failure: "get https://zeta.example/: no such host"}, at))
	r.read(alpha, 400, 2, at, sighting(2, "www.example.com", judged("expected", "info")),
		sighting(3, "shop.example.com", judged("expected", "info")))
	done := r.read(beta, 300, 2, at, sighting(2, "www.example.com", judged("expected", "info")),
		sighting(4, "login.example.com", judged("unexpected", "critical", "unknown_key")))
	_, err = r.s.SetState(t.Context(), done.New[0], store.StateAcknowledged, "carol", "asked the shop team: theirs, ticket 4711",
		at.AddDate(0, 0, 1))
	must(t, err)
	must(t, r.s.RecordPass(t.Context(), store.Pass{Run: r.run, LogID: gamma, Failure: "get https://gamma.example/: 503"}, at))
}

func (r *record) octoberMiddle(at time.Time) {
	unread := judged("undetermined", "medium", "name_uncertain")
	unread.KeyPinned = nil
	unpinned := judged("unpinned", "info")
	unpinned.Watch, unpinned.KeyPinned, unpinned.IssuerPinned = "example.net", nil, nil
	final := sighting(5, "xn--bcher-kva.example.com", judged("unexpected", "critical", "unknown_key"))
	final.Type, final.Timestamp, final.Leaf, final.CertSHA256 = "x509", at, []byte("leaf"), h(5, 0xcf)
	r.read(alpha, 900, 2, at, sighting(5, "xn--bcher-kva.example.com", judged("unexpected", "critical", "unknown_key")),
		sighting(6, "?.example.com", unread), sighting(7, "www.example.net", unpinned))
	r.read(beta, 700, 2, at, final)
	must(r.t, r.s.RecordSCTs(r.t.Context(), []store.CheckedFinal{{SHA256: h(5, 0xcf), SCTs: []store.SCT{
		{Place: 0, LogID: alpha, Timestamp: at.Add(-10 * time.Minute), Raw: []byte("sct"), Signature: store.SCTValid},
		{Place: 1, LogID: h(0xf), Timestamp: at.Add(-10 * time.Minute), Raw: []byte("sct"), Signature: store.SCTUnknownLog},
	}}}, at))
	_, err := r.s.RecordAlarm(r.t.Context(), store.Alarm{
		LogID: beta, Kind: "fork", Detail: "two roots of 1200 entries", Head: []byte("head one"), Other: []byte("head two"),
	}, at)
	must(r.t, err)
}

func (r *record) octoberEnds(at time.Time) {
	r.read(alpha, 100, 2, at, sighting(8, "api.example.com", judged("expected", "info")))
	c := &store.Commit{
		LogID: gamma, From: 80, To: 90, Nodes: nodes(90), Head: head(90, at), Run: r.run, Policy: h(2), Now: at,
		Undetermined: []store.Undetermined{{Index: 85, Reason: "the certificate ends too early", Leaf: []byte("unread bytes"), Whole: true}},
	}
	_, err := r.s.Commit(r.t.Context(), c)
	must(r.t, err)
	r.lookBack(alpha, 0, 1000, 2, 1, at.Add(time.Minute))
}

// lookBack reads entries of a log again, by a policy for names.
func (r *record) lookBack(id [32]byte, from, to uint64, policy, names byte, now time.Time) {
	r.t.Helper()
	_, err := r.s.LookBack(r.t.Context(), &store.Lookback{Names: h(names), Commit: store.Commit{
		LogID: id, From: from, To: to, Head: head(to, now.Add(-time.Hour)), Run: r.run, Policy: h(policy), Now: now,
	}})
	must(r.t, err)
}

// options are those of golden reports.
func options() Options {
	return Options{
		Period: Period{Since: october, Until: november}, GeneratedAt: made, Generator: "pinwatch 1.2.3",
		PinCheck: &policy.Report{
			Certificates: 8,
			Health: []policy.Health{{
				Kind: policy.FewPins, Watch: "example.com", Text: "there is one pin under keys, and no backup",
				Pin:  &policy.Pin{Dimension: "keys", Pin: pinText(h(0x12)), Label: "web", Source: "pinwatch.yaml:12"},
				Hint: "pin the next key as well",
			}},
			Shadow: []policy.Shadow{{
				Watch: "example.com", Certificates: 6, Refused: []policy.Refused{}, Undecided: 1,
				Outages: []policy.Span{{From: october, Until: november}},
			}},
		},
		Configuration: &Configuration{
			Path: "pinwatch.yaml", SHA256: "0d0a", Contact: "security@example.com", Store: "sqlite:pinwatch.db", Policy: "02",
			Watched: 1, Watches: []Watch{{Watch: "example.com", Scope: "subtree", Exclude: []string{"lab.example.com"}, Keys: 1, Issuers: 1, Rules: []Entry{}}},
			Logs: []Entry{{Name: "start", Value: "now"}}, Other: []Entry{{Name: "retain", Value: "for ever"}},
		},
	}
}

// reported makes the report of a record and hands it to do.
func reported(t testing.TB, s *store.Store, o Options, do func(*Report)) {
	t.Helper()
	must(t, s.Snapshot(t.Context(), func(snap *store.Snapshot) error {
		r, err := Collect(t.Context(), snap, o)
		if err == nil {
			do(r)
		}
		return err
	}))
}
