package notify

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Notifier is a way to tell. Notify answers nil when the other side has taken the message over. It may be called again
// with the same message (the same ID) after any outcome, nil included. It obeys ctx, is called by one goroutine at a
// time, and gives errors that name the receiver's host at most: never a secret, nor a URL's path, which often is one.
//
// An error that waiting will not mend is marked with Permanent, and given up after an hour; one after which the other side wants a pause, with Later.
// Any other is tried again.
type Notifier interface {
	Notify(ctx context.Context, m *Message) error
}

// PermanentError says that a message will never be taken as it is.
type PermanentError struct{ Err error }

// Permanent marks err as one that waiting will not mend.
func Permanent(err error) error { return &PermanentError{err} }

// Error is that of the cause.
func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *PermanentError) Unwrap() error { return e.Err }

// LaterError says that the other side asked for a pause.
type LaterError struct {
	After time.Duration
	Err   error
}

// Later marks err as one after which the other side is to be left alone for a while.
func Later(after time.Duration, err error) error { return &LaterError{after, err} }

// Error names the cause and the pause.
func (e *LaterError) Error() string { return fmt.Sprintf("%v (asked to wait for %v)", e.Err, e.After) }

// Unwrap gives the cause.
func (e *LaterError) Unwrap() error { return e.Err }

// IsPermanent says whether err is, or wraps, a PermanentError.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[*PermanentError](err)
	return ok
}
