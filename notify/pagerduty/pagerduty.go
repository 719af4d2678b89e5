// Package pagerduty tells by events of PagerDuty (Events API v2,
// https://developer.pagerduty.com/docs/events-api-v2/trigger-events/). All messages of a Thread are one alert: a repeated
// message changes nothing, and one that is resolved resolves it.
package pagerduty

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"pinwatch/notify"
	"pinwatch/notify/post"
)

// DefaultURL is that of the service region of the United States; the other one is events.eu.pagerduty.com.
const DefaultURL = "https://events.pagerduty.com/v2/enqueue"

// Limits: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ (summary, dedup_key). An event may have 512 KB;
// ours are kept below a tenth.
const (
	maxSummary  = 1024
	maxDedup    = 255
	maxShort    = 255
	keyLength   = 32
	maxEvent    = 50 << 10
	shortSource = 253 // a host name
)

// Config is a service.
type Config struct {
	// RoutingKey is the integration key: a secret of 32 characters.
	RoutingKey string
	// URL is where events go; empty: DefaultURL.
	URL string
	// Source is who tells; empty: pinwatch.
	Source string
	// HTTP says how requests are made.
	HTTP post.Config
	// Form makes the summary; nil: the house's.
	Form *notify.Form
}

// Notifier tells one service.
type Notifier struct {
	key, source string
	form        *notify.Form
	hook        *post.Hook
}

// New reads the configuration; nothing is contacted. Errors show no secret.
func New(c Config) (*Notifier, error) {
	n := &Notifier{key: c.RoutingKey, source: notify.Clip(notify.Line(c.Source), shortSource), form: c.Form}
	if n.source == "" {
		n.source = "pinwatch"
	}
	if n.form == nil {
		n.form = &notify.Form{}
	}
	if len(n.key) != keyLength || notify.Line(n.key) != n.key {
		return nil, fmt.Errorf("pagerduty: routing key: not %d characters; it is the integration key of an Events API v2 integration", keyLength)
	}
	var err error
	if n.hook, err = post.NewHook(cmp.Or(c.URL, DefaultURL), c.HTTP); err != nil {
		return nil, fmt.Errorf("pagerduty: %w", err)
	}
	return n, nil
}

// Notify implements notify.Notifier.
func (n *Notifier) Notify(ctx context.Context, m *notify.Message) error {
	body, err := n.event(m)
	if err != nil {
		return err
	}
	_, err = n.hook.Send(ctx, body)
	return n.hide(err)
}

// hide is err without the key: it is in the body of the request, and an answer may repeat it.
func (n *Notifier) hide(err error) error {
	if err == nil || !strings.Contains(err.Error(), n.key) {
		return err
	}
	plain := func(err error) error { return errors.New(strings.ReplaceAll(err.Error(), n.key, "***")) }
	if later, ok := errors.AsType[*notify.LaterError](err); ok {
		return notify.Later(later.After, plain(later.Err))
	}
	if notify.IsPermanent(err) {
		return notify.Permanent(plain(err))
	}
	return plain(err)
}

type event struct {
	RoutingKey string  `json:"routing_key"`
	Action     string  `json:"event_action"`
	DedupKey   string  `json:"dedup_key"`
	Client     string  `json:"client,omitempty"`
	Payload    payload `json:"payload"`
}

type payload struct {
	Summary   string         `json:"summary"`
	Source    string         `json:"source"`
	Severity  string         `json:"severity"`
	Timestamp string         `json:"timestamp"`
	Component string         `json:"component,omitempty"`
	Group     string         `json:"group,omitempty"`
	Class     string         `json:"class,omitempty"`
	Details   map[string]any `json:"custom_details,omitempty"`
}

// event is m, with as many details as fit.
func (n *Notifier) event(m *notify.Message) ([]byte, error) {
	var body []byte
	var err error
	for _, size := range []struct{ values, text int }{{50, 2000}, {10, 500}, {2, 100}} {
		brief := notify.Brief(m, size.values, size.text)
		e := event{
			RoutingKey: n.key, Action: "trigger", DedupKey: dedup(m.Thread), Client: "pinwatch",
			Payload: payload{
				Summary: notify.Clip(n.form.Subject(brief), maxSummary), Source: n.source, Severity: severity(m.Severity),
				Timestamp: m.Time.UTC().Format(time.RFC3339), Component: notify.Clip(brief.Watch, maxShort),
				Group: notify.Clip(notify.Line(string(m.Kind)), maxShort), Class: notify.Clip(brief.Event, maxShort), Details: n.details(brief, 10*size.text),
			},
		}
		if m.Resolved {
			e.Action = "resolve"
		}
		if body, err = post.JSON(e); err != nil {
			return nil, err
		}
		if len(body) <= maxEvent {
			break
		}
	}
	return body, nil
}

// details are the message in pieces, or as the user's template has it.
func (n *Notifier) details(m *notify.Message, limit int) map[string]any {
	details := map[string]any{"message": notify.Clip(notify.Line(m.ID), maxShort)}
	if n.form.OwnBody() {
		details["text"] = notify.Clip(notify.Plain(n.form.Body(m)), limit)
		return details
	}
	for name, value := range map[string]string{
		"what happened": m.Text, "why it matters": m.Why, "what to do": m.Next, "how to silence this rightly": m.Silence,
		"verdict": m.Verdict,
	} {
		if value != "" {
			details[name] = value
		}
	}
	if len(m.Labels) > 0 {
		details["labels"] = m.Labels
	}
	for _, f := range m.Facts {
		details["fact: "+f.Name] = f.Values
	}
	if m.Parted > 0 {
		details["messages"] = n.form.Outline(m).Parts
	}
	return details
}

// dedup is the key of an alert: the thread as it is, or its hash where it would not do.
func dedup(thread string) string {
	if thread != "" && len(thread) <= maxDedup && notify.Line(thread) == thread {
		return thread
	}
	sum := sha256.Sum256([]byte(thread))
	return "pinwatch/" + hex.EncodeToString(sum[:])
}

func severity(of string) string {
	switch of {
	case notify.Critical:
		return "critical"
	case notify.High:
		return "error"
	case notify.Medium:
		return "warning"
	}
	return "info"
}
