package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// inPeriod runs do on a snapshot.
func inPeriod(t *testing.T, r *Reader, do func(s *Snapshot)) {
	t.Helper()
	must(t, r.Snapshot(t.Context(), func(s *Snapshot) error {
		do(s)
		return nil
	}))
}

// hours is a time on the day of the tests.
func hours(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }

func TestPeriodRuns(t *testing.T) {
	s := newStore(t)
	for i := range 5 { // the third one is killed, the last one is under way
		id, err := s.StartRun(t.Context(), Run{Kind: "scan", Policy: h(byte(i))}, hours(10*i))
		must(t, err)
		if i != 2 && i != 4 {
			must(t, s.EndRun(t.Context(), id, "complete", hours(10*i+1)))
		}
		_, err = s.Rejudge(t.Context(), &Rejudge{
			Policy: h(byte(i)), Now: hours(10 * i), Judge: verdicts(),
			Pins: []Pin{{Watch: "example.com", Dimension: "keys", SPKI: h(byte(i / 2))}},
		})
		must(t, err)
	}
	for _, tt := range []struct {
		since, until         int
		runs, policies, pins []byte
	}{
		{-10, 0, nil, nil, nil},
		{-10, 1, []byte{0}, []byte{0}, []byte{0}},
		{2, 10, nil, []byte{0}, []byte{0}},
		{2, 11, []byte{1}, []byte{0, 1}, []byte{0}},
		{25, 26, []byte{2}, []byte{2}, []byte{1}},
		{32, 35, nil, []byte{3}, []byte{1}},
		{99, 100, []byte{4}, []byte{4}, []byte{2}},
		{-10, 100, []byte{0, 1, 2, 3, 4}, []byte{0, 1, 2, 3, 4}, []byte{0, 1, 2}},
	} {
		p := Period{Since: hours(tt.since), Until: hours(tt.until)}
		inPeriod(t, s.Reader, func(snap *Snapshot) {
			runs, err := snap.Runs(t.Context(), p)
			must(t, err)
			policies, err := snap.Policies(t.Context(), p)
			must(t, err)
			pins, err := snap.Pins(t.Context(), p)
			must(t, err)
			var got [3][]byte
			for _, r := range runs {
				got[0] = append(got[0], r.Policy[0])
			}
			for _, r := range policies {
				got[1] = append(got[1], r.Policy[0])
			}
			for _, r := range pins {
				got[2] = append(got[2], r.SPKI[0])
			}
			if diff := cmp.Diff([3][]byte{tt.runs, tt.policies, tt.pins}, got); diff != "" {
				t.Errorf("[%d, %d): runs, policies, pins (-want +got):\n%s", tt.since, tt.until, diff)
			}
		})
	}
}

