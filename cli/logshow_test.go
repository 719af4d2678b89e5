package cli

import (
	"testing"
	"time"

	"pinwatch/config"
	"pinwatch/ct"
	"pinwatch/ct/loglist"
	"pinwatch/store"
)

// TestShowLog: two lists that differ, a log with a past, heads and alarms, all of it escaped.
func TestShowLog(t *testing.T) {
	of := func(source, operator, state string) *loglist.Loaded {
		l := loglist.Log{
			Log: ct.Log{
				ID: ct.LogID{1}, Key: []byte{1, 2, 3}, Description: "Some\x1b 2026h2", Operator: operator, State: state, MMD: time.Minute,
				SubmissionURL: "https://log.example/", MonitoringURL: "https://mon.log.example/", HeadURL: "https://log.example/rfc6962/",
				NotAfterStart: june, NotAfterLimit: june.AddDate(0, 6, 0), Final: &ct.FinalHead{Size: 100, Root: ct.Hash{9}},
			},
			Since: june, Type: "prod", Sources: []string{source},
			PreviousOperators: []loglist.PreviousOperator{{Name: "Older", End: june}},
		}
		return &loglist.Loaded{List: &loglist.List{Source: source, Logs: []loglist.Log{l}}}
	}
	k := &known{
		cfg:    config.Default(),
		lists:  &lists{all: []*loglist.Loaded{of("https://a.example/list.json", "Ops", "readonly"), of("b.json", "Ops Inc.", "usable")}},
		status: map[ct.LogID]*store.LogStatus{},
	}
	if err := k.gather(t.Context(), june); err != nil {
		t.Fatal(err)
	}
	k.status[ct.LogID{1}] = &store.LogStatus{
		ID: ct.LogID{1}, FirstSeen: june, Started: true, Start: 10, StartWhy: "start: now", Position: 60,
		Totals: store.Totals{Entries: 50, Matched: 2, Outstanding: 1}, Head: &store.Head{Size: 90, Timestamp: june},
		LastContact: &june, LastError: "no\x1b route", LastErrorAt: &june,
	}
	later := june.Add(time.Hour)
	d := &store.LogDetail{
		HeadCount: 1234, AlarmCount: 1,
		Heads: []store.SeenHead{
			{Head: store.Head{Size: 90, Root: [32]byte{7}, Timestamp: june, Raw: []byte("raw")}, FirstSeen: june, Again: &later},
			{Head: store.Head{Size: 80, Root: [32]byte{8}, Timestamp: june}, FirstSeen: june},
		},
		Alarms: []store.SeenAlarm{{
			Alarm: store.Alarm{Kind: "fork", Detail: "two\x1b roots", Head: []byte("a"), Other: []byte("b")}, FirstSeen: june, LastSeen: later, Count: 3,
		}},
	}
	l, err := k.find("AQAAAAAA")
	if err != nil {
		t.Fatal(err)
	}
	p, stdout, _ := printer()
	out := k.logDetailJSON(l, d)
	p.printLog(&out)
	p.printRecord(k.status[l.log.ID], d)
	if err := writeJSON(p.stdout, out); err != nil {
		t.Fatal(err)
	}
	p.stdout.Flush()
	golden(t, "log.golden", stdout.Bytes())
}
