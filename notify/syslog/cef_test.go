package syslog

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

// cefKey is where a key begins in an extension: behind a space or at the start, and up to an equals sign that is not
// escaped.
var cefKey = regexp.MustCompile(`(?:^| )([A-Za-z0-9_.]+)=`)

// parseCEF reads CEF as receivers do: seven fields between pipes, then keys and values.
func parseCEF(t testing.TB, s string) (header []string, extension map[string]string) {
	t.Helper()
	rest, ok := strings.CutPrefix(s, "CEF:")
	if !ok || strings.ContainsAny(s, "\r\n") {
		t.Fatalf("no CEF: %q", s)
	}
	var field strings.Builder
	for len(header) < 7 {
		if rest == "" {
			t.Fatalf("the header ends after %q", header)
		}
		c := rest[0]
		rest = rest[1:]
		switch {
		case c == '\\' && rest != "" && (rest[0] == '\\' || rest[0] == '|'):
			field.WriteByte(rest[0])
			rest = rest[1:]
		case c == '\\':
			t.Fatalf("a lone backslash in the header: %q", s)
		case c == '|':
			header = append(header, field.String())
			field.Reset()
		default:
			field.WriteByte(c)
		}
	}
	extension = map[string]string{}
	at := cefKey.FindAllStringSubmatchIndex(rest, -1)
	for i, m := range at {
		end := len(rest)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		key, value := rest[m[2]:m[3]], rest[m[1]:end]
		if _, twice := extension[key]; twice {
			t.Errorf("the key %s comes twice in %q", key, rest)
		}
		plain := strings.NewReplacer(`\\`, "", `\=`, "").Replace(value)
		if strings.ContainsAny(plain, `\=`) {
			t.Errorf("the value of %s is not escaped: %q", key, value)
		}
		extension[key] = strings.NewReplacer(`\\`, `\`, `\=`, "=").Replace(value)
	}
	return header, extension
}

func TestCEF(t *testing.T) {
	m := notifytest.Samples()[0]
	m.Title = `a|b\c=d`
	m.Facts = []notify.Fact{{Name: "issuer", Values: []string{`CN=x\y|z`, "msg=forged"}}}
	raw := testFormat(t, Config{Format: CEF}).message(&m)
	p := parse(t, raw)
	if p.StructuredData != nil {
		t.Errorf("structured data in %q", raw)
	}
	header, extension := parseCEF(t, *p.Message)
	if diff := cmp.Diff([]string{"0", "pinwatch", "pinwatch", "1.2.3", "finding:new", `a|b\c=d`, "10"}, header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	want := map[string]string{
		"rt": "1795256430000", "externalId": "finding-new", "dvchost": "watcher.example.com", "cat": "finding",
		"msg":      `[pinwatch] critical: a|b\c=d - ` + m.Text + " - " + m.Next,
		"cs1Label": "watch", "cs1": "example.com", "cs2Label": "verdict", "cs2": "unexpected",
		"cs3Label": "thread", "cs3": m.Thread, "cs4Label": "labels", "cs4": "prod, web",
		"cs5Label": "facts", "cs5": `issuer: CN=x\y|z, msg=forged`,
	}
	if diff := cmp.Diff(want, extension); diff != "" {
		t.Errorf("extension (-want +got):\n%s", diff)
	}
}