func TestPeriodLogs(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	for i := range uint64(4) { // at 12:01, at 2:01, 16:01 and 6:01 of the days after
		c := stretch(run, i*5, i*5+5)
		c.Now = c.Now.Add(time.Duration(i) * 14 * time.Hour)
		c.Undetermined = []Undetermined{{Index: i*5 + 1, Reason: fmt.Sprintf("reason %d", i/2), Leaf: []byte{byte(i)}, Matched: i == 3}}
		if i == 3 {
			c.see(16, 1, 1, undecided("example.com"))
		}
		commit(t, s, c)
		_, err := s.RecordAlarm(t.Context(), Alarm{LogID: logA, Kind: "fork", Head: []byte{byte(i / 2)}}, c.Now)
		must(t, err)
	}
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	p := Period{Since: day.Add(time.Hour), Until: day.AddDate(0, 0, 1)}
	inPeriod(t, s.Reader, func(snap *Snapshot) {
		var covered, unread, alarms []string
		// The row began before this period does, on the same day.
		for c, err := range snap.Coverage(t.Context(), Period{Since: day.Add(10 * time.Hour), Until: p.Until}) {
			must(t, err)
			covered = append(covered, fmt.Sprintf("[%d, %d) to %d, %d undetermined, run %d", c.From, c.To, c.Head.Size, c.Undetermined, c.Run))
		}
		for u, err := range snap.Undetermined(t.Context(), Period{Since: p.Since}, 2) {
			must(t, err)
			unread = append(unread, fmt.Sprintf("%d %s %x %v", u.Index, u.Reason, u.Leaf, u.Matched))
		}
		for a, err := range snap.Alarms(t.Context(), p) {
			must(t, err)
			alarms = append(alarms, fmt.Sprintf("%s %x %d times", a.Kind, a.Head, a.Count))
		}
		heads, err := snap.Heads(t.Context(), logA, p)
		must(t, err)
		counts, err := snap.UndeterminedCounts(t.Context(), p)
		must(t, err)
		if heads.Count != 2 || heads.Before.Size != 5 || heads.First.Size != 10 || heads.Last.Size != 15 {
			t.Errorf("heads: %+v", heads)
		}
		for _, diff := range []string{
			cmp.Diff([]string{"[5, 15) to 15, 2 undetermined, run 1"}, covered),
			cmp.Diff([]string{"16 reason 1 03 true", "6 reason 0 01 false"}, unread),
			cmp.Diff([]string{"fork 00 2 times", "fork 01 2 times"}, alarms),
			cmp.Diff([]UndeterminedCount{
				{LogID: logA, Reason: "reason 0", Count: 1}, {LogID: logA, Reason: "reason 1", Count: 1},
			}, counts),
		} {
			if diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		none, err := snap.Heads(t.Context(), logB, p)
		must(t, err)
		if diff := cmp.Diff(&PeriodHeads{}, none); diff != "" {
			t.Errorf("heads of an unknown log: %s", diff)
		}
	})
}

// threeDays records as many findings on each of three days, every second one unexpected, and returns how many, and the
// first of the second day.
func threeDays(t *testing.T, s *Store) (each int, second string) {
	t.Helper()
	run := started(t, s, logA)
	each = findingsPage + 20
	for day := range 3 {
		c := stretch(run, uint64(day)*1000, uint64(day+1)*1000)
		c.Now = noon.AddDate(0, 0, day)
		for i := range each {
			judged := expected("example.com")
			if i%2 == 0 {
				judged = unexpected("example.com")
			}
			c.see(c.From+uint64(i), byte(i), byte(day+1), judged)
			c.Sightings[i].Issuance.TBSSHA256 = h(byte(i), byte(i>>8), byte(day))
		}
		if done := commit(t, s, c); day == 1 {
			second = done.New[0]
		}
	}
	return each, second
}

func TestPeriodFindings(t *testing.T) {
	s := newStore(t)
	each, first := threeDays(t, s)
	changed, err := s.SetState(t.Context(), first, StateAcknowledged, "ann", "ours", noon.AddDate(0, 0, 3))
	if must(t, err); !changed {
		t.Fatal("the state did not change")
	}
	p := Period{Since: noon.AddDate(0, 0, 1), Until: noon.AddDate(0, 0, 2)}
	inPeriod(t, s.Reader, func(snap *Snapshot) {
		n, limited, concerns := 0, 0, 0
		for f, err := range snap.Findings(t.Context(), Filter{All: true, Since: p.Since, Until: p.Until}) {
			must(t, err)
			if n == 0 && (f.ID != first || len(f.History) != 1 || f.History[0].Who != "ann") {
				t.Errorf("the first finding: %+v", f)
			}
			if len(f.Sightings) != 1 || f.Issuance.TBSSHA256 != h(byte(n), byte(n>>8), 1) {
				t.Fatalf("finding %d: %+v", n, f)
			}
			n++
		}
		for f, err := range snap.Findings(t.Context(), Filter{Verdicts: []string{"expected"}, All: true, Limit: findingsPage + 1}) {
			must(t, err)
			if f.Verdict != "expected" {
				t.Fatalf("verdict %s", f.Verdict)
			}
			limited++
		}
		for c, err := range snap.Concerns(t.Context(), p, "expected") {
			must(t, err)
			if c.Verdict != "expected" || c.State != StateClosed || c.Sightings != 1 || c.Issuance.TBSSHA256[2] != 1 {
				t.Fatalf("concern %+v", c)
			}
			concerns++
		}
		if n != each || limited != findingsPage+1 || concerns != each/2 {
			t.Errorf("%d findings, %d with a limit, %d expected", n, limited, concerns)
		}
		issuers, err := snap.IssuerCounts(t.Context(), p, "expected")
		must(t, err)
		want := []IssuerCount{{Watch: "example.com", Issuer: "CN=CA", IssuerKeyHash: new(h(2, 0xca)), Count: each / 2}}
		if diff := cmp.Diff(want, issuers); diff != "" {
			t.Errorf("issuers (-want +got):\n%s", diff)
		}
		verdicts, err := snap.VerdictCounts(t.Context(), Period{Since: p.Since})
		must(t, err)
		var days []VerdictCount
		for day := 1; day < 3; day++ {
			at := noon.AddDate(0, 0, day).Truncate(24 * time.Hour)
			days = append(days, VerdictCount{at, "expected", each / 2}, VerdictCount{at, "unexpected", each / 2})
		}
		if diff := cmp.Diff(days, verdicts); diff != "" {
			t.Errorf("verdicts (-want +got):\n%s", diff)
		}
	})
}

// TestEntries wants back all that is kept of an entry: the entry itself, the certificate and its chain.
func TestEntries(t *testing.T) {
	s := newStore(t)
	c := stretch(started(t, s, logA), 0, 5).see(2, 1, 1, unexpected("example.com")).see(4, 1, 1, unexpected("example.com"))
	c.Sightings[1].Chain = append(c.Sightings[1].Chain, h(99))
	id := commit(t, s, c).New[0]
	inPeriod(t, s.Reader, func(snap *Snapshot) {
		var got []*Logged
		for e, err := range snap.Entries(t.Context(), id[:6]) {
			must(t, err)
			got = append(got, e)
		}
		leaf := func(index uint64, chain ...Certificate) *Logged {
			return &Logged{
				SeenAt: SeenAt{
					LogID: logA, Log: "log 0a", Index: index, Type: "precert", CertSHA256: h(1, 0xce),
					Timestamp: noon.Add(-time.Hour), FirstSeen: noon.Add(time.Minute),
				},
				Leaf: []byte("leaf"), DER: []byte{0x30, 1}, Chain: chain,
			}
		}
		ca := Certificate{SHA256: h(1, 0xcc), DER: []byte{0x30, 0, 1}}
		if diff := cmp.Diff([]*Logged{leaf(2, ca), leaf(4, ca, Certificate{SHA256: h(99)})}, got); diff != "" {
			t.Errorf("entries (-want +got):\n%s", diff)
		}
		for _, err := range snap.Entries(t.Context(), "ffffffff") {
			if unknown := new(UnknownFindingError); !errors.As(err, &unknown) {
				t.Errorf("an unknown finding gives %v", err)
			}
		}
	})
}

// TestSnapshotStays writes while a snapshot is read, and wants the snapshot to stay as it was, also across methods.
func TestSnapshotStays(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	commit(t, s, stretch(run, 0, 5).see(1, 1, 1, unexpected("example.com")))
	inPeriod(t, s.Reader, func(snap *Snapshot) {
		count := func() (n int) {
			for _, err := range snap.Findings(t.Context(), Filter{}) {
				must(t, err)
				n++
			}
			return n
		}
		before := count()
		commit(t, s, stretch(run, 5, 9).see(6, 2, 1, unexpected("example.com")))
		logs, err := snap.Logs(t.Context())
		must(t, err)
		if n := count(); before != 1 || n != 1 || logs[0].Position != 5 {
			t.Errorf("%d findings before and %d after a commit, position %d", before, n, logs[0].Position)
		}
	})
	stop := errors.New("stop")
	if err := s.Snapshot(t.Context(), func(*Snapshot) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the reader became %v", err)
	}
}
