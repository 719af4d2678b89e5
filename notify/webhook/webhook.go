package webhook

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"pinwatch/notify"
	"pinwatch/notify/post"
)

// The formats of a body.
const (
	JSON        = "json"        // the Message
	CloudEvents = "cloudevents" // structured mode, the Message as data
)

const (
	// maxBody bounds a body, in bytes: less than what servers refuse as they are installed (nginx: 1 MiB).
	maxBody = 256 << 10
	// smallBody bounds the body for a server that refused a larger one, in bytes: the size that Standard Webhooks
	// recommends is "smaller than 20kb".
	smallBody = 16 << 10

	tooLarge = 413
)

// Config is a webhook.
type Config struct {
	// URL is where to post to. It is a secret, and is shown nowhere but for its host.
	URL string
	// Format is JSON (also when empty) or CloudEvents.
	Format string
	// Secrets sign the messages, each on its own, so that a secret can be changed without a gap: whsec_ and 24 to 64
	// bytes in base64. None: nothing is signed.
	Secrets []string
	// Header has more headers, such as Authorization.
	Header map[string]string
	// Source is the source of CloudEvents, a URI reference; empty: pinwatch.
	Source string
	// HTTP says how requests are made.
	HTTP post.Config
	// Now is the clock: signatures carry the time.
	Now func() time.Time
}

// Notifier tells one webhook.
type Notifier struct {
	url    string
	encode func(m *notify.Message, limit int) ([]byte, error)
	keys   []key
	header map[string][]string
	client *post.Client
	now    func() time.Time
}

// ours are headers that a configuration cannot set: those of the message, and those that say where it ends.
var ours = []string{
	"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature", "Content-Type", "Content-Length", "Content-Encoding",
	"Transfer-Encoding", "Connection", "Host", "Trailer", "Upgrade", "Te",
}

// New reads the configuration; nothing is contacted. Errors show no secret.
func New(c Config) (*Notifier, error) {
	if c.Now == nil {
		return nil, errors.New("webhook: no clock")
	}
	if err := post.CheckURL(c.URL); err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	n := &Notifier{url: c.URL, now: c.Now, header: map[string][]string{}}
	switch c.Format {
	case "", JSON:
		n.header["Content-Type"] = []string{"application/json"}
		n.encode = notify.Encode
	case CloudEvents:
		source, err := newSource(c.Source)
		if err != nil {
			return nil, fmt.Errorf("webhook: %w", err)
		}
		n.header["Content-Type"] = []string{"application/cloudevents+json; charset=utf-8"}
		n.encode = source.encode
	default:
		return nil, fmt.Errorf("webhook: format %q: one of %s, %s", c.Format, JSON, CloudEvents)
	}
	for i, secret := range c.Secrets {
		k, err := parseSecret(secret)
		if err != nil {
			return nil, fmt.Errorf("webhook: secret %d: %w", i+1, err)
		}
		n.keys = append(n.keys, k)
	}
	if err := n.setHeader(c.Header); err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	if c.HTTP.Now == nil {
		c.HTTP.Now = c.Now
	}
	var err error
	if n.client, err = post.New(c.HTTP); err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	return n, nil
}

func (n *Notifier) setHeader(header map[string]string) error {
	for name, value := range header {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return fmt.Errorf("header %q: not a name of a header", name)
		case !httpguts.ValidHeaderFieldValue(value):
			return fmt.Errorf("header %s: its value has control characters", canonical)
		case slices.Contains(ours, canonical):
			return fmt.Errorf("header %s: it is set by the webhook itself", canonical)
		}
		n.header[canonical] = []string{value}
	}
	return nil
}

// Notify implements notify.Notifier. To a server that finds the message too large a short form is sent at once.
func (n *Notifier) Notify(ctx context.Context, m *notify.Message) error {
	code, err := n.send(ctx, m, maxBody)
	if code == tooLarge {
		_, err = n.send(ctx, m, smallBody)
	}
	return err
}

// send posts m in at most limit bytes; the answer's status is 0 where there was none.
func (n *Notifier) send(ctx context.Context, m *notify.Message, limit int) (code int, err error) {
	body, err := n.encode(m, limit)
	if err != nil {
		return 0, err
	}
	header := maps.Clone(n.header)
	id, stamp := headerID(m.ID), strconv.FormatInt(n.now().Unix(), 10)
	header["Webhook-Id"] = []string{id}
	header["Webhook-Timestamp"] = []string{stamp}
	if len(n.keys) > 0 {
		header["Webhook-Signature"] = []string{signatures(n.keys, id, stamp, body)}
	}
	answer, err := n.client.Post(ctx, n.url, header, body)
	if answer != nil {
		code = answer.Code
	}
	return code, err
}

// headerID is a message's ID as a header can hold it: no full stop, which separates it from the timestamp in what is
// signed, and nothing that could end the header.
func headerID(id string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '_'
	}, id)
}
