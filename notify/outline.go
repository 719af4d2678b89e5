package notify

import (
	"fmt"
	"strings"
)

// Outline is a message in pieces, for receivers that lay them out in ways of their own.
type Outline struct {
	Subject    string      // a line
	Paragraphs []Paragraph // what happened, why it matters, what to do; or all that a user's template says
	Facts      string      // names and values in columns, in lines; for a font of fixed width
	Parts      []string    // a line for each part; the last may say how many there are besides
	Silence    string
	Footer     string // which message it is, of when
}

// Paragraph is a text with a word on what it is about, which may be empty.
type Paragraph struct{ Head, Text string }

// Outline takes m apart. Where a user's template makes the body, there are neither facts nor parts nor Silence: it said
// what it wanted of them.
func (f *Form) Outline(m *Message) *Outline {
	o := &Outline{
		Subject: f.Subject(m),
		Footer:  fmt.Sprintf("message %s, %s", Line(m.ID), m.Time.UTC().Format("2006-01-02 15:04:05Z")),
	}
	if f.OwnBody() {
		o.Paragraphs = []Paragraph{{"", Plain(f.Body(m))}}
		return o
	}
	if m.Test {
		o.Paragraphs = append(o.Paragraphs, Paragraph{"", "THIS IS A TEST. Nothing happened."})
	}
	for _, p := range []Paragraph{{"", m.Text}, {"Why it matters", m.Why}, {"What to do", m.Next}} {
		if p.Text != "" {
			o.Paragraphs = append(o.Paragraphs, p)
		}
	}
	var columns strings.Builder
	facts(&columns, m.Facts)
	o.Facts = strings.Trim(columns.String(), "\n")
	for i := range m.Parts {
		o.Parts = append(o.Parts, fmt.Sprintf("- %s: %s", m.Parts[i].Severity, m.Parts[i].Title))
	}
	if n := m.Parted - len(m.Parts); n > 0 {
		o.Parts = append(o.Parts, fmt.Sprintf("- and %d more", n))
	}
	o.Silence = m.Silence
	return o
}

// Fit is as much of s, cut as Clip does, as is at most limit bytes when escaped.
func Fit(s string, limit int, escape func(string) string) string {
	for n := limit; ; {
		escaped := escape(Clip(s, n))
		over := len(escaped) - limit
		if over <= 0 || n <= 0 {
			return escaped
		}
		n -= max(1, over/8)
	}
}
