package coverage

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/store"
)

// day is a day of October 2026; 0 is no bound.
func day(n int) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Date(2026, 10, n, 0, 0, 0, 0, time.UTC)
}

func days(from, to int) Span { return Span{day(from), day(to)} }

func gapped(operator string, expiry Span, gaps ...Span) Log {
	l := Log{Name: "log of " + operator, Operators: []string{operator}, Expiry: expiry}
	for _, g := range gaps {
		l.Gaps = append(l.Gaps, Gap{Span: g, Why: Behind})
	}
	return l
}

func TestJudge(t *testing.T) {
	first, second := Span{To: day(100)}, Span{From: day(100)} // two shards
	for _, tt := range []struct {
		name    string
		logs    []Log
		want    string // what the gaps say, one letter for each: g guaranteed, n not
		until   int
		because string
	}{
		{"no gaps", []Log{gapped("x", Span{}), gapped("y", Span{})}, "", 20, ""},
		{"no list", nil, "", 10, "the lists name logs of fewer than two operators that browsers count: which others there are is not known"},
		{
			"a list of one operator",
			[]Log{gapped("x", Span{}), {Operators: []string{"y"}, Counts: days(1, 5)}},
			"", 10,
			"the lists name logs of fewer than two operators that browsers count: which others there are is not known",
		},
		{"one operator", []Log{gapped("x", Span{}, Span{}), gapped("x", Span{}, Span{}), gapped("y", Span{})}, "gg", 20, ""},
		{
			"two operators",
			[]Log{gapped("x", Span{}, days(12, 15)), gapped("y", Span{}, days(14, 0))},
			"nn", 14,
			"log of x (x) and log of y (y) were not looked at from 2026-10-14T00:00:00Z until 2026-10-16T00:00:00Z, valid for 180 days at most",
		},
		{"not at the same time", []Log{gapped("x", Span{}, days(10, 12)), gapped("y", Span{}, days(14, 16))}, "gg", 20, ""},
		{
			"within the spread",
			[]Log{gapped("x", Span{}, days(10, 13)), gapped("y", Span{}, days(13, 16))},
			"nn", 13,
			"log of x (x) and log of y (y) were not looked at from 2026-10-13T00:00:00Z until 2026-10-14T00:00:00Z, valid for 180 days at most",
		},
		{"other shards", []Log{gapped("x", first, Span{}), gapped("y", second, Span{})}, "gg", 20, ""},
		{"a shard that has expired", []Log{gapped("x", Span{To: day(5)}, Span{}), gapped("y", Span{To: day(5)}, Span{})}, "gg", 20, ""},
		{
			"three logs",
			[]Log{gapped("x", first, Span{}), gapped("x", first, Span{}), gapped("y", Span{}, Span{})},
			"nnn", 10,
			"log of x (x), log of y (y) and log of x (x) were not looked at from 2026-10-10T00:00:00Z until 2026-10-20T00:00:00Z, " +
				"for certificates that expire before 2027-01-08T00:00:00Z",
		},
		{"outside the period", []Log{gapped("x", Span{}, days(1, 5)), gapped("y", Span{}, days(1, 5), days(25, 0))}, "", 20, ""},
		{"a log that counts for nobody", []Log{{Operators: []string{"x"}, Counts: days(2, 1), Gaps: []Gap{{}}}, gapped("y", Span{}, Span{}), gapped("z", Span{})}, "g", 20, ""},
		{"retired at the right time", []Log{{Operators: []string{"x"}, Counts: days(0, 12), Gaps: []Gap{{}}}, gapped("y", Span{}, days(14, 0))}, "gg", 20, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := Judge(tt.logs, days(10, 20), Spread)
			var got strings.Builder
			for i := range j.Logs {
				for _, g := range j.Logs[i].Gaps {
					got.WriteString(map[string]string{"guaranteed": "g", "not guaranteed": "n"}[g.Detection()])
				}
			}
			want := map[bool]string{true: "not guaranteed", false: "guaranteed"}[tt.because != ""]
			if got.String() != tt.want || !j.Until.Equal(day(tt.until)) || j.Detection() != want {
				t.Errorf("%s: gaps %q until %s, want %q until %s", j.Detection(), got.String(), j.Until, tt.want, day(tt.until))
			}
			if because := strings.Join(j.Because(1), ""); strings.Split(because, "and 1 more")[0] != tt.because {
				t.Errorf("because\n%s, want\n%s", because, tt.because)
			}
		})
	}
}

// said is a row of the record.
func said(state, why string, since, ended int) store.PastListedLog {
	l := store.PastListedLog{
		ListedLog: store.ListedLog{
			LogID: [32]byte{1}, Description: "A", Operator: "x", State: state, Listed: true, MMD: 24 * time.Hour, Why: why, Detail: why,
		},
		Found: store.Found{Since: day(since), Until: day(since)},
	}
	if ended != 0 {
		l.Ended = new(day(ended))
	}
	return l
}

