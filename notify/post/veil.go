package post

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// shortestSecret is the length from which a part of an address is hidden, in bytes. Shorter ones are words such as
	// "api" or "v1".
	shortestSecret = 6
	// maxSnippet bounds how much of a body an error shows, in bytes.
	maxSnippet = 200
	// maxError bounds the text of a failed connection, which may quote the other side; in bytes.
	maxError = 400
)

// veil hides what is secret about a request in texts that come from elsewhere: a server may well say
// "no such page: /services/T0/B0/token".
type veil struct {
	url    *url.URL
	header http.Header
}

// secrets are the parts of the address behind the host, and the values of the headers that may be a key; the longest
// first, so that one is not broken up by a shorter part of it.
func (v veil) secrets() []string {
	var all []string
	add := func(parts ...string) {
		for _, p := range parts {
			if len(p) >= shortestSecret {
				all = append(all, p)
			}
		}
	}
	u := v.url
	add(u.Path, u.EscapedPath(), u.RawQuery)
	add(strings.FieldsFunc(u.Path, isSlash)...)
	add(strings.FieldsFunc(u.EscapedPath(), isSlash)...)
	add(strings.FieldsFunc(u.RawQuery, func(r rune) bool { return r == '&' || r == '=' })...)
	for _, values := range u.Query() {
		add(values...)
	}
	if u.User != nil {
		password, _ := u.User.Password()
		add(u.User.Username(), password)
	}
	for name, values := range v.header {
		if name != "User-Agent" && name != "Content-Type" {
			for _, value := range values {
				add(value)
				add(strings.Fields(value)...)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

func isSlash(r rune) bool { return r == '/' }

// over is s with three stars for each secret, in whatever case its ASCII letters are.
func (v veil) over(s string) string {
	for _, secret := range v.secrets() {
		s = hideAll(s, secret)
	}
	return s
}

func hideAll(s, secret string) string {
	var b strings.Builder
	lower, secret := lowerASCII(s), lowerASCII(secret)
	for {
		before, after, found := strings.Cut(lower, secret)
		if !found {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:len(before)] + "***")
		s, lower = s[len(s)-len(after):], after
	}
}

// lowerASCII is s with its ASCII letters in lower case, and as long as s.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// snippet is the beginning of a body, safe to show.
func (v veil) snippet(body []byte) string {
	s := strings.Join(strings.Fields(v.over(string(body))), " ")
	if s == "" {
		return ""
	}
	return strconv.QuoteToASCII(s[:min(len(s), maxSnippet)])
}

// hide names the host that err is about, and hides what err tells about the address. Where ctx has ended, that is told.
func (v veil) hide(ctx context.Context, host string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	text := strings.Map(printable, v.over(err.Error()))
	return &hiddenError{text: host + ": " + text[:min(len(text), maxError)], cause: err}
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}

// hiddenError shows an error without its secrets; the cause is there for errors.Is and errors.As.
type hiddenError struct {
	text  string
	cause error
}

func (e *hiddenError) Error() string { return e.text }

func (e *hiddenError) Unwrap() error { return e.cause }
