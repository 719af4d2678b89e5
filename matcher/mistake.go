package matcher

import "fmt"

// Mistake is an error in what a person wrote: what is wrong, and what to write instead.
type Mistake struct {
	text, hint string
}

// Error says what is wrong.
func (m *Mistake) Error() string { return m.text }

// Hint says what to write instead. It is never empty.
func (m *Mistake) Hint() string { return m.hint }

func mistake(hint, format string, args ...any) *Mistake {
	return &Mistake{text: fmt.Sprintf(format, args...), hint: hint}
}

// WatchError is a Mistake in one watch.
type WatchError struct {
	Watch int // index into the watches given to New
	Err   error
}

// Error is the text of the mistake; who reports it knows where that watch was written.
func (e *WatchError) Error() string { return e.Err.Error() }

// Unwrap gives the mistake.
func (e *WatchError) Unwrap() error { return e.Err }

// quoteLimit bounds how much of a wrong value an error repeats.
const quoteLimit = 60

// quote writes a wrong value for an error message, escaped and bounded.
func quote(s string) string {
	if len(s) > quoteLimit {
		return fmt.Sprintf("%q...", s[:quoteLimit])
	}
	return fmt.Sprintf("%q", s)
}
