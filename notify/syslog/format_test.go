package syslog

import (
	"flag"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/leodido/go-syslog/v4/rfc5424"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func testFormat(t testing.TB, c Config) *format {
	t.Helper()
	if c.Hostname == "" {
		c.Hostname = "watcher.example.com"
	}
	c.Product = "1.2.3"
	f, err := newFormat(&c)
	if err != nil {
		t.Fatal(err)
	}
	return &f
}

// parse reads a message with a parser that is not ours, and strictly.
func parse(t testing.TB, raw []byte) *rfc5424.SyslogMessage {
	t.Helper()
	m, err := rfc5424.NewParser(rfc5424.WithCompliantMsg()).Parse(raw)
	if err != nil {
		t.Fatalf("%v:\n%q", err, raw)
	}
	return m.(*rfc5424.SyslogMessage)
}

func TestGolden(t *testing.T) {
	for _, c := range []Config{{Network: TCP, Format: RFC5424}, {Network: TCP, Format: CEF}} {
		var all []byte
		for _, m := range notifytest.Samples() {
			raw := testFormat(t, c).message(&m)
			parse(t, raw)
			all = append(append(all, raw...), '\n')
		}
		notifytest.Golden(t, *update, c.Format+".log", all)
	}
}

func TestWhatIsSaid(t *testing.T) {
	m := notifytest.Samples()[3]
	m.Test = true
	m.Facts = append(m.Facts, notify.Fact{Name: `a="b]`, Values: []string{`C:\x "y" [z]`, "two"}})
	raw := testFormat(t, Config{Facility: "audit"}).message(&m)
	p := parse(t, raw)
	if *p.Facility != 13 || *p.Severity != 5 || *p.Hostname != "watcher.example.com" || *p.Appname != "pinwatch" ||
		p.ProcID != nil || *p.MsgID != "finding" || !p.Timestamp.Equal(m.Time) {
		t.Errorf("header: %s", raw)
	}
	want := map[string]string{
		"id": "finding-resolved", "event": "resolved", "severity": "critical", "thread": m.Thread, "watch": "example.com",
		"verdict": "unexpected", "resolved": "true", "test": "true", "labels": "prod, web", "fact.a__b_": `C:\x "y" [z], two`,
		"fact.names": "www.example.com, example.com", "fact.reasons": "unknown_key", "fact.serial": "0a3f5577",
		"fact.issuer": "CN=Example CA 3,O=Example Trust", "fact.valid": "2026-11-20 to 2027-02-18",
		"fact.key":     "sha256/n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
		"fact.seen_in": "Example Log 2026h2 (1234567), Other Log 2026 (89)",
	}
	if diff := cmp.Diff(want, (*p.StructuredData)[sdID]); diff != "" {
		t.Errorf("structured data (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(*p.Message, "[TEST] [pinwatch] critical: unexpected certificate for www.example.com") {
		t.Errorf("message: %q", *p.Message)
	}
}

func TestSeverities(t *testing.T) {
	for word, want := range map[string][2]int{
		notify.Critical: {2, 10}, notify.High: {3, 8}, notify.Medium: {4, 5}, notify.Low: {5, 3}, notify.Info: {6, 1},
	} {
		m := &notify.Message{Severity: word}
		if got := [2]int{severity(m), cefSeverity(m)}; got != want {
			t.Errorf("%s: %v, want %v", word, got, want)
		}
	}
}

// TestSizes fills messages of every bound with hostile and huge matter, in both formats.
func TestSizes(t *testing.T) {
	for _, m := range []notify.Message{notifytest.Hostile(), notifytest.ManyNames()} {
		for _, size := range []int{minSize, datagramSize, 3000, streamSize, maxSize} {
			for _, name := range []string{RFC5424, CEF} {
				c := Config{Format: name, MaxSize: size, Hostname: strings.Repeat("h", 255)}
				raw := testFormat(t, c).message(&m)
				p := parse(t, raw)
				if len(raw) > size || len(raw) < size/3 && size < 5000 {
					t.Errorf("%s of %s: %d bytes, at most %d", name, m.ID, len(raw), size)
				}
				if strings.ContainsAny(string(raw), "\r\n\x00\x1b\u202e\u200b") || !utf8.Valid(raw) {
					t.Errorf("%s of %s: hostile characters in %q", name, m.ID, raw)
				}
				if name == RFC5424 && (*p.StructuredData)[sdID]["id"] != m.ID {
					t.Errorf("the ID is lost: %q", raw)
				}
				if name == CEF {
					parseCEF(t, *p.Message)
				}
			}
		}
	}
}

// TestMarkOfUTF8 wants the mark where it is due, and only there.
func TestMarkOfUTF8(t *testing.T) {
	for title, marked := range map[string]bool{"plain": false, "b\u00fccher": true} {
		raw := testFormat(t, Config{}).message(&notify.Message{Kind: notify.Heartbeat, Title: title})
		if got := strings.Contains(string(raw), "] "+bom); got != marked {
			t.Errorf("%q: %q", title, raw)
		}
	}
}

func TestOwnTemplate(t *testing.T) {
	form, err := notify.NewForm("", "{{.Kind}}\n<13>1 - - - - - - {{.Title}}")
	if err != nil {
		t.Fatal(err)
	}
	raw := testFormat(t, Config{Form: form}).message(&notify.Message{Kind: notify.Canary, Title: "t"})
	if got := *parse(t, raw).Message; got != "canary <13>1 - - - - - - t" {
		t.Errorf("message %q", got)
	}
}

// FuzzMessage makes messages of anything; what comes out must be one message to a parser that is not ours.
func FuzzMessage(f *testing.F) {
	for _, s := range notifytest.HostileTexts() {
		f.Add(s, s, 2000, false)
		f.Add(s, s, 1024, true)
	}
	f.Fuzz(func(t *testing.T, a, b string, size int, cef bool) {
		c := Config{MaxSize: minSize + (size&0xffff)%(maxSize-minSize), Hostname: "h"}
		if cef {
			c.Format = CEF
		}
		m := &notify.Message{
			ID: a, Kind: notify.Kind(b), Event: a, Severity: b, Title: a, Text: b, Thread: b, Watch: a, Time: time.Unix(1e9, 5),
			Labels: []string{a, b}, Facts: []notify.Fact{{Name: a, Values: []string{b, a}}, {Name: b, Values: []string{a}}},
		}
		raw := testFormat(t, c).message(m)
		p := parse(t, raw)
		if len(raw) > c.MaxSize {
			t.Errorf("%d bytes, more than %d", len(raw), c.MaxSize)
		}
		if cef {
			parseCEF(t, *p.Message)
		}
	})
}
