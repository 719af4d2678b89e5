package email

import (
	"mime"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

// known are the headers of our mails.
var known = []string{
	"Auto-Submitted", "Content-Type", "Content-Transfer-Encoding", "Date", "From", "In-Reply-To", "List-Id", "Message-Id", "Mime-Version",
	"References", "Subject", "To", "X-Auto-Response-Suppress", "X-Pinwatch-Event", "X-Pinwatch-Id", "X-Pinwatch-Kind",
	"X-Pinwatch-Severity", "X-Pinwatch-Test", "X-Pinwatch-Thread", "X-Pinwatch-Verdict", "X-Pinwatch-Watch",
}

// checkMail wants the headers that we write, once each, from and to whom they should be, and parts that do nothing.
func checkMail(t *testing.T, p *parsed) {
	t.Helper()
	for name, values := range p.header {
		if !slices.Contains(known, textproto.CanonicalMIMEHeaderKey(name)) || len(values) != 1 {
			t.Errorf("the header %s: %q", name, values)
		}
		decoded, err := new(mime.WordDecoder).DecodeHeader(values[0])
		if err != nil || strings.ContainsAny(decoded, "\r\n\x00\x1b") {
			t.Errorf("the header %s: %q, %v", name, decoded, err)
		}
	}
	if p.header.Get("From") != `"pinwatch" <ct@example.com>` || p.header.Get("To") != `<ops@example.com>, "Sec" <sec@example.com>` {
		t.Errorf("from %s to %s", p.header.Get("From"), p.header.Get("To"))
	}
	kinds := []string{}
	for _, part := range p.parts {
		kinds = append(kinds, part.kind)
		if part.kind == "text/html" {
			checkHTML(t, part.text)
		}
	}
	if len(kinds) < 2 || kinds[0] != "text/plain" || kinds[1] != "text/html" {
		t.Errorf("parts %q", kinds)
	}
}

// checkHTML reads a page as mail programs do, and wants none but the elements and attributes of the layout.
func checkHTML(t *testing.T, page string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		switch n.Type {
		case html.ElementNode:
			elements := []string{"html", "head", "meta", "title", "body", "p", "strong", "br", "table", "tbody", "tr", "th", "td", "ul", "li"}
			if !slices.Contains(elements, n.Data) {
				t.Errorf("the element %s", n.Data)
			}
			for _, a := range n.Attr {
				if !slices.Contains([]string{"lang", "charset", "style"}, a.Key) || strings.Contains(a.Val, "url(") {
					t.Errorf("the attribute %s=%q", a.Key, a.Val)
				}
			}
		case html.CommentNode:
			t.Errorf("the comment %q", n.Data)
		}
	}
}

// TestHostileTextStaysText looks for what the hostile sample tries in mails: headers, markup, and lines of its own.
func TestHostileTextStaysText(t *testing.T) {
	m := notifytest.Hostile()
	m.ID += "\r\nBcc: victim@example.net"
	m.Kind += "\r\nBcc: victim@example.net"
	m.Severity += "\nBcc: victim@example.net"
	p := parse(t, composed(t, localConfig(), &m))
	checkMail(t, p)
	subject, err := new(mime.WordDecoder).DecodeHeader(p.header.Get("Subject"))
	if err != nil || len(subject) > maxSubject || !strings.Contains(subject, "= ?utf-8?q?=0D=0ABcc") {
		t.Errorf("subject %q, %v", subject, err)
	}
	if !strings.Contains(p.parts[1].text, "&lt;script&gt;") {
		t.Error("the HTML does not show the names")
	}
}

// TestSubjectsOfOtherAlphabets are encoded for the wire, and read as they were.
func TestSubjectsOfOtherAlphabets(t *testing.T) {
	raw := composed(t, localConfig(), &notify.Message{ID: "1", Title: "b\u00fccher.example \u4e2d\u6587", Severity: "low"})
	if i := slices.IndexFunc(raw, func(b byte) bool { return b > 0x7f }); i >= 0 {
		t.Errorf("not ASCII: %q", raw[i:min(len(raw), i+20)])
	}
	got, err := new(mime.WordDecoder).DecodeHeader(parse(t, raw).header.Get("Subject"))
	if got != "[pinwatch] low: b\u00fccher.example \u4e2d\u6587" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// FuzzCompose writes mails of anything; a reader that had no part in writing them finds what should be there, and no more.
func FuzzCompose(f *testing.F) {
	for _, s := range notifytest.HostileTexts() {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		m := &notify.Message{
			ID: a, Kind: notify.Kind(b), Event: a, Severity: b, Title: a, Text: b, Why: a, Next: b, Silence: a, Thread: b, Watch: a, Verdict: b,
			Time: time.Unix(1e9, 0), Parts: []notify.Message{{Title: a}}, Parted: 2, Facts: []notify.Fact{{Name: a, Values: []string{b, a}}},
		}
		checkMail(t, parse(t, composed(t, localConfig(), m)))
	})
}
