package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// nextYear is when the certificates of fixtures are not valid any more.
var nextYear = noon.AddDate(1, 0, 0)

// countRows counts what is pruned, and what is left of it.
func countRows(t *testing.T, s *Store) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, table := range []string{"findings", "issuances", "sightings", "certificates", "finals", "scts", "outbox", "deliveries", "prunings"} {
		var n int
		must(t, s.db.Get(&n, "SELECT count(*) FROM "+table))
		if n > 0 {
			out[table] = n
		}
	}
	return out
}

// TestPruneTakesWhatWasExpected fills a database with issuances of which each but the first has a reason to stay.
func TestPruneTakesWhatWasExpected(t *testing.T) {
	yes := expected("example.com")
	for name, tt := range map[string]struct {
		judged []Judged
		do     func(s *Store, id string)
		goes   bool
	}{
		"expected":                   {judged: []Judged{yes}, goes: true},
		"expected by two":            {judged: []Judged{yes, expected("example.net")}, goes: true},
		"expected by one of two":     {judged: []Judged{yes, unexpected("example.net")}},
		"unexpected":                 {judged: []Judged{unexpected("example.com")}},
		"undetermined":               {judged: []Judged{undecided("example.com")}},
		"unpinned, nobody need look": {judged: []Judged{{Watch: "example.com", Verdict: "unpinned", Severity: "low", Decided: true}}},
		"of no watch":                {},
		"undecided, open":            {judged: []Judged{{Watch: "example.com", Verdict: "expected", Open: true}}},
		"open":                       {judged: []Judged{{Watch: "example.com", Verdict: "expected", Decided: true, Open: true}}},
		"with a history": {judged: []Judged{yes}, do: func(s *Store, id string) {
			for _, state := range []string{StateOpen, StateAcknowledged} {
				_, err := s.SetState(t.Context(), id, state, "ann", "", noon)
				must(t, err)
			}
			s.w.MustExec("UPDATE findings SET state = 'closed'")
		}},
		"an authorisation came from it": {judged: []Judged{yes}, do: func(s *Store, id string) {
			_, _, err := s.Authorise(t.Context(), Authorisation{Watch: "example.com", Dimension: "keys", Kind: Adopted, Finding: id, Added: Act{At: noon}})
			must(t, err)
			s.w.MustExec("DELETE FROM finding_events")
		}},
		"the last that was told": {judged: []Judged{yes}, do: func(s *Store, id string) { must(t, s.MarkTold(t.Context(), id)) }},
		"a message of it was not delivered": {judged: []Judged{yes}, do: func(s *Store, _ string) {
			s.w.MustExec(`INSERT INTO outbox (public_id, kind, event, severity, thread, finding, created) VALUES ('m', '', '', '', '', 1, 1)`)
		}},
		"seen again of late": {judged: []Judged{yes}, do: func(s *Store, _ string) {
			c := stretch(1, 9, 10).see(9, 1, 1, yes)
			c.Now = nextYear
			commit(t, s, c)
		}},
		"still valid":            {judged: []Judged{yes}, do: func(s *Store, _ string) { s.w.MustExec("UPDATE issuances SET not_after = ?", stamp(nextYear)) }},
		"of no known end":        {judged: []Judged{yes}, do: func(s *Store, _ string) { s.w.MustExec("UPDATE issuances SET not_after = NULL") }, goes: true},
		"young":                  {judged: []Judged{yes}, do: func(s *Store, _ string) { s.w.MustExec("UPDATE findings SET first_seen = ?", stamp(nextYear)) }},
		"a promise was kept":     {judged: []Judged{yes}, do: withSCT("kept"), goes: true},
		"a promise was not kept": {judged: []Judged{yes}, do: withSCT("broken")},
		"SCTs were not checked yet": {judged: []Judged{yes}, do: func(s *Store, id string) {
			withSCT("kept")(s, id)
			s.w.MustExec("UPDATE finals SET checked = NULL")
		}},
		"a promise is not settled yet": {judged: []Judged{yes}, do: withSCT("open")},
		"a log is not followed that promised": {judged: []Judged{yes}, do: func(s *Store, id string) {
			withSCT("open")(s, id)
			s.w.MustExec("UPDATE scts SET log_id = zeroblob(32)")
		}, goes: true},
		"of late it concerns another watch": {judged: []Judged{yes, expected("example.net")}, do: func(s *Store, _ string) {
			s.w.MustExec("UPDATE findings SET first_seen = ? WHERE id = 2", stamp(nextYear))
		}},
		"not read in full at first": {judged: []Judged{yes}, do: func(s *Store, _ string) {
			s.w.MustExec(`INSERT INTO undetermined (log, entry, reason, matched, whole, first_seen, resolved, leaf) VALUES (1, 3, '', 1, 0, 1, 1, x'00')`)
			s.w.MustExec("UPDATE coverage SET undetermined = 1")
			s.w.MustExec("UPDATE logs SET undetermined = 1")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			done := commit(t, s, stretch(started(t, s, logA), 0, 9).see(3, 1, 1, tt.judged...).see(5, 1, 1, tt.judged...))
			if tt.do != nil {
				tt.do(s, append(done.New, "")[0])
			}
			sound(t, s.Reader)
			before := countRows(t, s)
			r := Retention{Before: noon.Add(time.Hour), Now: noon.AddDate(0, 6, 0)}
			could, err := s.Prunable(t.Context(), r, nil)
			must(t, err)
			did, err := s.Prune(t.Context(), r, nil)
			must(t, err)
			if diff := cmp.Diff(could, did); diff != "" {
				t.Errorf("it was said that this would go, and it did go (-want +got):\n%s", diff)
			}
			want := before
			if tt.goes {
				want = map[string]int{"certificates": 1, "prunings": 1} // the certificate is the CA's
			}
			if diff := cmp.Diff(want, countRows(t, s)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			sound(t, s.Reader)
		})
	}
}

// withSCT gives the certificate a promise of a log.
func withSCT(promise string) func(s *Store, id string) {
	return func(s *Store, _ string) {
		cert := h(1, 0xce)
		s.w.MustExec("INSERT INTO finals (cert, checked) VALUES (?, 1)", cert[:])
		s.w.MustExec(`INSERT INTO scts (cert, place, log_id, timestamp, raw, signature, promise, settled)
			VALUES (?, 0, ?, 1, x'00', 'valid', ?, 1)`, cert[:], logA[:], promise)
		if promise == PromiseBroken {
			s.w.MustExec(`INSERT INTO alarms (log, kind, detail, evidence, first_seen, last_seen) VALUES (1, ?, '', zeroblob(32), 1, 1)`, BrokenPromise)
		}
	}
}

// TestPruneAccounts wants each thing that was taken to be counted, over several batches.
func TestPruneAccounts(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	const all = 2*pruneBatch + 50
	for from := uint64(0); from < 3*all; from += all {
		c := stretch(run, from, from+all)
		c.Now = c.Now.AddDate(0, 0, int(from/all))
		for i := range uint64(all) {
			c.see(from+i, byte(i), 1, expected("example.com"))
			iss := &c.Sightings[i].Issuance
			iss.TBSSHA256 = h(byte(i), byte(i>>8), byte(i%2*from/all)) // every second one is in all stretches
		}
		commit(t, s, c)
	}
	r := Retention{Before: noon.AddDate(0, 0, 1), Now: nextYear}
	var progress []int
	done, err := s.Prune(t.Context(), r, func(p *Pruning) error {
		progress = append(progress, p.Issuances)
		return nil
	})
	must(t, err)
	// What goes was seen on the first day alone; its certificates are also those of others here.
	want := Pruning{At: nextYear, Before: r.Before, Findings: all / 2, Issuances: all / 2, Sightings: all / 2, Bytes: all / 2 * 4}
	if diff := cmp.Diff(want, *done); diff != "" {
		t.Errorf("pruned (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{pruneBatch, all / 2}, progress); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	inPeriod(t, s.Reader, func(snap *Snapshot) {
		kept, err := snap.Prunings(t.Context(), Period{Since: nextYear})
		must(t, err)
		want.Bytes = 0
		if diff := cmp.Diff([]Pruning{want}, kept); diff != "" {
			t.Errorf("the account (-want +got):\n%s", diff)
		}
		var pruned []uint64
		for c, err := range snap.Coverage(t.Context(), Period{}) {
			must(t, err)
			pruned = append(pruned, c.Pruned)
		}
		if diff := cmp.Diff([]uint64{all / 2, 0, 0}, pruned); diff != "" {
			t.Errorf("pruned of the coverage (-want +got):\n%s", diff)
		}
	})
	sound(t, s.Reader)
	// A pruned certificate that is logged again is a new issuance like any other.
	c := stretch(run, 3*all, 3*all+5).see(3*all+1, 1, 1, expected("example.com"))
	c.Now = nextYear
	if again := commit(t, s, c); len(again.New) != 1 {
		t.Errorf("seen again: %+v", again)
	}
	sound(t, s.Reader)
}

// TestPruneKeepsChains has a certificate that was logged itself and stands in the chain of another, in the middle.
func TestPruneKeepsChains(t *testing.T) {
	s := newStore(t)
	c := stretch(started(t, s, logA), 0, 9).see(1, 1, 1, expected("example.com")).see(2, 2, 1, unexpected("example.com")).
		see(3, 3, 1, expected("example.com"))
	c.Sightings[1].Chain = [][32]byte{h(1, 0xcc), c.Sightings[0].CertSHA256, h(77)}
	c.Sightings[2].Chain = nil
	commit(t, s, c)
	done, err := s.Prune(t.Context(), Retention{Before: nextYear, Now: nextYear}, nil)
	must(t, err)
	if done.Issuances != 2 || done.Certificates != 1 {
		t.Errorf("pruned: %+v", done)
	}
	for sha, want := range map[[32]byte]bool{h(1, 0xce): true, h(1, 0xcc): true, h(2, 0xce): true, h(3, 0xce): false} {
		der, err := s.Certificate(t.Context(), sha)
		must(t, err)
		if (der != nil) != want {
			t.Errorf("certificate %x is kept: %v", sha[:2], der != nil)
		}
	}
	sound(t, s.Reader)
}

// TestPruneStops ends it in the middle, and goes on.
func TestPruneStops(t *testing.T) {
	s := newStore(t)
	c := stretch(started(t, s, logA), 0, 3*pruneBatch)
	for i := range 3 * pruneBatch {
		c.see(uint64(i), byte(i), 1, expected("example.com"))
		c.Sightings[i].Issuance.TBSSHA256 = h(byte(i), byte(i>>8))
	}
	commit(t, s, c)
	r := Retention{Before: nextYear, Now: nextYear}
	ctx, cancel := context.WithCancel(t.Context())
	done, err := s.Prune(ctx, r, func(*Pruning) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || done.Issuances != pruneBatch {
		t.Errorf("cancelled: %+v, %v", done, err)
	}
	sound(t, s.Reader)
	enough := errors.New("enough")
	done, err = s.Prune(t.Context(), r, func(*Pruning) error { return enough })
	if !errors.Is(err, enough) || done.Issuances != pruneBatch {
		t.Errorf("stopped: %+v, %v", done, err)
	}
	sound(t, s.Reader)
	// Somebody opens a finding between the search and the transaction: it stays.
	var id string
	must(t, s.db.Get(&id, "SELECT public_id FROM findings ORDER BY id LIMIT 1"))
	ids, _, err := issuances.find(t.Context(), s.Reader, r, cursor{})
	must(t, err)
	_, err = s.SetState(t.Context(), id, StateOpen, "ann", "", noon)
	must(t, err)
	p := &pruner{s: s, r: r, done: &Pruning{}}
	must(t, p.batch(t.Context(), issuances, ids))
	if p.done.Issuances != pruneBatch-1 {
		t.Errorf("pruned %d of %d, one was opened", p.done.Issuances, len(ids))
	}
	sound(t, s.Reader)
}

// TestPruneMessages keeps what waits, and what is not over.
func TestPruneMessages(t *testing.T) {
	s := newStore(t)
	started(t, s, logA)
	young := nextYear.UnixMilli()
	s.w.MustExec("PRAGMA foreign_keys = OFF") // parts stand before their digests here
	for _, m := range []struct {
		id            int
		thread, event string
		created       int64
		routed, a, b  string
	}{
		{1, "1", "resolved", 1, "1", "sent = 1", "sent = 2"},                 // goes
		{2, "2", "resolved", 1, "1", "sent = 1", "due = 2"},                  // one receiver waits
		{3, "3", "resolved", 1, "1", "sent = 1", "given_up = 2"},             // goes: for one it was given up
		{4, "4", "resolved", 1, "NULL", "", ""},                              // nobody looked at it yet
		{5, "5", "ended", 1, "1", "", ""},                                    // goes: nobody wanted it
		{6, "6", "resolved", young, "1", "sent = 1", ""},                     // young
		{7, "7", "resolved", 1, "1", fmt.Sprint("sent = ", young), ""},       // delivered of late
		{8, "8", "merged", 1, "1", "part_of = 10", ""},                       // goes, as part of 10
		{9, "9", "resolved", 1, "1", "part_of = 10", "part_of = 11"},         // the other half of it waits
		{10, "digest:a", "digest", 1, "1", "sent = 1", ""},                   // has a part that stays
		{11, "digest:b", "digest", 1, "1", "", "due = 1"},                    // waits
		{12, "12", "resolved", 1, "1", "part_of = 13", ""},                   // goes, as part of 13
		{13, "digest:c", "digest", 1, "1", "sent = 1", ""},                   // goes after it
		{14, "14", "new", 1, "1", "sent = 1", ""},                            // goes with 15
		{15, "14", "resolved", 2, "2", "sent = 2", ""},                       // goes
		{16, "16", "resolved", 1, "1", "sent = 1", ""},                       // it was reopened
		{17, "16", "reopened", 2, "2", "sent = 2", ""},                       // it is open
		{18, "18", "new", 1, "1", "given_up = 1", ""},                        // goes with 19, though nobody ever got it
		{19, "18", "resolved", 1, "1", "sent = 1", ""},                       // goes
		{20, "lag", "behind", 1, "1", "sent = 1", ""},                        // the log still is
		{21, "21", "resolved", 1, "1", "", fmt.Sprint("given_up = ", young)}, // given up of late
		{22, "22", "new", 1, "1", "given_up = 1", ""},                        // it is open, and nobody got it
		{23, "23", "resolved", 1, "1", "part_of = 24", ""},                   // goes, as part of 24
		{24, "digest:d", "digest", 1, "1", "given_up = 1", ""},               // goes after it
		{25, "25", "resolved", 1, "1", "given_up = 1", "due = 1"},            // one receiver waits
	} {
		s.w.MustExec(fmt.Sprintf(`INSERT INTO outbox (id, public_id, kind, event, severity, thread, payload, created, routed)
			VALUES (%d, 'm%[1]d', '', '%s', '', '%s', '{}', %d, %s)`, m.id, m.event, m.thread, m.created, m.routed))
		for receiver, state := range map[string]string{"a": m.a, "b": m.b} {
			if state != "" {
				s.w.MustExec("INSERT INTO deliveries (message, receiver, since, due) VALUES (?, ?, 1, 1)", m.id, receiver)
				s.w.MustExec("UPDATE deliveries SET due = NULL, "+state+" WHERE message = ? AND receiver = ?", m.id, receiver)
			}
		}
	}
	s.w.MustExec("UPDATE outbox SET payload = NULL, finding = 1 WHERE event NOT IN ('digest', 'ended', 'behind')")
	s.w.MustExec("INSERT INTO matters (thread, kind, state, severity, payload, since) VALUES ('lag', '', 'behind', '', '{}', 1)")
	s.w.MustExec("PRAGMA foreign_keys = ON")
	could, err := s.Prunable(t.Context(), Retention{Before: noon, Now: noon}, nil)
	must(t, err)
	done, err := s.Prune(t.Context(), Retention{Before: noon, Now: noon}, nil)
	must(t, err)
	var left []int
	must(t, s.db.Select(&left, "SELECT id FROM outbox ORDER BY id"))
	if diff := cmp.Diff([]int{2, 4, 6, 7, 9, 10, 11, 16, 17, 20, 21, 22, 25}, left); diff != "" {
		t.Errorf("left are (-want +got):\n%s", diff)
	}
	if could.Messages != 10 || done.Messages != 12 { // all but the digests are foreseen
		t.Errorf("%d could go, %d went", could.Messages, done.Messages)
	}
	if could.GivenUp != 3 || done.GivenUp != 4 {
		t.Errorf("%d could go that were given up, %d went", could.GivenUp, done.GivenUp)
	}
	var deliveries int
	must(t, s.db.Get(&deliveries, "SELECT count(*) FROM deliveries WHERE message NOT IN (SELECT id FROM outbox)"))
	if deliveries > 0 {
		t.Errorf("%d deliveries of messages that are gone", deliveries)
	}
}

// TestPruneAlarms: what was told of an alarm goes once there was none of its kind about the log for long.
func TestPruneAlarms(t *testing.T) {
	s := newStore(t)
	started(t, s, logA)
	record := func(kind, head string, at time.Time) {
		t.Helper()
		_, err := s.RecordAlarm(t.Context(), Alarm{LogID: logA, Kind: kind, Head: []byte(head)}, at)
		must(t, err)
	}
	for _, kind := range []string{"over", "lasting", "held", "waiting"} {
		record(kind, "a", noon)
	}
	record("held", "b", noon)
	routeAll(t, s, noon, "chat")
	for i, d := range due(t, s, "chat", noon) {
		if d.Event == "waiting" {
			continue
		}
		o := Outcome{Message: d.Row, At: noon, Sent: i%2 == 0, GivenUp: i%2 != 0, Error: "no"}
		must(t, s.RecordOutcomes(t.Context(), "chat", []Outcome{o}))
	}
	record("lasting", "a", nextYear)
	done, err := s.Prune(t.Context(), Retention{Before: nextYear, Now: nextYear}, nil)
	must(t, err)
	sound(t, s.Reader)
	if diff := cmp.Diff([]string{"log_alarm lasting", "log_alarm held", "log_alarm waiting"}, events(t, s)); diff != "" || done.Messages != 1 {
		t.Errorf("left of what was told (-want +got), %d gone:\n%s", done.Messages, diff)
	}
	// What is held back is told, and then it is all over.
	told, err := s.TellHeldAlarms(t.Context(), nextYear)
	must(t, err)
	record("over", "b", nextYear)
	if diff := cmp.Diff([]string{"log_alarm lasting", "log_alarm held", "log_alarm waiting", "log_alarm held", "log_alarm over"}, events(t, s)); diff != "" || told != 1 {
		t.Errorf("told (-want +got), %d held:\n%s", told, diff)
	}
	sound(t, s.Reader)
}
