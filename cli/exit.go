package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"pinwatch/config"
	"pinwatch/ct/fetch"
	"pinwatch/show"
	"pinwatch/store"
)

// The exit codes. What they mean is a contract with scripts: exitCodes.
const (
	codeDone        = 0
	codeFailed      = 1
	codeUsage       = 2
	codeFindings    = 3
	codeIncomplete  = 4
	codeMisbehaved  = 5
	codeInterrupted = 130 // 128 + SIGINT, as shells have it
)

// exitCodes is the table in README.md; a test compares the two.
var exitCodes = []struct {
	code    int
	meaning string
}{
	{codeDone, "done; full coverage to the heads seen; nothing new that is unexpected"},
	{codeFailed, "it could not do its work (store, all logs unreachable, ...)"},
	{codeUsage, "usage or configuration error; says file, line and what to write instead"},
	{codeFindings, "new unexpected or undetermined findings"},
	{codeIncomplete, "coverage incomplete (`--max-duration` reached, a log unreachable), nothing unexpected found"},
	{codeMisbehaved, "a log misbehaved: bad signature, fork, root mismatch, shrunken tree (beats 3 and 4; findings are still listed)"},
	{codeInterrupted, "interrupted; the position is safe"},
}

func exitSummary() string {
	lines := make([]string, len(exitCodes))
	for i, e := range exitCodes {
		lines[i] = fmt.Sprintf("%3d  %s", e.code, strings.ReplaceAll(e.meaning, "`", ""))
	}
	return strings.Join(lines, "\n")
}

// outcome is an exit code that is no failure of the command: what it says was printed already.
type outcome int

func (o outcome) Error() string { return fmt.Sprintf("exit code %d", int(o)) }

// usageError is a mistake in the command line.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// Hint says what to write instead.
func (e *usageError) Hint() string { return e.hint }

func usage(hint, format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), hint: hint}
}

// exitCode is the one place where an error becomes an exit code.
func exitCode(err error) int {
	if code, ok := errors.AsType[outcome](err); ok {
		return int(code)
	}
	switch {
	case err == nil:
		return codeDone
	case isUsage(err):
		return codeUsage
	case is[*store.Error](err):
		return codeFailed
	case errors.Is(err, context.Canceled):
		return codeInterrupted
	case errors.Is(err, context.DeadlineExceeded):
		return codeIncomplete // --max-duration is the only deadline there is
	}
	return codeFailed
}

// isUsage says whether err is about what was written, on the command line or in a file.
func isUsage(err error) bool {
	return is[*usageError](err) || is[config.Problems](err) || errors.Is(err, store.ErrDSN) || errors.Is(err, fetch.ErrNoContact) ||
		is[*store.UnknownFindingError](err) || is[*store.AmbiguousFindingError](err) ||
		is[*store.UnknownAuthorisationError](err)
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// complain writes err as error: and hint: lines.
func (p *program) complain(err error) {
	if err == nil || is[outcome](err) {
		return
	}
	problems, ok := errors.AsType[config.Problems](err)
	if !ok {
		p.say("error", err.Error())
		p.hint(hintFor(err))
		return
	}
	last := ""
	for _, problem := range problems {
		if problem.Hint != last {
			p.hint(last)
		}
		last = problem.Hint
		p.say("error", problem.Error())
	}
	p.hint(last)
}

// warn writes what is odd, but no error.
func (p *program) warn(text string) { p.say("warning", text) }

func (p *program) hint(text string) {
	if text != "" {
		p.say("hint", text)
	}
}

// note writes what happens and is neither odd nor wrong.
func (p *program) note(text string) { p.say("note", text) }

// say writes a line, or several, to stderr. In a watch, all but hints carry the time.
func (p *program) say(kind, text string) {
	head := kind + ": "
	if p.timed && kind != "hint" {
		head += timestamp(p.now()) + ": "
	}
	var out strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		out.WriteString(head + show.Escape(line) + "\n")
	}
	fmt.Fprint(p.stderr, out.String())
}
