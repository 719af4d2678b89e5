package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/wneessen/go-mail"

	"pinwatch/notify"
)

const (
	maxSubject  = 200       // bytes
	maxBody     = 256 << 10 // bytes
	maxAttached = 1 << 20   // bytes
	maxText     = 4 << 10   // bytes of each text
	maxValues   = 100       // of each fact
	maxField    = 200       // bytes of a header of ours
)

// compose is the mail as it goes over the wire.
func (n *Notifier) compose(m *notify.Message) ([]byte, error) {
	brief := notify.Brief(m, maxValues, maxText)
	subject := n.form.Subject(brief)
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(n.from)
	msg.ToMailAddress(n.to...)
	msg.Subject(headerText(subject, maxSubject))
	n.setHeaders(msg, m)
	msg.SetBodyString(mail.TypeTextPlain, notify.Clip(notify.Plain(n.form.Body(brief)), maxBody))
	if !n.form.OwnBody() {
		html, err := renderHTML(subject, brief)
		if err != nil {
			return nil, notify.Permanent(err)
		}
		msg.AddAlternativeString(mail.TypeTextHTML, html)
	}
	if len(m.Finding) > 0 && len(m.Finding) <= maxAttached {
		err := msg.AttachReader("finding.json", bytes.NewReader(m.Finding), mail.WithFileContentType("application/json"))
		if err != nil {
			return nil, notify.Permanent(fmt.Errorf("attach the finding: %w", err))
		}
	}
	var wire bytes.Buffer
	if _, err := msg.WriteTo(&wire); err != nil {
		return nil, notify.Permanent(fmt.Errorf("write the mail: %w", err))
	}
	return wire.Bytes(), nil
}

// setHeaders sets what programs read. Each value is a bounded line, or a hash, so that none can become a second header.
func (n *Notifier) setHeaders(msg *mail.Msg, m *notify.Message) {
	domain := n.from.Address[strings.LastIndexByte(n.from.Address, '@')+1:]
	msg.SetMessageIDWithValue(messageID("message", m.ID, domain))
	msg.SetDateWithValue(m.Time)
	thread := "<" + messageID("thread", m.Thread, domain) + ">"
	for name, value := range map[mail.Header]string{
		mail.HeaderReferences:      thread,
		mail.HeaderInReplyTo:       thread,
		"Auto-Submitted":           "auto-generated", // RFC 3834 section 5
		"X-Auto-Response-Suppress": "All",            // the same to Exchange
		"List-Id":                  "pinwatch <pinwatch." + domain + ">",
		"X-Pinwatch-Id":            m.ID,
		"X-Pinwatch-Kind":          string(m.Kind),
		"X-Pinwatch-Event":         m.Event,
		"X-Pinwatch-Severity":      m.Severity,
		"X-Pinwatch-Thread":        m.Thread,
		"X-Pinwatch-Watch":         m.Watch,
		"X-Pinwatch-Verdict":       m.Verdict,
	} {
		if value = headerText(value, maxField); value != "" {
			msg.SetGenHeader(name, value)
		}
	}
	if m.Test {
		msg.SetGenHeader("X-Pinwatch-Test", "true")
	}
}

// headerText is a bounded line that no mail program decodes (RFC 2047) into something that we did not write.
func headerText(s string, limit int) string {
	return notify.Clip(strings.ReplaceAll(notify.Line(s), "=?", "= ?"), limit)
}

// messageID is the same for the same text, and made of nothing that stands in it.
func messageID(what, text, domain string) string {
	sum := sha256.Sum256([]byte(what + "\x00" + text))
	return "pinwatch." + what + "." + hex.EncodeToString(sum[:16]) + "@" + domain
}
