package email

import (
	"bytes"
	"encoding/base64"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"testing"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// part is a leaf of a mail, decoded.
type part struct{ kind, name, text string }

type parsed struct {
	header mail.Header
	parts  []part
}

func (p *parsed) texts() []string {
	var out []string
	for _, part := range p.parts {
		out = append(out, part.text)
	}
	return out
}

// parse reads a mail with the standard library, which had no part in writing it.
func parse(t *testing.T, raw []byte) *parsed {
	t.Helper()
	for line := range bytes.Lines(raw) {
		if len(line) > 1000 {
			t.Errorf("a line of %d bytes (RFC 5322 section 2.1.1)", len(line))
		}
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	p := &parsed{header: m.Header}
	p.walk(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), "", m.Body)
	return p
}

func (p *parsed) walk(t *testing.T, contentType, encoding, disposition string, body io.Reader) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatalf("Content-Type %q: %v", contentType, err)
	}
	if strings.HasPrefix(kind, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			next, err := r.NextRawPart()
			if err == io.EOF {
				return
			} else if err != nil {
				t.Fatal(err)
			}
			p.walk(t, next.Header.Get("Content-Type"), next.Header.Get("Content-Transfer-Encoding"),
				next.Header.Get("Content-Disposition"), next)
		}
	}
	switch encoding {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	_, attached, _ := mime.ParseMediaType(disposition)
	p.parts = append(p.parts, part{kind, attached["filename"], strings.ReplaceAll(string(text), "\r\n", "\n")})
}

func composed(t *testing.T, c Config, m *notify.Message) []byte {
	t.Helper()
	raw, err := newNotifier(t, c).compose(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func localConfig() Config {
	return Config{From: "pinwatch <ct@example.com>", To: []string{"ops@example.com", "Sec <sec@example.com>"}, Server: "localhost"}
}

// TestGolden holds the whole mail of every kind of message; boundaries are random, and named anew.
func TestGolden(t *testing.T) {
	boundary := regexp.MustCompile(`[0-9a-f]{60}`)
	for _, m := range notifytest.Samples() {
		raw := composed(t, localConfig(), &m)
		names := map[string]string{}
		raw = boundary.ReplaceAllFunc(raw, func(b []byte) []byte {
			if names[string(b)] == "" {
				names[string(b)] = "boundary-" + string(rune('1'+len(names)))
			}
			return []byte(names[string(b)])
		})
		notifytest.Golden(t, *update, m.ID+".eml", bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")))
	}
}

func TestHeaders(t *testing.T) {
	all := notifytest.Samples()
	fresh, resolved := parse(t, composed(t, localConfig(), &all[0])), parse(t, composed(t, localConfig(), &all[3]))
	if a, b := fresh.header.Get("Message-Id"), resolved.header.Get("Message-Id"); a == b || !strings.HasSuffix(a, "@example.com>") {
		t.Errorf("Message-IDs %s and %s", a, b)
	}
	for _, name := range []string{"References", "In-Reply-To"} {
		if v := fresh.header.Get(name); v == "" || v != resolved.header.Get(name) {
			t.Errorf("%s: %q and %q do not make a thread", name, v, resolved.header.Get(name))
		}
	}
	for name, want := range map[string]string{
		"Auto-Submitted": "auto-generated", "List-Id": "pinwatch <pinwatch.example.com>",
		"X-Pinwatch-Id": "finding-new", "X-Pinwatch-Kind": "finding", "X-Pinwatch-Event": "new",
		"X-Pinwatch-Severity": "critical", "X-Pinwatch-Watch": "example.com", "X-Pinwatch-Verdict": "unexpected",
		"X-Pinwatch-Thread": "finding/f7a3c1d2e4b5a697", "Date": "Sat, 21 Nov 2026 10:20:30 +0000", "User-Agent": "",
	} {
		if got := fresh.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if len(fresh.parts) != 3 || fresh.parts[0].kind != "text/plain" || fresh.parts[1].kind != "text/html" ||
		fresh.parts[2].name != "finding.json" || fresh.parts[2].text != string(all[0].Finding) {
		t.Errorf("parts: %+v", fresh.parts)
	}
}

func TestManyNamesAreBounded(t *testing.T) {
	m := notifytest.ManyNames()
	raw := composed(t, localConfig(), &m)
	p := parse(t, raw)
	if len(p.parts[0].text) > maxBody || !strings.Contains(p.parts[0].text, "and 9900 more") {
		t.Errorf("the text has %d bytes", len(p.parts[0].text))
	}
	if len(p.parts) != 3 || len(raw) > 4<<20 {
		t.Errorf("%d parts, %d bytes", len(p.parts), len(raw))
	}
	m.Finding = append(m.Finding[:len(m.Finding)-1], `,"x":"`+strings.Repeat("x", maxAttached)+`"}`...)
	if p := parse(t, composed(t, localConfig(), &m)); len(p.parts) != 2 {
		t.Errorf("the finding of %d bytes is attached", len(m.Finding))
	}
}

func TestOwnTemplates(t *testing.T) {
	form, err := notify.NewForm("{{.Title}} \r\nBcc: x@example.net", "only {{.Title}} <b>")
	if err != nil {
		t.Fatal(err)
	}
	c := localConfig()
	c.Form = form
	p := parse(t, composed(t, c, &notify.Message{ID: "1", Title: "t", Severity: "low"}))
	if len(p.parts) != 1 || strings.TrimSpace(p.parts[0].text) != "only t <b>" || p.header.Get("Subject") != "t Bcc: x@example.net" {
		t.Errorf("%+v", p)
	}
}
