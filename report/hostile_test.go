package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"
)

// hostile is what certificates may say.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</style><script>`, `javascript:alert(1)`, `{{.}} {{define "x"}}`,
	`=cmd|'/c calc'!A1`, `+1+1`, `-2+3`, `@SUM(A1)`, " =1+1", "\t=1+1", "\r\n=1+1", `＝1+1`,
	"\x1b[31mred\x1b]0;title\x07", "a\x00b", "moc.\u202eelpmaxe", "\u200bzero", "שלום", "аррӏе.com", "caf\xe9", "\ufeff\ufffe",
	"a|b`c``d``` @someone #123 GH-1 !9 ~label [x](https://evil.example/) <https://evil.example> https://evil.example www.evil.example",
	"line\nbreak\n# heading\n| a | b |\n---", `\`, "--> <!--", "&amp;&#60;", `a"b""c`, "' or 1=1", strings.Repeat("very long ", 10_000),
}

// poisoned is a report whose every text is hostile, and whose first finding has 10,000 names.
func poisoned() *Report {
	n := 0
	r := &Report{}
	var fill func(reflect.Value)
	fill = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			v.SetString(hostile[n%len(hostile)])
			n++
		case reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem())
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 3, 3))
			for i := range v.Len() {
				fill(v.Index(i))
			}
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() {
				v.Set(reflect.ValueOf(october))
				return
			}
			for _, field := range v.Fields() {
				fill(field)
			}
		case reflect.Int, reflect.Int64:
			v.SetInt(3)
		case reflect.Uint64:
			v.SetUint(3)
		}
	}
	fill(reflect.ValueOf(r).Elem())
	findings := make([]*Finding, 2*len(hostile))
	for i := range findings {
		findings[i] = &Finding{}
		fill(reflect.ValueOf(findings[i]).Elem())
	}
	for i := range 10_000 {
		findings[0].Names = append(findings[0].Names, fmt.Sprintf("%d%s", i, hostile[i%(len(hostile)-1)]))
	}
	findings[0].Matched = findings[0].Names
	issuance := &Issuance{}
	fill(reflect.ValueOf(issuance).Elem())
	issuance.Names = findings[0].Names
	r.Period = Period{Since: october, Until: november}
	r.Findings, r.CarriedOver, r.Issuances = streamOf(findings...), streamOf(findings[1]), streamOf(issuance)
	return r
}

// harmless fails the test if text holds a character that does anything but show itself.
func harmless(t *testing.T, where, text string) {
	t.Helper()
	bad := strings.IndexFunc(text, func(r rune) bool {
		return r != '\n' && (r == '\ufffd' || !unicode.IsPrint(r) || unicode.In(r, unicode.Hebrew, unicode.Arabic))
	})
	if bad >= 0 {
		t.Errorf("%s: %q can deceive", where, text[max(0, bad-40):min(len(text), bad+40)])
	}
}

// TestHostileHTML parses the page: it has the elements of the template and no others, loads nothing and runs nothing.
func TestHostileHTML(t *testing.T) {
	var out bytes.Buffer
	must(t, WriteHTML(&out, poisoned()))
	if out.Len() > 4<<20 {
		t.Errorf("%d bytes", out.Len())
	}
	root, err := html.Parse(&out)
	must(t, err)
	known := map[string]bool{}
	for name := range strings.FieldsSeq(`html head meta title style body a div h1 h2 h3 p nav ul li main section dl dt dd small span svg
		rect article header table caption thead tbody tr th td code strong br footer`) {
		known[name] = true
	}
	for n := range root.Descendants() {
		switch n.Type {
		case html.TextNode:
			if n.Parent.Data != "style" {
				harmless(t, n.Parent.Data, strings.ReplaceAll(n.Data, "\r", "?"))
			}
		case html.CommentNode:
			t.Errorf("a comment: %q", n.Data)
		case html.ElementNode:
			if !known[n.Data] {
				t.Errorf("an element %q", n.Data)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "style" {
					t.Errorf("an attribute %s=%q", a.Key, a.Val)
				}
				if a.Key == "href" && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "https://crt.sh/?q=") &&
					!strings.HasPrefix(a.Val, "http") {
					t.Errorf("a link to %q", a.Val)
				}
				harmless(t, a.Key, a.Val)
			}
		}
	}
}

