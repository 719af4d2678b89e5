package post

import (
	"io"
	"log"
	"net/http"
	"testing"
	"time"
)

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		value, date string
		want        time.Duration
	}{
		{"", "", 0},
		{"0", "", 0},
		{" 120 ", "", 2 * time.Minute},
		{"3601", "", time.Hour},
		{"18446744073709551615", "", time.Hour},
		{"99999999999999999999", "", 0},
		{"-5", "", 0},
		{"1.5", "", 0},
		{"Wed, 01 Jul 2026 12:01:00 GMT", "", time.Minute},
		{"Wednesday, 01-Jul-26 12:01:00 GMT", "", time.Minute},
		{"Wed Jul  1 12:01:00 2026", "", time.Minute},
		{"Wed, 01 Jul 2026 11:59:00 GMT", "", 0},
		{"Wed, 01 Jul 2026 12:01:00 GMT", "Wed, 01 Jul 2026 12:00:30 GMT", 30 * time.Second},
		{"Wed, 01 Jul 2026 12:01:00 GMT", "today", time.Minute},
		{"Fri, 31 Dec 9999 23:59:59 GMT", "", time.Hour},
	}
	for _, tt := range tests {
		h := http.Header{"Retry-After": {tt.value}, "Date": {tt.date}}
		if got := retryAfter(h, now); got != tt.want {
			t.Errorf("Retry-After %q at %q: %s, want %s", tt.value, tt.date, got, tt.want)
		}
	}
}

// FuzzRetryAfter: no header makes a pause that is negative or longer than the cap.
func FuzzRetryAfter(f *testing.F) {
	f.Add("120", "")
	f.Add("-1", "today")
	f.Add("Wed, 01 Jul 2026 12:01:00 GMT", "Wed, 01 Jul 2026 12:00:00 GMT")
	f.Add("Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT")
	f.Fuzz(func(t *testing.T, value, date string) {
		now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
		if wait := retryAfter(http.Header{"Retry-After": {value}, "Date": {date}}, now); wait < 0 || wait > maxRetryAfter {
			t.Errorf("%q at %q: %s", value, date, wait)
		}
	})
}
