package notify_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pinwatch/notify"
)

func TestOnly(t *testing.T) {
	finding := notify.Unrouted{Kind: notify.Finding, Severity: notify.High, Watch: "shop.example.com", Verdict: "unexpected", Labels: []string{"prod", "web"}}
	alarm := notify.Unrouted{Kind: notify.LogAlarm, Severity: notify.Critical}
	beat := notify.Unrouted{Kind: notify.Heartbeat, Severity: notify.Info}
	for name, tt := range map[string]struct {
		only                 notify.Only
		finding, alarm, beat bool
	}{
		"all":             {notify.Only{}, true, true, false},
		"watch":           {notify.Only{Watches: []string{"example.net", "SHOP.*"}}, true, false, false},
		"other watch":     {notify.Only{Watches: []string{"example.com", "*.net", "shop.example.com.*"}}, false, false, false},
		"stars":           {notify.Only{Watches: []string{"*op*exam*om"}}, true, false, false},
		"overlap":         {notify.Only{Watches: []string{"shop.example.com*com"}}, false, false, false},
		"label":           {notify.Only{Labels: []string{"dev", "web"}}, true, false, false},
		"other label":     {notify.Only{Labels: []string{"dev"}}, false, false, false},
		"watch and label": {notify.Only{Watches: []string{"*"}, Labels: []string{"dev"}}, false, false, false},
		"verdict":         {notify.Only{Verdicts: []string{"unexpected"}}, true, false, false},
		"severity":        {notify.Only{Severity: notify.Critical}, false, true, false},
		"kinds":           {notify.Only{Kinds: []notify.Kind{notify.LogAlarm, notify.Heartbeat}}, false, true, true},
		"kinds and watch": {notify.Only{Kinds: []notify.Kind{notify.LogAlarm, notify.Finding}, Watches: []string{"a"}}, false, true, false},
	} {
		if f, a, b := tt.only.Wants(&finding), tt.only.Wants(&alarm), tt.only.Wants(&beat); f != tt.finding || a != tt.alarm || b != tt.beat {
			t.Errorf("%s: finding %v, alarm %v, heartbeat %v", name, f, a, b)
		}
	}
}

// TestResolutions: that a matter is over, or has changed, is told to those who heard of it, whatever they want otherwise.
func TestResolutions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, told, not := &memory{}, &ear{}, &ear{}
		q.messages = []notify.Unrouted{
			{Key: 1, Thread: "a", Kind: notify.Finding, Severity: notify.Low, Resolved: true, Told: []string{"told"}},
			{Key: 2, Thread: "b", Kind: notify.Finding, Severity: notify.Low, Told: []string{"told"}},
			// Of this matter nothing was routed yet: it began and was over, twice, while nobody sent.
			{Key: 3, Thread: "c", Kind: notify.Finding, Severity: notify.Low, Resolved: true},
			{Key: 4, Thread: "c", Kind: notify.Finding, Severity: notify.High},
			{Key: 5, Thread: "d", Kind: notify.Finding, Severity: notify.High, Resolved: true},
			{Key: 6, Thread: "c", Kind: notify.Finding, Severity: notify.High, Resolved: true},
		}
		d := dispatcher(q, notify.Receiver{Name: "told", Notifier: told, Only: notify.Only{Severity: notify.High}},
			notify.Receiver{Name: "not", Notifier: not})
		if err := d.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a, b := fmt.Sprint(told.ids()), fmt.Sprint(not.ids()); a != "[m1 m2 m4 m6]" || b != "[m2 m4 m6]" {
			t.Errorf("heard %s and %s", a, b)
		}
	})
}

func TestDigestNext(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones on this machine: ", err)
	}
	at := func(s string) time.Time {
		out, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	daily := notify.Digest{Daily: true, At: 8 * time.Hour, Zone: berlin}
	for _, tt := range []struct {
		digest    notify.Digest
		now, want string
	}{
		{notify.Digest{}, "2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"},
		{notify.Digest{Every: 24 * time.Hour}, "2026-11-21T10:00:00Z", "2026-11-22T00:00:00Z"},
		{notify.Digest{Every: 6 * time.Hour}, "2026-11-21T12:00:00Z", "2026-11-21T18:00:00Z"},
		{daily, "2026-11-21T06:59:59Z", "2026-11-21T07:00:00Z"},
		{daily, "2026-11-21T07:00:00Z", "2026-11-22T07:00:00Z"},
		{daily, "2026-12-31T12:00:00Z", "2027-01-01T07:00:00Z"},
		{daily, "2026-03-28T12:00:00Z", "2026-03-29T06:00:00Z"},                                                           // summer begins
		{notify.Digest{Daily: true, At: 150 * time.Minute, Zone: berlin}, "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"}, // a time that the day does not have
	} {
		if got := tt.digest.Next(at(tt.now)); !got.Equal(at(tt.want)) {
			t.Errorf("%+v at %s: %s, want %s", tt.digest, tt.now, got, tt.want)
		}
	}
}

// TestDigest gathers what comes in a day, and tells it as one message.
func TestDigest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, e := &memory{}, &ear{}
		d := dispatcher(q, notify.Receiver{Name: "a", Notifier: e, Digest: notify.Digest{Every: 24 * time.Hour}})
		end := running(t, d)
		for range 10 {
			q.add(3)
			time.Sleep(time.Hour)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if len(e.heard) != 1 || e.heard[0].Parted != 30 || e.heard[0].Event != notify.EventDigest {
			t.Errorf("heard %d messages: %+v", len(e.heard), e.heard)
		}
		end()
	})
}

// TestLimit: of what is more than a receiver wants in a time, the rest comes as one message; nothing is lost.
func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, e := &memory{}, &ear{}
		d := dispatcher(q, notify.Receiver{Name: "a", Notifier: e, Limit: notify.Limit{N: 20, Per: time.Hour}})
		end := running(t, d)
		count := func() (messages, told int) {
			for _, m := range e.heard {
				told += max(1, m.Parted)
			}
			return len(e.heard), told
		}
		q.add(10_000)
		d.Wake()
		time.Sleep(time.Minute)
		if n, told := count(); n != 20 || told != 10_000 || e.heard[19].Event != notify.EventSummary {
			t.Errorf("%d messages tell %d", n, told)
		}
		q.add(1)
		time.Sleep(57 * time.Minute)
		if n, _ := count(); n != 20 {
			t.Errorf("%d messages within the hour", n)
		}
		q.add(40)
		time.Sleep(10 * time.Minute)
		if n, told := count(); told != 10_041 || n > 40 {
			t.Errorf("after the hour %d messages tell %d", n, told)
		}
		for i := range e.at[:len(e.at)-20] {
			if e.at[i+20].Sub(e.at[i]) < time.Hour {
				t.Errorf("messages %d to %d within %s", i, i+20, e.at[i+20].Sub(e.at[i]))
			}
		}
		end()
	})
}
