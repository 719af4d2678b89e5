// Package shout tells by the URLs of the library shoutrrr: ntfy://, gotify://, telegram://, matrix://, opsgenie:// and some
// twenty more, for services that have no receiver of their own here. It is the least of the receivers: the library knows
// no context, is silent about what an error means, and puts secrets into its errors. So a message is short, whatever the
// service; every error is tried again; and errors are shown without anything that stands in the URL or might be a token.
package shout

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"pinwatch/notify"
)

const (
	// DefaultTimeout bounds the sending of a message.
	DefaultTimeout = 30 * time.Second
	// DefaultSize bounds a text in bytes: what the least of the services take (Pushover: 1024 characters).
	DefaultSize = 1000

	maxSize    = 64 << 10
	maxSubject = 200
	maxValues  = 10 // of each fact, before the size is applied
)

// Config is a service and who is told there.
type Config struct {
	// URL is as shoutrrr documents for the service: a secret.
	URL string
	// Timeout bounds the sending of a message; 0 is DefaultTimeout.
	Timeout time.Duration
	// Size bounds the text in bytes, up to 64 KiB; 0 is DefaultSize.
	Size int
	// Form makes subject and body; nil: the house's. A template may hold the markup of the service.
	Form *notify.Form
}

// Notifier tells one service.
type Notifier struct {
	url, scheme string
	veil        veil
	timeout     time.Duration
	size        int
	form        *notify.Form
	busy        chan struct{} // holds one while the library is at work
}

// New reads the configuration; nothing is contacted. Errors show nothing of the URL but its scheme.
func New(c Config) (*Notifier, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme == "" {
		return nil, errors.New("url: it cannot be read; it begins with the name of a service and ://")
	}
	n := &Notifier{
		url: c.URL, timeout: c.Timeout, size: c.Size, form: c.Form, veil: newVeil(c.URL, u), busy: make(chan struct{}, 1),
	}
	n.scheme, _, _ = strings.Cut(strings.ToLower(u.Scheme), "+")
	known := slices.DeleteFunc(new(router.ServiceRouter).ListServices(), func(s string) bool { return s == "logger" })
	slices.Sort(known)
	switch {
	case !slices.Contains(known, n.scheme):
		return nil, fmt.Errorf("url: the service %q is none of %s", notify.Clip(notify.Line(n.scheme), 40), strings.Join(known, ", "))
	case n.timeout < 0:
		return nil, fmt.Errorf("url: timeout: %v is negative", n.timeout)
	case n.size < 0 || n.size > maxSize:
		return nil, fmt.Errorf("url: size: %d is not from 1 to %d bytes", n.size, maxSize)
	}
	if n.timeout == 0 {
		n.timeout = DefaultTimeout
	}
	if n.size == 0 {
		n.size = DefaultSize
	}
	if n.form == nil {
		n.form = &notify.Form{}
	}
	if n.scheme == "matrix" && u.User.Username() != "" {
		return n, nil // the library logs in where others only read the URL
	}
	if _, err = n.locate(); err != nil {
		return nil, n.explain(err)
	}
	return n, nil
}

// locate makes the service, anew for each message: some keep headers of the last one, title included. The library may
// panic at an odd URL.
func (n *Notifier) locate() (service types.Service, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the library gave up: %v", r)
		}
	}()
	return new(router.ServiceRouter).Locate(n.url)
}

// Notify implements notify.Notifier. A send that takes too long goes on behind our back; until it has ended, which is up to
// the other side, there is no other, so that they do not pile up.
func (n *Notifier) Notify(ctx context.Context, m *notify.Message) error {
	subject, text := n.text(m)
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	if ctx.Err() != nil {
		return fmt.Errorf("url: %s: %w", n.scheme, context.Cause(ctx))
	}
	select {
	case n.busy <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("url: %s: an earlier message hangs: %w", n.scheme, context.Cause(ctx))
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-n.busy }()
		done <- n.send(subject, text)
	}()
	select {
	case err := <-done:
		if err != nil {
			return n.explain(err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("url: %s: %w", n.scheme, context.Cause(ctx))
	}
}

// send has the library to itself.
func (n *Notifier) send(subject, text string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the library gave up: %v", r)
		}
	}()
	service, err := n.locate()
	if err != nil {
		return err
	}
	params := types.Params{}
	if n.titled() {
		params.SetTitle(subject)
	} else {
		text = notify.Clip(subject+"\n"+text, n.size)
	}
	return service.Send(text, &params)
}

// titled says whether the service shows a title as one, and as nothing else.
func (n *Notifier) titled() bool {
	return slices.Contains([]string{
		"bark", "generic", "gotify", "join", "mattermost", "ntfy", "opsgenie", "pushbullet", "pushover", "smtp",
	}, n.scheme)
}

func (n *Notifier) text(m *notify.Message) (subject, text string) {
	tamed := tame(notify.Brief(m, maxValues, n.size))
	return notify.Clip(n.form.Subject(tamed), maxSubject), notify.Clip(notify.Plain(n.form.Body(tamed)), n.size)
}

// tame writes what strangers may have written in a message so that no service takes it for a mention or markup: each has
// a syntax of its own, and the library escapes for none.
func tame(m *notify.Message) *notify.Message {
	replace := strings.NewReplacer("@", "\uff20", "<", "\u2039", ">", "\u203a", "](", "] (").Replace
	all := func(in []string) []string {
		out := make([]string, len(in))
		for i, s := range in {
			out[i] = replace(s)
		}
		return out
	}
	for _, s := range []*string{&m.Title, &m.Text, &m.Why, &m.Next, &m.Silence, &m.Event, &m.Watch, &m.Verdict, &m.ID, &m.Thread} {
		*s = replace(*s)
	}
	m.Labels = all(m.Labels)
	for i := range m.Facts {
		m.Facts[i] = notify.Fact{Name: replace(m.Facts[i].Name), Values: all(m.Facts[i].Values)}
	}
	for i := range m.Parts {
		m.Parts[i].Title = replace(m.Parts[i].Title)
	}
	return m
}
