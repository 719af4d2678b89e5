package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// seeFinal adds the sighting of a final certificate to a commit.
func (c *Commit) seeFinal(index uint64, n, ca byte) *Commit {
	c.see(index, n, ca, unexpected("example.com"))
	s := &c.Sightings[len(c.Sightings)-1]
	s.Type, s.CertSHA256 = "x509", h(n, 0xf1)
	c.Certificates = append(c.Certificates, Certificate{SHA256: s.CertSHA256, DER: []byte{n}})
	return c
}

// sctOf is an SCT of a log that was given an hour before noon.
func sctOf(log [32]byte, place int, signature string) SCT {
	return SCT{Place: place, LogID: log, Timestamp: hours(-1), LeafIndex: new(uint64(7)), Raw: []byte{1, byte(place)}, Signature: signature}
}

// sctStore has a final certificate of log B, with a valid SCT of log A.
func sctStore(t *testing.T) (s *Store, run int64) {
	t.Helper()
	s = newStore(t)
	started(t, s, logA)
	run = started(t, s, logB)
	c := stretch(run, 0, 5).seeFinal(3, 1, 1)
	c.LogID = logB
	commit(t, s, c)
	must(t, s.RecordSCTs(t.Context(), []CheckedFinal{{SHA256: h(1, 0xf1), SCTs: []SCT{sctOf(logA, 0, SCTValid)}}}, noon))
	return s, run
}

func openPromises(t *testing.T, s *Store) []Promise {
	t.Helper()
	open, err := s.OpenPromises(t.Context(), logA, noon, nil, 9)
	must(t, err)
	return open
}

func TestFinals(t *testing.T) {
	s := newStore(t)
	commit(t, s, stretch(started(t, s, logA), 0, 9).see(1, 1, 1, unexpected("example.com")).seeFinal(2, 1, 0).seeFinal(3, 2, 0).seeFinal(4, 2, 0))
	unchecked := func() (out []string) {
		finals, err := s.UncheckedFinals(t.Context(), 9)
		must(t, err)
		for _, f := range finals {
			out = append(out, fmt.Sprintf("%x %x %v", f.SHA256[:2], f.DER, f.IssuerKeyHash != nil))
		}
		return out
	}
	if diff := cmp.Diff([]string{"01f1 01 true", "02f1 02 false"}, unchecked()); diff != "" {
		t.Errorf("finals (-want +got):\n%s", diff)
	}
	must(t, s.RecordSCTs(t.Context(), []CheckedFinal{
		{SHA256: h(1, 0xf1), SCTs: []SCT{sctOf(logA, 0, SCTValid), sctOf(h(9), 1, SCTUnknownLog)}},
		{SHA256: h(2, 0xf1), SCTs: []SCT{sctOf(logA, 0, SCTUnverified)}, Problem: "no issuer"},
	}, noon))
	if got := unchecked(); got != nil {
		t.Errorf("after the check: %v", got)
	}
	sound(t, s.Reader)

	// The issuer of one becomes known, and a log of the other.
	commit(t, s, stretch(1, 9, 12).see(10, 2, 1, unexpected("example.com")))
	if diff := cmp.Diff([]string{"02f1 02 true"}, unchecked()); diff != "" {
		t.Errorf("the issuer is known (-want +got):\n%s", diff)
	}
	for _, known := range []bool{false, true} {
		must(t, s.CheckUnknown(t.Context(), func(id [32]byte) bool { return known && id == h(9) }))
	}
	if diff := cmp.Diff([]string{"01f1 01 true", "02f1 02 true"}, unchecked()); diff != "" {
		t.Errorf("the log is known (-want +got):\n%s", diff)
	}
	must(t, s.RecordSCTs(t.Context(), []CheckedFinal{
		{SHA256: h(1, 0xf1), SCTs: []SCT{sctOf(logA, 0, SCTInvalid), sctOf(h(9), 1, SCTValid)}},
	}, noon))
	inPeriod(t, s.Reader, func(snap *Snapshot) {
		got, problem, err := snap.CertificateSCTs(t.Context(), h(1, 0xf1))
		must(t, err)
		want := []*SeenSCT{
			{SCT: sctOf(logA, 0, SCTValid), Cert: h(1, 0xf1), Description: "log 0a", Followed: true, Promise: PromiseOpen}, // what was valid stays so
			{SCT: sctOf(h(9), 1, SCTValid), Cert: h(1, 0xf1), Promise: PromiseOpen},
		}
		if diff := cmp.Diff(want, got); diff != "" || problem != "" {
			t.Errorf("SCTs, %q (-want +got):\n%s", problem, diff)
		}
		if _, problem, err = snap.CertificateSCTs(t.Context(), h(2, 0xf1)); err != nil || problem != "no issuer" {
			t.Errorf("problem %q, %v", problem, err)
		}
	})
}

