package syslog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pinwatch/notify"
)

// sdID names our structured data. 32473 is the enterprise number set apart for those who have none (RFC 5612).
const sdID = "pinwatch@32473"

const (
	maxKnown  = 200 // bytes of a field that machines look at, before escaping
	minText   = 300 // bytes that are left for the rest
	maxValues = 50  // of each fact
	maxText   = 2 << 10
	bom       = "\xef\xbb\xbf"
)

// format makes syslog messages.
type format struct {
	cef           bool
	facility      int
	host, product string
	size          int // bytes of a message, at least minSize
	form          *notify.Form
}

// message is m as RFC 5424 section 6 has it, and at most f.size bytes.
func (f *format) message(m *notify.Message) []byte {
	brief := notify.Brief(m, maxValues, maxText)
	line := f.line(brief)
	head := fmt.Sprintf("<%d>1 %s %s pinwatch - %s ", f.facility<<3|severity(m),
		m.Time.UTC().Format("2006-01-02T15:04:05.000000Z"), f.host, printable(string(m.Kind), 32))
	if f.cef {
		return []byte(head + "- " + f.event(brief, line, f.size-len(head)-2))
	}
	data := "[" + sdID
	data += params(known(brief), f.size-len(head)-minText)
	left := f.size - len(head) - len(data) - len("] "+bom)
	data += params(facts(brief), left-min(len(line), left/2))
	head += data + "] "
	text := notify.Clip(line, f.size-len(head)-len(bom))
	// What is all ASCII needs no mark that it is UTF-8 (section 6.4), and some receivers show it.
	if strings.ContainsFunc(text, func(r rune) bool { return r > 0x7f }) {
		text = bom + text
	}
	return []byte(head + text)
}

// line is the message for people, without line feeds: many receivers take one for the end of the message.
func (f *format) line(m *notify.Message) string {
	if f.form.OwnBody() {
		return notify.Line(f.form.Body(m))
	}
	parts := slices.DeleteFunc([]string{f.form.Subject(m), m.Text, m.Next}, func(s string) bool { return s == "" })
	return notify.Line(strings.Join(parts, " - "))
}

// severity is the number of RFC 5424 section 6.2.1.
func severity(m *notify.Message) int {
	if m.Resolved {
		return 5 // normal but significant
	}
	switch m.Severity {
	case notify.Critical:
		return 2
	case notify.High:
		return 3
	case notify.Medium:
		return 4
	case notify.Low:
		return 5
	}
	return 6
}

// field is a parameter of structured data before it is escaped.
type field struct{ name, value string }

// known are the fields that machines look at, the ones that matter most first.
func known(m *notify.Message) []field {
	fields := []field{
		{"id", m.ID},
		{"event", m.Event},
		{"severity", m.Severity},
		{"resolved", word(m.Resolved)},
		{"test", word(m.Test)},
		{"thread", m.Thread},
		{"verdict", m.Verdict},
		{"watch", m.Watch},
	}
	for i := range fields {
		fields[i].value = notify.Clip(fields[i].value, maxKnown)
	}
	return fields
}

func word(b bool) string {
	if b {
		return "true"
	}
	return ""
}

func facts(m *notify.Message) []field {
	fields := []field{{"labels", strings.Join(m.Labels, ", ")}}
	for _, f := range m.Facts {
		name := "fact." + strings.ReplaceAll(notify.Clip(f.Name, 24), " ", "_")
		fields = append(fields, field{name, notify.Clip(strings.Join(f.Values, ", "), maxText)})
	}
	return fields
}

// params are as many of the fields as fit into limit bytes, each whole.
func params(fields []field, limit int) string {
	var b strings.Builder
	for _, f := range fields {
		if f.value == "" {
			continue
		}
		if p := param(f.name, f.value); b.Len()+len(p) <= limit {
			b.WriteString(p)
		}
	}
	return b.String()
}

// param is a parameter of structured data (RFC 5424 section 6.3.3).
func param(name, value string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`).Replace(notify.Line(value))
	return " " + strings.NewReplacer("=", "_", "]", "_", `"`, "_").Replace(printable(name, 32)) + `="` + escaped + `"`
}

// printable is s with nothing but the printable characters of ASCII, at most limit bytes; "-", which says that there is
// none, for an empty one.
func printable(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r
		}
		return '_'
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), limit)]
}

// frame is a message with its length in front (RFC 6587 section 3.4.1).
func frame(message []byte) []byte {
	return append(strconv.AppendInt(nil, int64(len(message)), 10), append([]byte{' '}, message...)...)
}
