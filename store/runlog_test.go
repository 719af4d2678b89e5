package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// listed is a log that a list describes.
func listed(id [32]byte, state, why string) ListedLog {
	return ListedLog{
		LogID: id, Key: []byte("key"), Description: fmt.Sprintf("log %x", id[:1]), Operator: "op", State: state, Listed: true,
		StateSince: noon.AddDate(0, -1, 0), NotAfterStart: noon, NotAfterLimit: noon.AddDate(0, 6, 0), MMD: time.Minute,
		Why: why, Detail: why,
	}
}

func listOf(version string) LogList {
	return LogList{Source: "https://list/", Version: version, Published: noon, SHA256: h(version[0]), Signed: true, Checked: noon}
}

// fixCatalogue fills the tables of lists and logs.
func fixCatalogue(t testing.TB, s *Store, run int64) {
	t.Helper()
	for i, state := range []string{"usable", "retired"} {
		must(t, s.RecordCatalogue(t.Context(), run, &Catalogue{
			Lists: []LogList{listOf(fmt.Sprint(i))}, Logs: []ListedLog{listed(logA, state, ""), {Description: "broken", Why: "refused", Listed: true}},
		}, noon.Add(time.Duration(i)*hour)))
	}
	must(t, s.RecordPass(t.Context(), Pass{Run: run, LogID: logA, Failure: "refused"}, noon))
	_, err := s.StartRun(t.Context(), Run{Kind: "scan", Policy: h(1), Names: h(2)}, noon)
	must(t, err)
	s.w.MustExec("INSERT INTO finals (cert) SELECT DISTINCT cert_sha256 FROM sightings LIMIT 1")
	var cert hash
	must(t, s.w.Get(&cert, "SELECT cert FROM finals LIMIT 1"))
	must(t, s.RecordSCTs(t.Context(), []CheckedFinal{{SHA256: cert, SCTs: []SCT{sctOf(logA, 0, SCTValid), sctOf(h(9), 1, SCTUnknownLog)}}}, noon))
}

// said writes rows as "id state why [first-last run] since to until, ended".
func said(t *testing.T, rows []PastListedLog) (out []string) {
	t.Helper()
	for _, l := range rows {
		text := fmt.Sprintf("%x %s %q [%d-%d] %s to %s", l.LogID[:1], l.State, l.Why, l.FirstRun, l.LastRun,
			l.Since.Sub(noon), l.Until.Sub(noon))
		if l.Ended != nil {
			text += ", ended " + l.Ended.Sub(noon).String()
		}
		out = append(out, text)
	}
	return out
}