func TestOf(t *testing.T) {
	covered := func(from, until int) *store.LogSpan {
		return &store.LogSpan{LogID: [32]byte{1}, Start: 5, StartWhy: "start: now", From: day(from), Until: new(day(until)), Position: 8, HeadSize: 9}
	}
	retired := said("retired", "state", 12, 0)
	retired.StateSince = day(11)
	frozen := covered(0, 15)
	frozen.Position, frozen.Passed = 9, new(day(20))
	unasked := *frozen // since it became readonly
	unasked.Passed = new(day(16))
	dated := said("readonly", "", 18, 0)
	dated.StateSince = day(15)
	for _, tt := range []struct {
		name   string
		rows   []store.PastListedLog
		span   *store.LogSpan
		counts Span
		gaps   []string
	}{
		{"followed", []store.PastListedLog{said("usable", "", 1, 0)}, covered(0, 15), Span{}, []string{"14 to 15 merging", "15 to 0 behind"}},
		{
			"begun later",
			[]store.PastListedLog{said("usable", "", 1, 0)},
			covered(10, 15),
			Span{},
			[]string{"0 to 10 before_start", "14 to 15 merging", "15 to 0 behind"},
		},
		{"just begun", []store.PastListedLog{said("usable", "", 1, 0)}, covered(15, 15), Span{}, []string{"0 to 15 before_start", "15 to 0 behind"}},
		{"readonly, all read", []store.PastListedLog{said("readonly", "", 1, 0)}, frozen, Span{}, nil},
		{"readonly, not asked since", []store.PastListedLog{said("readonly", "", 16, 0)}, &unasked, Span{}, []string{"14 to 15 merging", "15 to 0 behind"}},
		{"readonly since an earlier day", []store.PastListedLog{dated}, &unasked, Span{}, nil},
		{"readonly, not all read", []store.PastListedLog{said("readonly", "", 1, 0)}, covered(0, 15), Span{}, []string{"14 to 15 merging", "15 to 0 behind"}},
		{"never read", []store.PastListedLog{said("usable", "", 1, 0)}, nil, Span{}, []string{"0 to 0 never_read"}},
		{"no head", []store.PastListedLog{said("usable", "", 1, 0)}, &store.LogSpan{LogID: [32]byte{1}}, Span{}, []string{"0 to 0 never_read"}},
		{"not followed", []store.PastListedLog{said("usable", "refused", 1, 0)}, nil, Span{}, []string{"0 to 0 not_followed"}},
		{
			"pending, then qualified",
			[]store.PastListedLog{said("pending", "state", 1, 9), said("qualified", "", 9, 0)},
			covered(0, 15),
			Span{},
			[]string{"14 to 15 merging", "15 to 0 behind"},
		},
		{"pending", []store.PastListedLog{said("pending", "state", 1, 0)}, nil, Span{To: time.UnixMilli(-1 << 50)}, []string{"0 to 0 not_followed"}},
		{
			"retired",
			[]store.PastListedLog{said("usable", "", 1, 10), retired},
			covered(0, 15), days(0, 11),
			[]string{"14 to 15 merging", "15 to 0 not_followed"},
		},
		{"gone", []store.PastListedLog{said("usable", "", 1, 10)}, covered(0, 15), days(0, 10), []string{"14 to 15 merging", "15 to 0 behind"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var spans []store.LogSpan
			if tt.span != nil {
				spans = append(spans, *tt.span)
			}
			logs := Of(tt.rows, spans)
			if len(logs) != 1 || logs[0].Name != "A" || logs[0].ID != ([32]byte{1}) {
				t.Fatalf("logs %+v", logs)
			}
			var gaps []string
			for _, g := range logs[0].Gaps {
				gaps = append(gaps, fmt.Sprintf("%d to %d %s", number(g.From), number(g.To), g.Why))
			}
			if diff := cmp.Diff(tt.gaps, gaps); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.counts.ticks(), logs[0].Counts.ticks(), cmp.AllowUnexported(ticks{})); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBecauseOfShards: the logs of a list are cut into shards, and one sentence is enough for all of them.
func TestBecauseOfShards(t *testing.T) {
	first, second := Span{day(30), day(100)}, Span{day(100), day(200)}
	got := Judge([]Log{
		gapped("x", first, Span{}), gapped("x", second, Span{}), gapped("y", first, Span{}), gapped("y", second, Span{}),
	}, days(10, 20), Spread).Because(9)
	want := []string{
		"log of x (x), log of y (y), log of x (x) and log of y (y) were not looked at from 2026-10-10T00:00:00Z until " +
			"2026-10-20T00:00:00Z, for certificates that expire from 2026-10-30T00:00:00Z before 2027-04-18T00:00:00Z, valid for 180 days at most",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHours(t *testing.T) {
	for d, want := range map[time.Duration]string{
		24 * time.Hour: "24 hours", time.Hour: "1 hour", 90 * time.Minute: "90 minutes", time.Minute: "1 minute", 61 * time.Second: "61 seconds",
	} {
		if got := hours(d); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// number is the day of a bound, 0 for none.
func number(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	return t.Day()
}

// TestOfGroups has rows of several logs, two of them without an ID that makes sense.
func TestOfGroups(t *testing.T) {
	a, b := store.PastListedLog{}, store.PastListedLog{}
	a.Description, b.Description, a.Why, b.Why, a.Listed, b.Listed = "one", "two", "refused", "refused", true, true
	wide := said("usable", "", 9, 0)
	wide.Operator, wide.NotAfterStart, wide.NotAfterLimit = "y", day(2), day(30)
	narrow := said("usable", "", 1, 9)
	narrow.NotAfterStart, narrow.NotAfterLimit = day(5), day(20)
	var got []string
	for _, l := range Of([]store.PastListedLog{a, b, narrow, wide}, nil) {
		got = append(got, fmt.Sprintf("%s %v %d-%d", l.Name, l.Operators, number(l.Expiry.From), number(l.Expiry.To)))
	}
	want := []string{"one [the unknown operator of one] 0-0", "two [the unknown operator of two] 0-0", "A [x y] 2-30"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