func TestPromises(t *testing.T) {
	s, run := sctStore(t)
	c := stretch(run, 0, 9).see(2, 1, 1, unexpected("example.com")).see(4, 2, 1, unexpected("example.com"))
	commit(t, s, c)
	want := []Promise{{
		ID: 1, Cert: h(1, 0xf1), DER: []byte{1}, IssuerKeyHash: new(h(1, 0xca)), SCT: sctOf(logA, 0, SCTValid),
		Seen: []PromisedEntry{{Index: 2, Leaf: []byte("leaf")}},
	}}
	if diff := cmp.Diff(want, openPromises(t, s)); diff != "" {
		t.Errorf("open promises (-want +got):\n%s", diff)
	}
	if early, err := s.OpenPromises(t.Context(), logA, hours(-2), nil, 9); err != nil || len(early) > 0 {
		t.Errorf("promises that are not due: %v, %v", early, err)
	}
	if others, err := s.OpenPromises(t.Context(), logA, noon, []int64{3, 1}, 9); err != nil || len(others) > 0 {
		t.Errorf("promises besides the only one: %v, %v", others, err)
	}
	broken := Settlement{ID: 1, Promise: PromiseBroken, Detail: "gone", Alarm: &Alarm{LogID: logA, Kind: BrokenPromise, Other: []byte("sct")}}
	for _, p := range []Settlement{broken, {ID: 1, Promise: PromiseKept, Entry: new(uint64(2))}, broken} {
		must(t, s.SettlePromises(t.Context(), []Settlement{p}, noon))
	}
	if got := openPromises(t, s); len(got) > 0 {
		t.Errorf("still open: %v", got)
	}
	d, err := s.LogDetail(t.Context(), logA, 9)
	must(t, err)
	if len(d.Alarms) != 1 || d.Alarms[0].Count != 1 {
		t.Errorf("alarms %+v", d.Alarms)
	}
	inPeriod(t, s.Reader, func(snap *Snapshot) {
		for _, tt := range []struct {
			period Period
			want   int
		}{{Period{}, 1}, {Period{Since: hours(1)}, 0}} {
			got, err := collect(snap.SCTs(t.Context(), tt.period))
			if must(t, err); len(got) != tt.want || len(got) > 0 && (got[0].Promise != PromiseBroken || got[0].Detail != "gone" || !got[0].Settled.Equal(noon)) {
				t.Errorf("%v: %+v", tt.period, got)
			}
		}
	})
	sound(t, s.Reader)
}

// TestSettleIsAtomic: a promise is broken with its alarm, or not at all.
func TestSettleIsAtomic(t *testing.T) {
	s, _ := sctStore(t)
	err := s.SettlePromises(t.Context(), []Settlement{{ID: 1, Promise: PromiseBroken, Alarm: &Alarm{LogID: h(9), Kind: BrokenPromise}}}, noon)
	if err == nil || len(openPromises(t, s)) != 1 {
		t.Errorf("an alarm about an unknown log: %v, %d promises are open", err, len(openPromises(t, s)))
	}
}

// TestSCTsGoWithTheirCertificate, which retention may take away.
func TestSCTsGoWithTheirCertificate(t *testing.T) {
	s, _ := sctStore(t)
	for _, q := range []string{"findings", "sightings", "issuances", "certificates"} {
		if q == "findings" {
			s.w.MustExec("DELETE FROM deliveries")
			s.w.MustExec("DELETE FROM outbox")
		}
		s.w.MustExec("DELETE FROM " + q)
	}
	var left int
	must(t, s.db.Get(&left, "SELECT (SELECT count(*) FROM finals) + (SELECT count(*) FROM scts)"))
	if left != 0 {
		t.Errorf("%d rows are left", left)
	}
}

