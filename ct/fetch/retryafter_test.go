package fetch

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		value, date string
		want        time.Duration
	}{
		{"", "", 0},
		{"0", "", 0},
		{"120", "", 2 * time.Minute},
		{" 120 ", "", 2 * time.Minute},
		{"4294967295", "", 4294967295 * time.Second},
		{"99999999999999999999", "", 0},
		{"-5", "", 0},
		{"1.5", "", 0},
		{"soon", "", 0},
		{"Wed, 01 Jul 2026 12:01:00 GMT", "", time.Minute},
		{"Wednesday, 01-Jul-26 12:01:00 GMT", "", time.Minute},
		{"Wed Jul  1 12:01:00 2026", "", time.Minute},
		{"Wed, 01 Jul 2026 11:59:00 GMT", "", 0},
		{"Wed, 01 Jul 2026 12:01:00 GMT", "Wed, 01 Jul 2026 12:00:30 GMT", 30 * time.Second},
		{"Wed, 01 Jul 2026 07:01:00 GMT", "Wed, 01 Jul 2026 07:00:00 GMT", time.Minute},
		{"Wed, 01 Jul 2026 12:01:00 GMT", "today", time.Minute},
	}
	for _, tt := range tests {
		h := http.Header{"Retry-After": {tt.value}, "Date": {tt.date}}
		if got := retryAfter(h, now); got != tt.want {
			t.Errorf("Retry-After %q at %q: %s, want %s", tt.value, tt.date, got, tt.want)
		}
	}
}

// FuzzRetryAfter: no header makes a time that is negative, or a pause that is longer than the cap.
func FuzzRetryAfter(f *testing.F) {
	f.Add("120", "")
	f.Add("Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT")
	f.Fuzz(func(t *testing.T, value, date string) {
		now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
		wait := retryAfter(http.Header{"Retry-After": {value}, "Date": {date}}, now)
		var p pause
		p.fail(failure{seq: 1, last: 1, at: now}, min(wait, maxRetryAfter))
		if got := p.until.Sub(now); wait < 0 || got < firstPause || got > maxRetryAfter*5/4 {
			t.Errorf("%q at %q: %s, paused for %s", value, date, wait, got)
		}
	})
}
