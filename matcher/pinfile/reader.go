package pinfile

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"pinwatch/matcher"
)

// maxRemarks bounds the remarks about one file; the last one says that there are more.
const maxRemarks = 1000

// reader builds the Pinset of one file.
type reader struct {
	opt Options
	set *Pinset
	// hosts are those that have been declared, each with where.
	hosts map[[2]string]bool
}

// remark adds a remark about a line; format and args are its text, todo its advice.
func (r *reader) remark(kind Kind, line int, todo, format string, args ...any) {
	r.remarkIn(r.set.File, kind, line, todo, format, args...)
}

// remarkIn is remark for a file that is read along with this one.
func (r *reader) remarkIn(file string, kind Kind, line int, todo, format string, args ...any) {
	n := len(r.set.Remarks)
	if n >= maxRemarks {
		return
	}
	rm := Remark{Kind: kind, File: file, Line: line, Text: fmt.Sprintf(format, args...), Todo: todo}
	if n == maxRemarks-1 {
		rm.Kind, rm.Text, rm.Todo = Refused, "and more like these, which are not listed", ""
	}
	r.set.Remarks = append(r.set.Remarks, rm)
}

// fail is the error of a file that cannot be read.
func (r *reader) fail(kind Kind, line int, todo, format string, args ...any) error {
	return &Remark{Kind: kind, File: r.set.File, Line: line, Text: fmt.Sprintf(format, args...), Todo: todo}
}

// hashLength is the length of a SHA-256 in base64.
const hashLength = 44

// pin reads a pin. One that is none becomes a remark.
func (r *reader) pin(line int, text string) (matcher.Pin, bool) {
	return r.pinIn(r.set.File, line, text)
}

// pinIn is pin for a file that is read along with this one.
func (r *reader) pinIn(file string, line int, text string) (matcher.Pin, bool) {
	// A hash that begins with a slash in base64 must not be taken for one behind the two slashes of curl.
	if hash, found := strings.CutPrefix(strings.TrimSpace(text), "sha256/"); found && len(hash) == hashLength && hash[0] == '/' {
		text = hash
	}
	spki, err := matcher.ParsePin(text)
	if err != nil {
		m, _ := errors.AsType[*matcher.Mistake](err)
		r.remarkIn(file, BadPin, line, m.Hint(), "%s", err)
		return matcher.Pin{}, false
	}
	return matcher.Pin{SPKI: spki, Source: source(file, line)}, true
}

// base64Pin reads a pin from a file whose target knows only base64: other ways of writing it are read, and told.
func (r *reader) base64Pin(line int, text, target string) (matcher.Pin, bool) {
	text = strings.TrimSpace(text)
	p, ok := r.pin(line, text)
	if ok && text != base64.StdEncoding.EncodeToString(p.SPKI[:]) {
		r.remark(Invalid, line, "write "+base64.StdEncoding.EncodeToString(p.SPKI[:]),
			"%s reads base64 alone, and refuses %s", target, quote(text))
	}
	return p, ok
}

// date reads the day on which a set ends. Android and TrustKit take it for its first moment, in the device's time zone.
func (r *reader) date(line int, text string) time.Time {
	day, err := time.Parse(time.DateOnly, strings.TrimSpace(text))
	if err != nil {
		r.remark(BadDate, line, "write it as 2026-12-31", "the expiration %s is not a date", quote(text))
	}
	return day
}

// until ends pins at a time, unless it is zero.
func until(pins []matcher.Pin, end time.Time) {
	for i := range pins {
		pins[i].NotAfter = end
	}
}

// declared says whether a host has been declared before in one of the configurations that a file may hold, and declares
// it. A host may be written in many ways, so that keys of a dictionary that all differ may stand for a single one.
func (r *reader) declared(where, host string) bool {
	if r.hosts == nil {
		r.hosts = map[[2]string]bool{}
	}
	key := [2]string{where, host}
	was := r.hosts[key]
	r.hosts[key] = true
	return was
}

// add adds an entry.
func (r *reader) add(e Entry) { r.set.Entries = append(r.set.Entries, e) }

// printable maps what could upset a terminal to a space.
func printable(c rune) rune {
	if unicode.IsPrint(c) {
		return c
	}
	return ' '
}
