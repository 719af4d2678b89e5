// Package discord tells by a webhook of Discord, with one embed. Nobody is mentioned, whatever a text says, and marks of
// Markdown are escaped.
package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	"pinwatch/notify"
	"pinwatch/notify/post"
)

// Limits of an embed, of which bytes are counted where Discord counts characters:
// https://discord.com/developers/docs/resources/message#embed-object-embed-limits.
const (
	maxTitle = 256
	maxText  = 2300 // of 4096: with the others at most 6000 in all
	maxValue = 1024 // of a field
	maxFoot  = 300  // of 2048

	maxValues = 20 // of each fact, before the limit of a field is applied
	maxPause  = time.Hour
)

// Config is a channel.
type Config struct {
	// URL is that of the webhook: a secret.
	URL string
	// HTTP says how requests are made.
	HTTP post.Config
	// Form makes subject and body; nil: the house's.
	Form *notify.Form
}

// Notifier tells one channel.
type Notifier struct {
	form *notify.Form
	hook *post.Hook
}

// New reads the configuration; nothing is contacted. Errors show no secret.
func New(c Config) (*Notifier, error) {
	n := &Notifier{form: c.Form}
	if n.form == nil {
		n.form = &notify.Form{}
	}
	var err error
	if n.hook, err = post.NewHook(precise(c.URL), c.HTTP); err != nil {
		return nil, fmt.Errorf("discord: %w", err)
	}
	return n, nil
}

// precise names the version of the API, by which pauses are in seconds, and asks to hear what became of the message.
func precise(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw // NewHook says what is wrong
	}
	if rest, ok := strings.CutPrefix(u.Path, "/api/webhooks/"); ok {
		u.Path = "/api/v10/webhooks/" + rest
	}
	query := u.Query()
	query.Set("wait", "true")
	u.RawQuery = query.Encode()
	return u.String()
}

// Notify implements notify.Notifier.
func (n *Notifier) Notify(ctx context.Context, m *notify.Message) error {
	body, err := n.payload(m)
	if err != nil {
		return err
	}
	answer, err := n.hook.Send(ctx, body)
	if err != nil && answer != nil && answer.Code == 429 {
		if after := pause(answer.Body); after > 0 {
			return notify.Later(after, err)
		}
	}
	return err
}

// pause is how long a body asks to wait, at most maxPause; 0 if it does not. It is more precise than the header:
// https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit.
func pause(body []byte) time.Duration {
	var limit struct {
		Seconds float64 `json:"retry_after"`
	}
	if json.Unmarshal(body, &limit) != nil || math.IsNaN(limit.Seconds) || limit.Seconds <= 0 {
		return 0
	}
	return time.Duration(min(limit.Seconds, maxPause.Seconds()) * float64(time.Second))
}

// message is the body of a request: https://discord.com/developers/docs/resources/webhook#execute-webhook.
type message struct {
	Embeds   []embed  `json:"embeds"`
	Mentions mentions `json:"allowed_mentions"`
}

// mentions with an empty list allows none.
type mentions struct {
	Parse []string `json:"parse"`
}

type embed struct {
	Title       string  `json:"title"`
	Description string  `json:"description,omitempty"`
	Colour      int     `json:"color"`
	Timestamp   string  `json:"timestamp"`
	Fields      []field `json:"fields,omitempty"`
	Footer      footer  `json:"footer"`
}

type field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type footer struct {
	Text string `json:"text"`
}

func (n *Notifier) payload(m *notify.Message) ([]byte, error) {
	o := n.form.Outline(notify.Brief(m, maxValues, maxText))
	var paragraphs []string
	for _, p := range o.Paragraphs {
		if p.Head != "" {
			p.Text = p.Head + ": " + p.Text
		}
		paragraphs = append(paragraphs, p.Text)
	}
	e := embed{
		Title:       notify.Fit(o.Subject, maxTitle, escape),
		Description: notify.Fit(strings.Join(paragraphs, "\n\n"), maxText, escape),
		Colour:      colour(m),
		Timestamp:   m.Time.UTC().Format(time.RFC3339),
		Footer:      footer{notify.Clip(o.Footer, maxFoot)},
	}
	if o.Facts != "" {
		const fence = "```"
		facts := notify.Clip(strings.ReplaceAll(o.Facts, "`", "'"), maxValue-2*len(fence)-2)
		e.Fields = append(e.Fields, field{"Facts", fence + "\n" + facts + "\n" + fence})
	}
	if len(o.Parts) > 0 {
		e.Fields = append(e.Fields, field{"Messages", notify.Fit(strings.Join(o.Parts, "\n"), maxValue, escape)})
	}
	if o.Silence != "" {
		e.Fields = append(e.Fields, field{"To silence this rightly", notify.Fit(o.Silence, maxValue, escape)})
	}
	return post.JSON(message{Embeds: []embed{e}, Mentions: mentions{[]string{}}})
}

// escape puts a backslash in front of every mark of Markdown, and of those by which mentions, emoji and links begin.
func escape(s string) string {
	const marks = "\\`*_{}[]()#+-.!|<>~@:"
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(marks, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func colour(m *notify.Message) int {
	if m.Resolved {
		return 0x1a7f37
	}
	switch m.Severity {
	case notify.Critical, notify.High:
		return 0xb42318
	case notify.Medium:
		return 0xe0a100
	}
	return 0x667085
}
