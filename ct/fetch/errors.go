package fetch

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What can be wrong with a request or its answer besides the status. They arrive wrapped, with the URL.
var (
	ErrNoContact = errors.New("a contact is required for any address but loopback")
	ErrTooLarge  = error(tooLarge{})
	ErrRedirect  = errors.New("redirect refused")
	ErrEncoding  = errors.New("unknown content encoding")
	ErrHTML      = errors.New("an HTML page instead of data")
	ErrStalled   = errors.New("the server does not answer or stopped sending")
)

// tooLarge can be recognised without knowing this package.
type tooLarge struct{}

func (tooLarge) Error() string  { return "the body is too large" }
func (tooLarge) TooLarge() bool { return true }

// StatusError is an answer with a status that is not 200.
type StatusError struct {
	URL  string
	Code int
	// RetryAfter is what the header of that name asked for, uncapped; 0 when there was none.
	RetryAfter time.Duration
	// Snippet is the beginning of the body, escaped to printable ASCII.
	Snippet string
}

// Error names the URL and the status, and shows the beginning of the body.
func (e *StatusError) Error() string {
	s := fmt.Sprintf("get %s: %d %s", e.URL, e.Code, http.StatusText(e.Code))
	if e.RetryAfter > 0 {
		s += fmt.Sprintf(", retry after %s", e.RetryAfter)
	}
	if e.Snippet != "" {
		s += ": " + e.Snippet
	}
	return s
}

// Is makes answers that mean "no such thing" match fs.ErrNotExist: 404, 410, and the 403 that S3 gives for an object
// that is not there to those who may not list the bucket.
func (e *StatusError) Is(target error) bool { return target == fs.ErrNotExist && e.missing() }

func (e *StatusError) missing() bool {
	return e.Code == http.StatusNotFound || e.Code == http.StatusGone ||
		e.Code == http.StatusForbidden && strings.Contains(e.Snippet, "<Code>AccessDenied</Code>")
}

// PausedError says that a request was not made because its operator or log must be left alone for longer than the
// request may wait.
type PausedError struct {
	Operator string
	Until    time.Time
	// Cause is the failure that the pause follows. It may have been another request's.
	Cause error
}

// Error names the operator, the end of the pause and its cause.
func (e *PausedError) Error() string {
	return fmt.Sprintf("%q is left alone until %s: %v", e.Operator, e.Until.UTC().Format(time.RFC3339), e.Cause)
}

// Unwrap is the cause.
func (e *PausedError) Unwrap() error { return e.Cause }

// verdict is what an attempt says about the operator and the log.
type verdict int

const (
	unknown verdict = iota // the attempt was broken off by our side
	success
	missing // no such thing: often a fair question's answer
	refused // asking again would not help
	failed  // the log is in trouble; asking later may help
	limited // the operator wants fewer requests
)

// judge classifies the outcome of an attempt. retryAfter is what the server asked for.
func judge(err error) (v verdict, retryAfter time.Duration) {
	var status *StatusError
	var cert *tls.CertificateVerificationError
	switch {
	case err == nil:
		return success, 0
	case errors.As(err, &status):
		return judgeStatus(status), status.RetryAfter
	case errors.Is(err, ErrHTML):
		return limited, 0
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrRedirect), errors.Is(err, ErrEncoding), errors.As(err, &cert):
		return refused, 0
	}
	return failed, 0
}

func judgeStatus(e *StatusError) verdict {
	switch {
	case e.Code == http.StatusTooManyRequests, e.Code == http.StatusServiceUnavailable:
		return limited
	case e.Code >= 500, e.Code == http.StatusRequestTimeout, e.Code == http.StatusTooEarly:
		if e.RetryAfter > 0 {
			return limited
		}
		return failed
	case e.missing():
		return missing
	}
	return refused
}

// transient says whether the request may be repeated.
func transient(err error) bool {
	v, _ := judge(err)
	return v == failed || v == limited
}

// snippetBytes is how much of a body is shown in an error.
const snippetBytes = 200

func snippet(body []byte) string {
	s := strings.TrimSpace(string(body[:min(len(body), snippetBytes)]))
	if s == "" {
		return ""
	}
	return strconv.QuoteToASCII(s)
}
