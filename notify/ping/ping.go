package ping

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pinwatch/notify"
	"pinwatch/notify/post"
)

// The methods of requests.
const (
	POST = "POST" // with the status as plain text
	GET  = "GET"
)

const (
	defaultTimeout = 10 * time.Second
	maxBody        = 10_000 // in bytes: what healthchecks takes where its owner changes nothing
	maxValues      = 20     // of a fact
	maxText        = 1000   // of a text, in bytes
)

// Config is a service that waits for heartbeats.
type Config struct {
	// URL is pinged when all is well. It is a secret, and shown nowhere but for its host.
	URL string
	// FailURL is pinged when it is not; empty: URL with /fail at the end of its path.
	FailURL string
	// Method is POST (also when empty) or GET.
	Method string
	// HTTP says how requests are made. Its Timeout, for one attempt, is 10 s where it is 0.
	HTTP post.Config
}

// Notifier pings one service.
type Notifier struct {
	urls   map[string]string // by event
	method string
	client *post.Client
	pauses []time.Duration // between attempts
}

// New reads the configuration; nothing is contacted. Errors show no address.
func New(c Config) (*Notifier, error) {
	n := &Notifier{method: c.Method, pauses: []time.Duration{time.Second, 3 * time.Second}}
	switch c.Method {
	case "":
		n.method = POST
	case POST, GET:
	default:
		return nil, fmt.Errorf("heartbeat: method %q: one of %s, %s", c.Method, POST, GET)
	}
	if c.FailURL == "" {
		c.FailURL = below(c.URL, "fail")
	}
	n.urls = map[string]string{
		notify.EventOK: c.URL, notify.EventFailed: c.FailURL, notify.EventStart: below(c.URL, "start"),
	}
	for _, u := range n.urls {
		if err := post.CheckURL(u); err != nil {
			return nil, fmt.Errorf("heartbeat: %w", err)
		}
	}
	if c.HTTP.Timeout == 0 {
		c.HTTP.Timeout = defaultTimeout
	}
	var err error
	if n.client, err = post.New(c.HTTP); err != nil {
		return nil, fmt.Errorf("heartbeat: %w", err)
	}
	return n, nil
}

// below is rawURL with a word at the end of its path; what cannot be read comes back as it is.
func below(rawURL, word string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return rawURL
	}
	return u.JoinPath(word).String()
}

// Notify implements notify.Notifier for heartbeats, and for tests, which are told as a heartbeat that is well.
func (n *Notifier) Notify(ctx context.Context, m *notify.Message) error {
	event := m.Event
	switch {
	case m.Test:
		event = notify.EventOK
	case m.Kind != notify.Heartbeat:
		return notify.Permanent(fmt.Errorf("heartbeat: a message of the kind %s is none", m.Kind))
	case n.urls[event] == "":
		event = notify.EventFailed
	}
	var body []byte
	if n.method == POST {
		text := new(notify.Form).Body(notify.Brief(m, maxValues, maxText))
		body = []byte(notify.Clip(text, maxBody))
	}
	for attempt := 0; ; attempt++ {
		err := n.send(ctx, n.urls[event], body)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if attempt == len(n.pauses) || !worthwhile(err, n.pauses[attempt]) || !pause(ctx, n.pauses[attempt]) {
			return notify.Permanent(fmt.Errorf("heartbeat: %w", err))
		}
	}
}

// worthwhile says whether another attempt after a pause may help.
func worthwhile(err error, after time.Duration) bool {
	later, asked := errors.AsType[*notify.LaterError](err)
	_, refused := errors.AsType[refusedError](err)
	return !notify.IsPermanent(err) && !refused && (!asked || later.After <= after)
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// refusedError is an answer that says OK and means something else.
type refusedError struct{ said string }

func (e refusedError) Error() string { return "the answer is " + strconv.QuoteToASCII(e.said) }

// send makes one request. Healthchecks answers 200 also for a check that does not exist or is pinged too often, and says
// so in the body: OK (not found), OK (rate limited).
func (n *Notifier) send(ctx context.Context, rawURL string, body []byte) error {
	var answer *post.Response
	var err error
	if n.method == GET {
		answer, err = n.client.Get(ctx, rawURL, nil)
	} else {
		answer, err = n.client.Post(ctx, rawURL, map[string][]string{"Content-Type": {"text/plain; charset=utf-8"}}, body)
	}
	if err != nil {
		return err
	}
	if said := bytes.TrimSpace(answer.Body); bytes.HasPrefix(said, []byte("OK (")) {
		return refusedError{notify.Clip(strings.ToValidUTF8(string(said), "?"), 100)}
	}
	return nil
}
