package config

import (
	"errors"
	"fmt"
	"strings"
)

// Problem is one thing that is wrong in a configuration.
type Problem struct {
	Path  string // the file as it was named by the caller; empty when the setting came from elsewhere
	Line  int    // from 1; 0 when no line is to blame
	Where string // the place in the document, such as "watch[0].keys[1]"; may be empty
	Text  string // what is wrong there
	Hint  string // what to write instead; may be empty
}

// Error is "file:line: place: what is wrong", without the parts that are not known, and without the hint.
func (p Problem) Error() string {
	var b strings.Builder
	if p.Path != "" {
		b.WriteString(p.Path)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	if p.Where != "" {
		b.WriteString(p.Where)
		b.WriteString(": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

// Problems is everything that is wrong in a configuration, in the order of its lines; never empty as an error.
type Problems []Problem

// Error has a line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each problem as an error of its own.
func (p Problems) Unwrap() []error {
	out := make([]error, len(p))
	for i := range p {
		out[i] = p[i]
	}
	return out
}

// mistake is an error in a value, which does not know where the value stands.
type mistake struct{ text, hint string }

func (m *mistake) Error() string { return m.text }

// Hint says what to write instead.
func (m *mistake) Hint() string { return m.hint }

func hinted(hint, format string, args ...any) error {
	return &mistake{text: fmt.Sprintf(format, args...), hint: hint}
}

// hint is what err advises, if it does.
func hint(err error) string {
	h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err)
	if !ok {
		return ""
	}
	return h.Hint()
}
