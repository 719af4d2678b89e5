package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLogDetail(t *testing.T) {
	s := newStore(t)
	started(t, s, logA)
	for size := range uint64(5) {
		must(t, s.SaveHead(t.Context(), logA, headOf(size), noon))
	}
	again := headOf(4)
	again.Timestamp = again.Timestamp.Add(hour)
	must(t, s.SaveHead(t.Context(), logA, again, noon.Add(hour)))
	for i := range 4 {
		a := Alarm{LogID: logA, Kind: "fork", Detail: fmt.Sprint(i % 3), Head: []byte{byte(i % 3)}, Other: []byte("other")}
		_, err := s.RecordAlarm(t.Context(), a, noon.Add(time.Duration(i)*hour))
		must(t, err)
	}
	got, err := s.LogDetail(t.Context(), logA, 2)
	must(t, err)
	alarm := func(n int) Alarm {
		return Alarm{LogID: logA, Kind: "fork", Detail: fmt.Sprint(n), Head: []byte{byte(n)}, Other: []byte("other")}
	}
	want := &LogDetail{
		HeadCount: 5, AlarmCount: 3,
		Heads: []SeenHead{
			{Head: headOf(4), FirstSeen: noon, Again: new(again.Timestamp)},
			{Head: headOf(3), FirstSeen: noon},
		},
		Alarms: []SeenAlarm{
			{Alarm: alarm(0), FirstSeen: noon, LastSeen: noon.Add(3 * hour), Count: 2},
			{Alarm: alarm(2), FirstSeen: noon.Add(2 * hour), LastSeen: noon.Add(2 * hour), Count: 1},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	got, err = s.LogDetail(t.Context(), logB, 2)
	must(t, err)
	if diff := cmp.Diff(&LogDetail{}, got); diff != "" {
		t.Errorf("a log that is not there:\n%s", diff)
	}
}

func TestCertificate(t *testing.T) {
	s := newStore(t)
	run := started(t, s, logA)
	commit(t, s, stretch(run, 0, 5).see(1, 1, 7))
	for _, tt := range []struct {
		sha  [32]byte
		want []byte
	}{
		{h(1, 0xce), []byte{0x30, 1}},
		{h(7, 0xcc), []byte{0x30, 0, 7}}, // of its chain
		{h(9), nil},
	} {
		got, err := s.Certificate(t.Context(), tt.sha)
		must(t, err)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%x: %s", tt.sha[:2], diff)
		}
	}
}

// TestPaces: a head and 100 entries a minute at first, then two runs that read them.
func TestPaces(t *testing.T) {
	s := newStore(t)
	_, err := s.EnsureLog(t.Context(), Log{ID: logA}, noon)
	must(t, err)
	_, err = s.EnsureLog(t.Context(), Log{ID: logB}, noon)
	must(t, err)
	head := func(size uint64, at time.Time) Head {
		out := headOf(size)
		out.Timestamp = at
		return out
	}
	must(t, s.SaveHead(t.Context(), logA, head(100, noon.Add(-2*hour)), noon.Add(-2*hour))) // too long ago
	for m := range 11 {
		at := noon.Add(time.Duration(m) * time.Minute)
		must(t, s.SaveHead(t.Context(), logA, head(1000+100*uint64(m), at), at))
	}
	must(t, s.SaveHead(t.Context(), logA, head(2000, noon.Add(20*time.Minute)), noon)) // no growth for ten minutes
	must(t, s.SetStart(t.Context(), logA, 0, nil, "", head(2000, noon), noon))
	read := func(runAt time.Time, from, to uint64, at ...time.Time) {
		run, err := s.StartRun(t.Context(), Run{Kind: "scan"}, runAt)
		must(t, err)
		for i, when := range at {
			c := stretch(run, from+(to-from)*uint64(i)/uint64(len(at)), from+(to-from)*uint64(i+1)/uint64(len(at)))
			c.Now, c.Head = when, head(2000, noon)
			commit(t, s, c)
		}
	}
	read(noon.Add(-3*hour), 0, 100, noon.Add(-2*hour)) // too long ago
	read(noon, 100, 300, noon.Add(10*time.Second), noon.Add(20*time.Second))
	// A run across midnight has a row for each day.
	midnight := noon.Add(12 * hour)
	read(midnight.Add(-30*time.Second), 300, 700, midnight.Add(-10*time.Second), midnight.Add(10*time.Second))
	got, err := s.Paces(t.Context(), noon.Add(-time.Minute))
	must(t, err)
	want := map[[32]byte]Pace{
		logA: {Grown: 1000, GrownIn: 20 * time.Minute, Read: 400, ReadIn: 40 * time.Second},
		logB: {},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
