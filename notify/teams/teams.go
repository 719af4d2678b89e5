// Package teams tells by a webhook of Microsoft Teams: a workflow that posts an adaptive card when a request comes in.
//
// All text is in runs of rich text blocks, in which no Markdown is interpreted, no link is made, and nobody is mentioned:
// https://adaptivecards.io/explorer/TextRun.html.
package teams

import (
	"context"
	"fmt"
	"strings"

	"pinwatch/notify"
	"pinwatch/notify/post"
)

// maxCard bounds a request, in bytes. Teams takes 28 KB, in which it counts the whole of a message:
// https://learn.microsoft.com/en-us/microsoftteams/limits-specifications-teams.
const maxCard = 27 << 10

// Config is a channel or a chat.
type Config struct {
	// URL is that of the workflow: a secret.
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
	if n.hook, err = post.NewHook(c.URL, c.HTTP); err != nil {
		return nil, fmt.Errorf("teams: %w", err)
	}
	return n, nil
}

// Notify implements notify.Notifier. That a workflow has taken a request (202) is all that Teams tells; what it does with
// it can be seen in its run history only.
func (n *Notifier) Notify(ctx context.Context, m *notify.Message) error {
	body, err := n.payload(m)
	if err != nil {
		return err
	}
	_, err = n.hook.Send(ctx, body)
	return err
}

// message is the body of a request, with one card attached:
// https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using.
type message struct {
	Type        string       `json:"type"`
	Attachments []attachment `json:"attachments"`
}

type attachment struct {
	ContentType string  `json:"contentType"`
	ContentURL  *string `json:"contentUrl"` // always null
	Content     card    `json:"content"`
}

type card struct {
	Schema   string      `json:"$schema"`
	Type     string      `json:"type"`
	Version  string      `json:"version"`
	Fallback string      `json:"fallbackText"`
	Body     []container `json:"body"`
	Teams    struct {
		Width string `json:"width"`
	} `json:"msteams"`
}

type container struct {
	Type      string     `json:"type"`
	Style     string     `json:"style,omitempty"`
	Bleed     bool       `json:"bleed,omitempty"`
	Separator bool       `json:"separator,omitempty"`
	Items     []richText `json:"items"`
}

type richText struct {
	Type    string `json:"type"`
	Inlines []run  `json:"inlines"`
}

type run struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	Size   string `json:"size,omitempty"`
	Weight string `json:"weight,omitempty"`
	Font   string `json:"fontType,omitempty"`
	Subtle bool   `json:"isSubtle,omitempty"`
}

// payload is the largest of some forms of the message that fits.
func (n *Notifier) payload(m *notify.Message) ([]byte, error) {
	var body []byte
	var err error
	for _, size := range []struct{ values, text int }{{20, 2000}, {10, 500}, {5, 200}, {2, 100}, {1, 30}} {
		o := n.form.Outline(notify.Brief(m, size.values, size.text))
		if body, err = post.JSON(layout(m, o, size.text)); err != nil {
			return nil, err
		}
		if len(body) <= maxCard {
			break
		}
	}
	return body, nil
}

// layout is the card, with a coloured title. A user's own body is bounded by limit as well.
func layout(m *notify.Message, o *notify.Outline, limit int) message {
	title := container{Type: "Container", Style: style(m), Bleed: true, Items: []richText{
		text(run{Text: notify.Clip(o.Subject, limit), Weight: "bolder", Size: "medium"}),
	}}
	var what container
	what.Type = "Container"
	for _, p := range o.Paragraphs {
		runs := []run{{Text: notify.Clip(p.Text, 5*limit)}}
		if p.Head != "" {
			runs = append([]run{{Text: p.Head + ": ", Weight: "bolder"}}, runs...)
		}
		what.Items = append(what.Items, text(runs...))
	}
	add := func(r run) {
		if r.Text != "" {
			what.Items = append(what.Items, text(r))
		}
	}
	add(run{Text: o.Facts, Font: "monospace"})
	add(run{Text: strings.Join(o.Parts, "\n")})
	if o.Silence != "" {
		add(run{Text: "To silence this rightly: " + o.Silence, Subtle: true})
	}
	add(run{Text: notify.Clip(o.Footer, 500), Size: "small", Subtle: true})
	c := card{
		Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4",
		Fallback: notify.Clip(o.Subject, 500), Body: []container{title, what},
	}
	c.Teams.Width = "Full"
	return message{Type: "message", Attachments: []attachment{{ContentType: "application/vnd.microsoft.card.adaptive", Content: c}}}
}

func text(runs ...run) richText {
	for i := range runs {
		runs[i].Type = "TextRun"
	}
	return richText{Type: "RichTextBlock", Inlines: runs}
}

// style is that of a container: https://adaptivecards.io/explorer/Container.html.
func style(m *notify.Message) string {
	if m.Resolved {
		return "good"
	}
	switch m.Severity {
	case notify.Critical, notify.High:
		return "attention"
	case notify.Medium:
		return "warning"
	}
	return "emphasis"
}
