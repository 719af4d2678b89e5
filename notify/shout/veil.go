package shout

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"pinwatch/notify"
)

const (
	shortestSecret = 3   // bytes of a word of the URL that is hidden
	maxShown       = 200 // bytes of an error
)

// veil are the words of a URL, the longest first.
type veil []string

// word is what a URL is made of; services put it together anew.
var word = regexp.MustCompile(`[\pL\pN]+`)

// suspect is what may be a secret in another form: an address, or a token such as the base64 of a name and a password.
var suspect = regexp.MustCompile(`\S*://\S*|[A-Za-z0-9_+/=%.-]{20,}`)

func newVeil(raw string, u *url.URL) veil {
	var v veil
	forms := []string{raw, u.Host, u.Path, u.Fragment}
	if u.User != nil {
		password, _ := u.User.Password()
		forms = append(forms, u.User.Username(), password)
	}
	if query, err := url.QueryUnescape(u.RawQuery); err == nil {
		forms = append(forms, query)
	}
	for _, form := range forms {
		for _, w := range word.FindAllString(strings.TrimPrefix(form, u.Scheme), -1) {
			if len(w) >= shortestSecret {
				v = append(v, w)
			}
		}
	}
	slices.SortFunc(v, func(a, b string) int { return len(b) - len(a) })
	return v
}

// over is s without the words, in whatever case, and without what may be a secret in another form.
func (v veil) over(s string) string {
	s = suspect.ReplaceAllString(notify.Line(s), "***")
	return word.ReplaceAllStringFunc(s, func(w string) string {
		lower := strings.ToLower(w)
		for _, secret := range v {
			if strings.Contains(lower, strings.ToLower(secret)) {
				return "***"
			}
		}
		return w
	})
}

// explain is an error of the library that can be shown. Its cause is not kept: it would show itself.
func (n *Notifier) explain(err error) error {
	return fmt.Errorf("url: %s: %w", n.scheme, errors.New(notify.Clip(n.veil.over(err.Error()), maxShown)))
}
