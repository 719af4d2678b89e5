package loglist

import (
	"fmt"
	"time"
)

// Trouble is the kind of a Warning.
type Trouble string

// What can be wrong with a list or its copy.
const (
	NotFetched   Trouble = "not_fetched"   // the list or its signature could not be had
	BadSignature Trouble = "bad_signature" // the list is not what its publisher signed
	BadList      Trouble = "bad_list"      // the list cannot be read, or leaves no log
	RolledBack   Trouble = "rolled_back"   // the list is older than one seen before
	FutureList   Trouble = "future_list"   // the list is from the future
	Mimics       Trouble = "mimics"        // the list has logs whose private keys are public
	StaleList    Trouble = "stale"         // the list is the current one, but its publisher has not touched it for long
	BadCopy      Trouble = "bad_copy"      // the last good copy cannot be read
	CopyNotKept  Trouble = "copy_not_kept" // the copy could not be written
)

// Warning says that all is not well with a list, though there is one to go on with. As an error, it says why there is
// none.
type Warning struct {
	Trouble Trouble
	Source  string
	Err     error // what happened
	// Copy says that the last good copy is used instead, and Age how long ago it was known to be current.
	Copy bool
	Age  time.Duration
}

// Error is the whole story in a line.
func (w *Warning) Error() string {
	s := fmt.Sprintf("log list %s: %v", w.Source, w.Err)
	if w.Copy {
		s += fmt.Sprintf("; using the last good copy, %s old", age(w.Age))
	}
	return s
}

// Unwrap gives what happened.
func (w *Warning) Unwrap() error { return w.Err }

// age writes a duration as people say it.
func age(d time.Duration) string {
	if d < 48*time.Hour {
		return d.Round(time.Minute).String()
	}
	return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
}