// TestHostileCSV reads the tables back: no cell begins as a formula does, and every row has as many cells as the first.
func TestHostileCSV(t *testing.T) {
	for _, table := range Tables() {
		var out bytes.Buffer
		must(t, WriteCSV(&out, poisoned(), table))
		rows, err := csv.NewReader(&out).ReadAll()
		must(t, err)
		if len(rows) < 2 {
			t.Errorf("%s has %d rows", table, len(rows))
		}
		for _, row := range rows {
			for i, cell := range row {
				harmless(t, table+" "+rows[0][i], cell)
				if cell != "" && strings.ContainsAny(firstLetter(cell), "=+-@|%＝＋－＠\t\r") {
					t.Errorf("%s %s: %q", table, rows[0][i], cell)
				}
				if len(cell) > 8<<10 {
					t.Errorf("%s %s has %d bytes", table, rows[0][i], len(cell))
				}
			}
		}
	}
}

// TestHostileMarkdown looks for what may do anything, outside spans of code: HTML, links, mentions, references, broken
// tables.
func TestHostileMarkdown(t *testing.T) {
	var out bytes.Buffer
	must(t, WriteMarkdown(&out, poisoned()))
	columns := 0
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		harmless(t, "markdown", line)
		plain, open := prose(line)
		if open {
			t.Errorf("a span of code without an end: %q", line)
		}
		for _, sign := range []string{"<", "@", "://", "www.", "](", " #1", "!9", "~l"} {
			if strings.Contains(plain, sign) {
				t.Errorf("%q in prose: %.200q", sign, plain)
			}
		}
		if !strings.HasPrefix(line, "| ") {
			columns = 0
			continue
		}
		n := strings.Count(plain, "|")
		if columns == 0 {
			columns = n
		}
		if n != columns {
			t.Errorf("a row of %d cells in a table of %d: %.200q", n-1, columns-1, line)
		}
	}
}

// prose is what a line of Markdown has outside spans of code, without what a backslash takes the meaning from. open says
// that a span does not end.
func prose(line string) (text string, open bool) {
	var out strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '`':
			open = !open
		case open:
		case line[i] == '\\':
			i++
		default:
			out.WriteByte(line[i])
		}
	}
	return out.String(), open
}

// TestHostileJSON reads a report back: what can be said in JSON is what it was, in ASCII.
func TestHostileJSON(t *testing.T) {
	var out bytes.Buffer
	must(t, WriteJSON(&out, poisoned()))
	if i := bytes.IndexFunc(out.Bytes(), func(r rune) bool { return r > 0x7e || r < ' ' && r != '\n' }); i >= 0 {
		t.Errorf("byte %d is no printable ASCII", i)
	}
	var read Report
	must(t, json.Unmarshal(out.Bytes(), &read))
	for f, err := range read.Findings {
		must(t, err)
		if len(f.Names) < 10_000 || f.Names[3] != hostile[0] && !strings.Contains(f.Names[3], hostile[0]) {
			t.Errorf("%d names, the fourth %q", len(f.Names), f.Names[3])
		}
		break
	}
}

// FuzzText: what certificates say cannot leave its place in any form.
func FuzzText(f *testing.F) {
	for _, s := range hostile[:len(hostile)-1] {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if cell := csvCell(s); strings.ContainsAny(firstLetter(cell), "=+-@|%＝＋－＠") || strings.Contains(strings.ReplaceAll(cell, `""`, ""), `"`) {
			t.Errorf("%q is the cell %q", s, cell)
		}
		for _, shown := range []string{mdCode(s), mdName(s), mdText(s)} {
			harmless(t, "markdown", shown)
			if _, open := prose(shown); open || strings.Contains(shown, "\n") {
				t.Errorf("%q is %q", s, shown)
			}
		}
		if code := mdCode(s); code != "-" && (code[0] != '`' || strings.Count(code, "`") != 2 || strings.Contains(code, "|")) {
			t.Errorf("%q is %q", s, code)
		}
	})
}
