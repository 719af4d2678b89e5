package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter caps what a Retry-After header can ask for. Operators ask for seconds or minutes; a header that says a
// year must not silence a log for a year.
const maxRetryAfter = 15 * time.Minute

// retryAfter reads the Retry-After header (RFC 9110 section 10.2.3), in seconds or as a date: 0 for none, for one that
// cannot be read and for a time that has passed. A date is counted from the server's own Date, whose clock wrote it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(0, at.Sub(now))
}