// insertLookback looks back at entries of log A for names.
func insertLookback(names string, from, to int) string {
	return fmt.Sprintf(`INSERT INTO lookbacks (log, run, policy, names, from_index, to_index, head, matched, undetermined, first_at, last_at)
		SELECT id, 1, zeroblob(32), (SELECT %s FROM policy_names), %d, %d, verified, 0, 0, 1, 1 FROM logs ORDER BY log_id LIMIT 1`, names, from, to)
}

// TestLooked asks whether the entry of a promise of an hour before noon, due an hour after it, must have been looked at.
func TestLooked(t *testing.T) {
	early, late := headOf(4), headOf(8)
	early.Timestamp, late.Timestamp = hours(-3), hours(1)
	for _, tt := range []struct {
		name   string
		start  uint64
		to     uint64 // position of log A
		policy byte   // of its entries
		late   time.Time
		spoil  string
		want   bool
	}{
		{"all looked at", 0, 8, 1, hours(1), "", true},
		{"begun before", 4, 8, 1, hours(1), "", true},
		{"other pins", 0, 8, 2, hours(1), "", true},
		{"other names", 0, 8, 3, hours(1), "", false},
		{"unknown names", 0, 8, 4, hours(1), "", false},
		{"begun later", 6, 8, 1, hours(1), "", false},
		{"behind", 0, 7, 1, hours(1), "", false},
		{"no head is young enough", 0, 8, 1, hours(1).Add(-time.Second), "", false},
		{"pruned", 0, 8, 1, hours(1), "UPDATE coverage SET pruned = matched WHERE matched > 0", false},
		{
			"pruned, and looked back at before", 0, 8, 1, hours(1),
			insertLookback("min(names)", 4, 8) + "; UPDATE coverage SET pruned = matched WHERE matched > 0", false,
		},
		{"looked back at", 0, 8, 3, hours(1), insertLookback("min(names)", 4, 8), true},
		{"looked back at in part", 0, 8, 3, hours(1), insertLookback("min(names)", 5, 8), false},
		{"begun later, looked back at", 6, 8, 1, hours(1), insertLookback("min(names)", 4, 6), true},
		{"looked back at for others", 6, 8, 1, hours(1), insertLookback("max(names)", 4, 6), false},
		{
			"pruned of what was looked back at", 6, 8, 1, hours(1),
			insertLookback("min(names)", 4, 6) + "; UPDATE lookbacks SET matched = 1, pruned = 1", false,
		},
		{
			"the certificate was found when looking back", 0, 8, 1, hours(1),
			insertLookback("max(names)", 4, 8) + "; UPDATE lookbacks SET pruned = 0; UPDATE sightings SET lookback = 1 WHERE type = 'x509'", true,
		},
		{
			"found when looking back at another place", 0, 8, 1, hours(1),
			insertLookback("max(names)", 4, 5) + "; UPDATE sightings SET lookback = 1 WHERE type = 'x509'", false,
		},
		{
			"the certificate was read later", 0, 8, 1, hours(1),
			"INSERT INTO undetermined (log, entry, reason, matched, whole, first_seen, leaf) SELECT log, entry, '', 1, 0, 0, x'' FROM sightings WHERE type = 'x509'", false,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := sctStore(t)
			s.w.MustExec("UPDATE logs SET start = ?1, position = ?1, nodes = ? WHERE log_id = ?", tt.start, hashes(nodesOf(tt.start)), hash(logA))
			must(t, s.SaveHead(t.Context(), logA, early, noon))
			late.Timestamp = tt.late
			must(t, s.SaveHead(t.Context(), logA, late, noon))
			for policy, names := range map[byte]byte{1: 1, 2: 1, 3: 2} {
				_, err := s.StartRun(t.Context(), Run{Kind: "scan", Policy: h(policy), Names: h(names)}, noon)
				must(t, err)
			}
			c := stretch(1, tt.start, tt.to)
			c.see(tt.to-1, 2, 2, unexpected("example.com"))
			c.Head, c.Policy = late, h(tt.policy)
			commit(t, s, c)
			if tt.spoil != "" {
				s.w.MustExec(tt.spoil)
			}
			got, err := s.Looked(t.Context(), &openPromises(t, s)[0], hours(1))
			if must(t, err); got != tt.want {
				t.Errorf("looked: %v", got)
			}
		})
	}
}
