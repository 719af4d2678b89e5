package syslog

import (
	"strconv"
	"strings"

	"pinwatch/notify"
)

// Lengths of the dictionary of CEF (ArcSight Common Event Format, "Implementing ArcSight CEF", revision 25), in bytes.
const (
	cefProduct  = 31
	cefName     = 512
	cefMsg      = 1023
	cefString   = 4000
	cefShort    = 63
	cefExternal = 40
)

// event is m in CEF, at most limit bytes: a header of seven fields between pipes, then keys and values. What does not
// fit is left out whole, so that no escape is cut in two.
func (f *format) event(m *notify.Message, line string, limit int) string {
	var b strings.Builder
	b.WriteString("CEF:0|pinwatch|pinwatch")
	for _, field := range []string{
		notify.Clip(f.product, cefProduct), notify.Clip(string(m.Kind), cefShort) + ":" + notify.Clip(m.Event, cefShort),
		notify.Clip(m.Title, min(cefName, limit/8)), strconv.Itoa(cefSeverity(m)),
	} {
		b.WriteString("|" + cefHeader(field))
	}
	b.WriteString("|")
	space := ""
	add := func(key, value string, most int) {
		if value == "" {
			return
		}
		if pair := space + key + "=" + cefValue(notify.Clip(value, most)); b.Len()+len(pair) <= limit {
			b.WriteString(pair)
			space = " "
		}
	}
	custom := func(n, label, value string) {
		if value != "" && b.Len()+len(value) < limit {
			add("cs"+n+"Label", label, cefShort)
			add("cs"+n, value, cefString)
		}
	}
	add("rt", strconv.FormatInt(m.Time.UnixMilli(), 10), cefShort)
	add("externalId", m.ID, cefExternal)
	add("dvchost", f.host, 100)
	add("cat", string(m.Kind), cefShort)
	add("outcome", map[bool]string{true: "resolved"}[m.Resolved], cefShort)
	custom("1", "watch", notify.Clip(m.Watch, cefMsg/4))
	custom("2", "verdict", notify.Clip(m.Verdict, cefShort))
	custom("3", "thread", notify.Clip(m.Thread, cefMsg/4))
	add("msg", line, min(cefMsg, limit/4))
	custom("4", "labels", strings.Join(m.Labels, ", "))
	custom("5", "facts", factText(m.Facts, limit/3))
	custom("6", "test", word(m.Test))
	return b.String()
}

// factText is the facts in one line of at most limit bytes.
func factText(facts []notify.Fact, limit int) string {
	var parts []string
	for _, f := range facts {
		parts = append(parts, f.Name+": "+strings.Join(f.Values, ", "))
	}
	return notify.Clip(strings.Join(parts, "; "), limit)
}

// cefSeverity is 0 to 10; 7 and more is high, 9 and more very high.
func cefSeverity(m *notify.Message) int {
	if m.Resolved {
		return 1
	}
	switch m.Severity {
	case notify.Critical:
		return 10
	case notify.High:
		return 8
	case notify.Medium:
		return 5
	case notify.Low:
		return 3
	}
	return 1
}

// cefHeader escapes what ends a field of the header. Line feeds are not allowed there.
func cefHeader(s string) string {
	return strings.NewReplacer(`\`, `\\`, `|`, `\|`).Replace(notify.Line(s))
}

// cefValue escapes what ends a value. A line feed would be written as \n; there are none in a line.
func cefValue(s string) string {
	return strings.NewReplacer(`\`, `\\`, `=`, `\=`).Replace(notify.Line(s))
}