// TestCatalogue has logs come, change and go over five runs, the fourth of which could not have a list.
func TestCatalogue(t *testing.T) {
	s := newStore(t)
	a, b, c := [32]byte{0xa}, [32]byte{0xb}, [32]byte{0xc}
	mimic := ListedLog{Description: "mimic", Why: "mimic", Detail: "its key is public", Listed: true}
	for i, step := range []Catalogue{
		{Lists: []LogList{listOf("1")}, Logs: []ListedLog{listed(a, "usable", ""), listed(b, "pending", "state"), mimic}},
		{Lists: []LogList{listOf("1")}, Logs: []ListedLog{listed(a, "usable", ""), listed(b, "pending", "state"), mimic}},
		{Lists: []LogList{listOf("2")}, Logs: []ListedLog{listed(a, "retired", "state"), listed(b, "usable", ""), listed(c, "usable", "")}},
		{Logs: []ListedLog{listed(b, "usable", "")}, Partial: true},
		{Lists: []LogList{listOf("2")}, Logs: []ListedLog{listed(a, "retired", "state"), listed(c, "usable", "")}},
	} {
		run, err := s.StartRun(t.Context(), Run{Kind: "scan"}, hours(i))
		must(t, err)
		for range 2 { // a replay changes nothing
			must(t, s.RecordCatalogue(t.Context(), run, &step, hours(i)))
		}
		sound(t, s.Reader)
	}
	inPeriod(t, s.Reader, func(snap *Snapshot) {
		all, err := snap.ListedLogs(t.Context(), Period{})
		must(t, err)
		want := []string{
			`00  "mimic" [1-2] 0s to 1h0m0s, ended 2h0m0s`,
			`0a usable "" [1-2] 0s to 1h0m0s, ended 2h0m0s`,
			`0a retired "state" [3-5] 2h0m0s to 4h0m0s`,
			`0b pending "state" [1-2] 0s to 1h0m0s, ended 2h0m0s`,
			`0b usable "" [3-4] 2h0m0s to 3h0m0s, ended 4h0m0s`,
			`0c usable "" [3-5] 2h0m0s to 4h0m0s`,
		}
		if diff := cmp.Diff(want, said(t, all)); diff != "" {
			t.Errorf("logs (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(listed(a, "retired", "state"), all[2].ListedLog); diff != "" {
			t.Errorf("a log (-want +got):\n%s", diff)
		}
		for _, tt := range []struct {
			since, until int
			rows         []int
		}{
			{-9, -1, []int{0, 1, 3}}, // nobody looked before
			{0, 1, []int{0, 1, 3}},
			{3, 4, []int{2, 4, 5}},
			{50, 60, []int{2, 5}},
		} {
			rows, err := snap.ListedLogs(t.Context(), Period{Since: hours(tt.since), Until: hours(tt.until)})
			must(t, err)
			var part []string
			for _, i := range tt.rows {
				part = append(part, want[i])
			}
			if diff := cmp.Diff(part, said(t, rows)); diff != "" {
				t.Errorf("[%d, %d) (-want +got):\n%s", tt.since, tt.until, diff)
			}
		}
		lists, err := snap.LogLists(t.Context(), Period{})
		must(t, err)
		wantLists := []PastLogList{
			{LogList: listOf("1"), Found: Found{FirstRun: 1, LastRun: 2, Since: noon, Until: hours(1), Ended: new(hours(2))}},
			{LogList: listOf("2"), Found: Found{FirstRun: 3, LastRun: 5, Since: hours(2), Until: hours(4)}},
		}
		if diff := cmp.Diff(wantLists, lists); diff != "" {
			t.Errorf("lists (-want +got):\n%s", diff)
		}
	})
}

func TestRecordPass(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	commit(t, s, stretch(run, 0, 5))
	must(t, s.SaveHead(t.Context(), logA, headOf(8), noon))
	pass := func(at int, p Pass) {
		p.Run, p.LogID = run, logA
		must(t, s.RecordPass(t.Context(), p, hours(at)))
	}
	pass(1, Pass{})
	pass(2, Pass{Failure: "refused"})
	pass(3, Pass{Failure: "fork", Misbehaved: true})
	c := stretch(run, 5, 7)
	c.Now = hours(3)
	commit(t, s, c)
	pass(4, Pass{Failure: "interrupted", Cut: true})
	inPeriod(t, s.Reader, func(snap *Snapshot) {
		for _, tt := range []struct{ since, until, rows int }{{-1, 0, 0}, {0, 2, 1}, {3, 9, 1}, {4, 9, 0}} {
			runs, err := collect(snap.LogRuns(t.Context(), Period{Since: hours(tt.since), Until: hours(tt.until)}))
			if must(t, err); len(runs) != tt.rows {
				t.Errorf("[%d, %d): %d rows", tt.since, tt.until, len(runs))
			}
		}
		runs, err := collect(snap.LogRuns(t.Context(), Period{}))
		must(t, err)
		want := []*LogRun{{
			Run: run, LogID: logA, Passes: 3, Errors: 2, LastError: "fork", LastErrorAt: new(hours(3)), Position: 7, HeadSize: 8,
			CoveredUntil: new(headOf(7).Timestamp), First: hours(1), Last: hours(3),
		}}
		if diff := cmp.Diff(want, runs); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
		if entries, behind := runs[0].Lag(); entries != 1 || behind != 3*hour-7*time.Second {
			t.Errorf("lag %d entries, %s", entries, behind)
		}
	})
	logs, err := s.LogStatuses(t.Context())
	must(t, err)
	if l := logs[0]; l.LastError != "refused" || !l.LastErrorAt.Equal(hours(2)) || !l.LastContact.Equal(hours(3)) {
		t.Errorf("status: %+v", l)
	}
	if err := s.RecordPass(t.Context(), Pass{Run: 99, LogID: logA}, noon); err == nil {
		t.Error("a run that is not there passes")
	}
	if err := s.RecordPass(t.Context(), Pass{Run: run, LogID: h(9)}, noon); !errors.Is(err, ErrUnknownLog) {
		t.Errorf("an unknown log: %v", err)
	}
}

// TestLogSpans has logs begun in each way, and one that showed heads which do not belong to its tree.
func TestLogSpans(t *testing.T) {
	s := newStore(t)
	date := noon.AddDate(0, 0, -7)
	for i, l := range []struct {
		start, head uint64
		why         string
	}{{0, 9, "start: beginning"}, {9, 9, "start: now"}, {4, 9, "start: " + date.Format(time.RFC3339)}, {5, 9, "start: 5"}, {7, 9, "start: now"}} {
		id := h(byte(i))
		_, err := s.EnsureLog(t.Context(), Log{ID: id}, noon)
		must(t, err)
		must(t, s.SaveHead(t.Context(), id, headOf(3), noon))
		must(t, s.SaveHead(t.Context(), id, headOf(6), noon))
		must(t, s.SetStart(t.Context(), id, l.start, nodesOf(l.start), l.why, headOf(l.head), noon))
	}
	_, err := s.EnsureLog(t.Context(), Log{ID: h(9)}, noon) // not begun
	must(t, err)
	for _, size := range []uint64{3, 6} { // neither that of its end nor that of its beginning
		_, err = s.RecordAlarm(t.Context(), Alarm{LogID: h(3), Kind: "root_mismatch", Head: headOf(size).Raw}, noon)
		must(t, err)
	}
	_, err = s.RecordAlarm(t.Context(), Alarm{LogID: h(4), Kind: "root_mismatch", Head: headOf(9).Raw}, noon) // the only one of its start
	must(t, err)
	run, err := s.StartRun(t.Context(), Run{Kind: "watch", Policy: h(1), Names: h(2)}, noon)
	must(t, err)
	for i, failure := range []string{"", "", "refused"} { // of log 0 the last pass but one fails, of log 2 all do
		must(t, s.RecordPass(t.Context(), Pass{Run: run, LogID: h(0), Failure: failure}, hours(i)))
		must(t, s.RecordPass(t.Context(), Pass{Run: run, LogID: h(2), Failure: "refused"}, hours(i)))
	}
	must(t, s.RecordPass(t.Context(), Pass{Run: run, LogID: h(0)}, hours(5)))
	for _, log := range []byte{0, 2, 3} { // a pass that is cut short shows nothing
		must(t, s.RecordPass(t.Context(), Pass{Run: run, LogID: h(log), Failure: "interrupted", Cut: true}, hours(9)))
	}
	inPeriod(t, s.Reader, func(snap *Snapshot) {
		spans, err := snap.LogSpans(t.Context())
		must(t, err)
		want := []LogSpan{
			{LogID: h(0), StartWhy: "start: beginning", HeadSize: 9, Passed: new(hours(5))},
			{LogID: h(1), Start: 9, StartWhy: "start: now", From: headOf(9).Timestamp, Until: new(headOf(9).Timestamp), Position: 9, HeadSize: 9},
			{LogID: h(2), Start: 4, StartWhy: "start: 2026-11-14T12:00:00Z", From: date, Until: new(headOf(3).Timestamp), Position: 4, HeadSize: 9},
			{LogID: h(3), Start: 5, StartWhy: "start: 5", From: headOf(9).Timestamp, Position: 5, HeadSize: 9},
			{LogID: h(4), Start: 7, StartWhy: "start: now", From: headOf(9).Timestamp, Until: new(headOf(6).Timestamp), Position: 7, HeadSize: 9},
		}
		if diff := cmp.Diff(want, spans); diff != "" {
			t.Errorf("spans (-want +got):\n%s", diff)
		}
	})
}
