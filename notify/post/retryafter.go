package post

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter caps what a Retry-After can ask for: a header that says a year must not cost a year's messages.
const maxRetryAfter = time.Hour

// retryAfter reads the Retry-After header (RFC 9110 section 10.2.3), in seconds or as a date: 0 for none, for one that
// cannot be read and for a time that has passed. A date is counted from the server's own Date, whose clock wrote it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(maxRetryAfter, max(0, at.Sub(now)))
}
