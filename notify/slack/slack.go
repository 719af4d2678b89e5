// Package slack tells by an incoming webhook of Slack, with blocks.
//
// Nothing in a message is interpreted: it is plain text objects and one preformatted text, with the three characters
// escaped by which Slack's markup begins, so that nobody's name of a certificate mentions a channel or hides a link.
package slack

import (
	"context"
	"fmt"
	"strings"

	"pinwatch/notify"
	"pinwatch/notify/post"
)

// Limits, of which bytes are counted where Slack counts characters:
// https://docs.slack.dev/reference/block-kit/blocks/header-block,
// https://docs.slack.dev/reference/block-kit/composition-objects/text-object.
const (
	maxHeader = 150
	maxText   = 3000
	maxTop    = 3000 // of the text beside the blocks, which notifications show

	maxValues = 20 // of each fact, before the limit of a text is applied
)

// Config is a channel.
type Config struct {
	// URL is that of the incoming webhook: a secret.
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
		return nil, fmt.Errorf("slack: %w", err)
	}
	return n, nil
}

// Notify implements notify.Notifier. Slack has no way to tell a repeated message, nor to answer to an earlier one, by an
// incoming webhook.
func (n *Notifier) Notify(ctx context.Context, m *notify.Message) error {
	body, err := n.payload(m)
	if err != nil {
		return err
	}
	_, err = n.hook.Send(ctx, body)
	return err
}

// message is the body of a request. Links are neither made nor shown.
type message struct {
	Text        string  `json:"text"`
	Mrkdwn      bool    `json:"mrkdwn"`
	Blocks      []block `json:"blocks"`
	UnfurlLinks bool    `json:"unfurl_links"`
	UnfurlMedia bool    `json:"unfurl_media"`
}

type block struct {
	Type     string `json:"type"`
	Text     *text  `json:"text,omitempty"`
	Elements []text `json:"elements,omitempty"`
}

type text struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Emoji    *bool  `json:"emoji,omitempty"`
	Verbatim bool   `json:"verbatim,omitempty"`
}

func (n *Notifier) payload(m *notify.Message) ([]byte, error) {
	o := n.form.Outline(notify.Brief(m, maxValues, maxText))
	out := message{Text: notify.Fit(o.Subject, maxTop, escape)}
	add := func(kind string, t text) {
		if t.Text != "" {
			out.Blocks = append(out.Blocks, block{Type: kind, Text: &t})
		}
	}
	add("header", plain(o.Subject, maxHeader))
	if len(escape(o.Subject)) > maxHeader {
		add("section", plain(o.Subject, maxText))
	}
	for _, p := range o.Paragraphs {
		if p.Head != "" {
			p.Text = p.Head + ": " + p.Text
		}
		add("section", plain(p.Text, maxText))
	}
	add("section", preformatted(o.Facts))
	add("section", plain(strings.Join(o.Parts, "\n"), maxText))
	if o.Silence != "" {
		add("section", plain("To silence this rightly: "+o.Silence, maxText))
	}
	out.Blocks = append(out.Blocks, block{Type: "context", Elements: []text{plain(o.Footer, maxText)}})
	return post.JSON(out)
}

// plain is a text in which Slack interprets nothing.
func plain(s string, limit int) text {
	return text{Type: "plain_text", Text: notify.Fit(s, limit, escape), Emoji: new(false)}
}

// preformatted is a text in a font of fixed width. Verbatim, no link is made of what looks like one; and nothing but three
// backticks ends the preformatted part.
func preformatted(s string) text {
	const fence = "```"
	if s == "" {
		return text{}
	}
	s = strings.ReplaceAll(s, "`", "'")
	return text{Type: "mrkdwn", Verbatim: true, Text: fence + "\n" + notify.Fit(s, maxText-2*len(fence)-2, escape) + "\n" + fence}
}

// escape writes the characters by which links, mentions and entities begin and end
// (https://docs.slack.dev/messaging/formatting-message-text).
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
