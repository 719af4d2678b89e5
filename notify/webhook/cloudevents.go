package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"pinwatch/notify"
)

const (
	// envelopeSize bounds what a CloudEvent has besides its data, in bytes.
	envelopeSize = 4 << 10
	maxWord      = 64  // of an event in a type, in bytes
	maxSubject   = 256 // in bytes
)

// event is a CloudEvent in JSON (CloudEvents 1.0.2, JSON event format), with the extension attributes of the documented
// extension for severity.
type event struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject,omitempty"`
	Time            string          `json:"time"`
	SeverityText    string          `json:"severitytext,omitempty"`
	SeverityNumber  int             `json:"severitynumber,omitempty"`
	DataContentType string          `json:"datacontenttype"`
	Data            json.RawMessage `json:"data"`
}

// source is who tells, a URI reference.
type source string

func newSource(s string) (source, error) {
	if s == "" {
		return "pinwatch", nil
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil {
		return "", errors.New("source: not a URI reference without a password")
	}
	return source(u.String()), nil
}

// encode is m in an envelope, in at most about limit bytes.
func (s source) encode(m *notify.Message, limit int) ([]byte, error) {
	data, err := notify.Encode(m, limit-envelopeSize)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(event{
		SpecVersion: "1.0", ID: headerID(m.ID), Source: string(s), Type: eventType(m),
		Subject: notify.Clip(notify.Line(m.Thread), maxSubject), Time: m.Time.UTC().Format(time.RFC3339Nano),
		SeverityText: strings.ToUpper(m.Severity), SeverityNumber: severityNumber(m.Severity),
		DataContentType: "application/json", Data: data,
	})
	if err != nil {
		return nil, notify.Permanent(fmt.Errorf("message %s: %w", m.ID, err))
	}
	return body, nil
}

// eventType is dev.pinwatch.KIND.EVENT, in lower-case letters, digits and underscores.
func eventType(m *notify.Message) string {
	word := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return '_'
		}, notify.Clip(strings.ToLower(s), maxWord))
	}
	return "dev.pinwatch." + word(string(m.Kind)) + "." + word(m.Event)
}

// severityNumber is a severity in the numbers of OpenTelemetry's log data model, which the extension for severity uses:
// INFO, INFO2, WARN, ERROR, FATAL.
func severityNumber(severity string) int {
	switch severity {
	case notify.Info:
		return 9
	case notify.Low:
		return 10
	case notify.Medium:
		return 13
	case notify.High:
		return 17
	case notify.Critical:
		return 21
	}
	return 0
}
