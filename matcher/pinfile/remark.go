package pinfile

import (
	"fmt"
	"strings"
)

// Kind sorts remarks.
type Kind string

// Something that the file holds was lost.
const (
	BadPin  Kind = "bad_pin"  // a pin that is none; the error of matcher.ParsePin says what it is instead
	BadHost Kind = "bad_host" // a host that is none
	BadDate Kind = "bad_date" // a date that cannot be read; the pins are taken as if they did not expire
	Refused Kind = "refused"  // a record or key with which no certificate in a log can be compared
)

// Nothing was lost, but it should be known.
const (
	Invalid     Kind = "invalid"      // the target itself refuses the file, or ignores this part of it
	NotEnforced Kind = "not_enforced" // clients accept other keys here whatever the pins say
	Inexact     Kind = "inexact"      // the meaning could be kept, or written, only nearly
	FewPins     Kind = "few_pins"     // one pin, where the target asks for a second as backup
	Ignored     Kind = "ignored"      // left aside on purpose
	Noted       Kind = "noted"        // said by the source, without a bearing on what is expected of certificates
)

// The file as a whole.
const (
	Unknown    Kind = "unknown"    // no format that Read knows
	Unreadable Kind = "unreadable" // the format is known, but the file does not hold to it
	NoPins     Kind = "no_pins"    // a good file without a pin in it
)

// Lost says whether a remark of this kind means that the file holds something that the entries do not.
func (k Kind) Lost() bool { return k == BadPin || k == BadHost || k == BadDate || k == Refused }

// Remark is something to be known about a file that was read, or about pins that were written. As an error it is the
// reason why a file could not be read.
type Remark struct {
	Kind Kind
	File string // as it was named to Read; empty when written
	Line int    // from 1; 0 where no line is to blame, and always in binary formats
	Host string // the host it is about, when written
	Text string
	Todo string // what to do about it; may be empty
}

// Error is "file:line: text", without what is not known.
func (r *Remark) Error() string {
	if at := r.Source(); at != "" {
		return at + ": " + r.Text
	}
	if r.Host != "" {
		return r.Host + ": " + r.Text
	}
	return r.Text
}

// Hint says what to do about it; it may be empty.
func (r *Remark) Hint() string { return r.Todo }

// Source is "file:line", or the file alone.
func (r *Remark) Source() string { return source(r.File, r.Line) }

func source(file string, line int) string {
	if line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// quoteLimit bounds how much of a file an error repeats.
const quoteLimit = 60

// quote writes a piece of a file for a message, escaped and bounded.
func quote(s string) string {
	if len(s) > quoteLimit {
		return fmt.Sprintf("%q...", s[:quoteLimit])
	}
	return fmt.Sprintf("%q", s)
}

// labelLimit bounds the name of a key, in runes.
const labelLimit = 80

// label makes a name for a pin out of what a file calls it: one line, printable, bounded.
func label(s string) string {
	s = strings.Join(strings.Fields(strings.Map(printable, s)), " ")
	if runes := []rune(s); len(runes) > labelLimit {
		return strings.TrimSpace(string(runes[:labelLimit]))
	}
	return s
}
