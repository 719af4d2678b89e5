package cli

import (
	"context"
	"errors"

	"pinwatch/ct/fetch"
	"pinwatch/store"
)

// remedies are what to do about failures whose rooms know only what failed.
var remedies = []struct {
	err  error
	hint string
}{
	{store.ErrDSN, "write --store sqlite:FILE"},
	{store.ErrNoDatabase, "\"pinwatch scan\" makes it; --store names another one"},
	{store.ErrNewerSchema, "use the version of pinwatch that wrote it, or name another database with --store"},
	{store.ErrOlderSchema, "run \"pinwatch scan\" once: it brings the database up to date"},
	{store.ErrNotPinwatch, "name another file with --store; this one was left as it is"},
	{store.ErrPermission, "let this user write the database and its directory, or name another place with --store"},
	{store.ErrFull, "make room and run it again: what was committed is safe, it goes on from there"},
	{store.ErrBusy, "see what else has the database open, and run it again"},
	{store.ErrCorrupt, "restore a backup; or move the file away and scan anew"},
	{store.ErrIO, "look after the disk; what was committed is safe"},
	{store.ErrOpen, "name a file in a directory that exists with --store"},
	{fetch.ErrNoContact, "say where operators reach you: contact: security@example.com in the file, or --contact"},
	{context.Canceled, "run it again: it goes on where it was stopped"},
	{context.DeadlineExceeded, "run it again: it goes on where it was stopped; --max-duration gives it more time"},
}

// hintFor is what to do about err; empty where nobody knows.
func hintFor(err error) string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return h.Hint()
	}
	switch {
	case errors.Is(err, errNoLog):
		return "the errors above say why; \"pinwatch logs list\" shows where the logs are looked for. Nothing was lost: the next scan goes on"
	case is[*store.HeldError](err):
		return "wait for it or stop it: one process at a time follows logs into a database"
	case is[*store.UnknownFindingError](err):
		return "\"pinwatch findings list --all\" lists the IDs"
	case is[*store.UnknownAuthorisationError](err):
		return "\"pinwatch pins authorised --all\" lists the IDs"
	case is[*store.AmbiguousFindingError](err):
		return "write more of the ID"
	}
	for _, r := range remedies {
		if errors.Is(err, r.err) {
			return r.hint
		}
	}
	return ""
}
