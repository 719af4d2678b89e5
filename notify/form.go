package notify

import (
	"errors"
	"fmt"
	"strings"
	"text/template"
)

// maxRendered bounds the result of a template, in bytes.
const maxRendered = 1 << 20

// Form makes the words of messages for people: those of the house, or a user's templates (text/template over a Message).
// The zero Form is the house's.
type Form struct {
	subject, body *template.Template // nil: the house's
}

// NewForm reads templates for subject and body; an empty one is the house's. Errors name the template and what is wrong
// in it; they come from parsing as well as from a trial with a message of each kind.
func NewForm(subject, body string) (*Form, error) {
	var f Form
	for _, t := range []struct {
		name, text string
		to         **template.Template
	}{{"subject", subject, &f.subject}, {"body", body, &f.body}} {
		if t.text == "" {
			continue
		}
		parsed, err := template.New(t.name).Funcs(template.FuncMap{"join": strings.Join, "upper": strings.ToUpper}).
			Option("missingkey=error").Parse(t.text)
		if err != nil {
			return nil, err
		}
		*t.to = parsed
	}
	for _, kind := range Kinds() {
		m := &Message{Version: Version, ID: "trial", Kind: kind, Title: "trial", Severity: Info}
		for _, t := range []*template.Template{f.subject, f.body} {
			if t == nil {
				continue
			}
			if _, err := render(t, m); err != nil {
				return nil, err
			}
		}
	}
	return &f, nil
}

// OwnBody says whether a user's template makes the bodies. What is richer than plain text would not show his words then.
func (f *Form) OwnBody() bool { return f.body != nil }

// Subject is the message in one line, without control characters whatever a template made. Where a template fails, or
// makes nothing, it is the house's: a message must not be lost because of how it was to look.
func (f *Form) Subject(m *Message) string {
	if f.subject != nil {
		if s, err := render(f.subject, m); err == nil && Line(s) != "" {
			return Line(s)
		}
	}
	return Line(subject(m))
}

// Body is the message as plain text of several lines. Where a template fails it is the house's, and says why.
func (f *Form) Body(m *Message) string {
	if f.body == nil {
		return body(m)
	}
	s, err := render(f.body, m)
	switch {
	case err != nil:
		return body(m) + "\nThe template of this receiver failed: " + Line(err.Error()) + "\n"
	case strings.TrimSpace(s) == "":
		return body(m)
	}
	return s
}

func render(t *template.Template, m *Message) (string, error) {
	var b bounded
	if err := t.Execute(&b, m); err != nil {
		return "", err
	}
	return b.String(), nil
}

var errTooLong = errors.New("the text grows beyond all bounds")

// bounded is a buffer that refuses to grow beyond maxRendered.
type bounded struct{ strings.Builder }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxRendered {
		return 0, errTooLong
	}
	return b.Builder.Write(p)
}

func subject(m *Message) string {
	s := fmt.Sprintf("[pinwatch] %s: %s", m.Severity, m.Title)
	switch {
	case m.Test:
		return "[TEST] " + s
	case m.Resolved:
		return "[RESOLVED] " + s
	}
	return s
}

// body is the house's text: what happened, why it matters, what to do, the facts, how to silence it.
func body(m *Message) string {
	var b strings.Builder
	if m.Test {
		b.WriteString("THIS IS A TEST. Nothing happened.\n\n")
	}
	b.WriteString(m.Title + "\n")
	for _, paragraph := range []struct{ head, text string }{
		{"", m.Text}, {"Why it matters: ", m.Why}, {"What to do: ", m.Next},
	} {
		if paragraph.text != "" {
			fmt.Fprintf(&b, "\n%s%s\n", paragraph.head, paragraph.text)
		}
	}
	facts(&b, m.Facts)
	for i := range m.Parts {
		fmt.Fprintf(&b, "\n- %s: %s", m.Parts[i].Severity, m.Parts[i].Title)
	}
	if n := m.Parted - len(m.Parts); n > 0 {
		fmt.Fprintf(&b, "\n- and %d more", n)
	}
	if m.Parted > 0 {
		b.WriteString("\n")
	}
	if m.Silence != "" {
		fmt.Fprintf(&b, "\nTo silence this rightly: %s\n", m.Silence)
	}
	fmt.Fprintf(&b, "\nmessage %s, %s\n", m.ID, m.Time.UTC().Format("2006-01-02 15:04:05Z"))
	return b.String()
}

func facts(b *strings.Builder, all []Fact) {
	if len(all) == 0 {
		return
	}
	width := 0
	for _, f := range all {
		width = max(width, len(f.Name))
	}
	b.WriteString("\n")
	for _, f := range all {
		for i, v := range f.Values {
			name := f.Name
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(b, "%-*s  %s\n", width, name, v)
		}
	}
}
