package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// maxErrorBody is how much of an answer that is an error is read, so that its connection can be used again.
const maxErrorBody = 64 << 10

// get is one call of Client.Get.
type get struct {
	client   *Client
	operator *operator
	request  *Request
	room     func() []byte // nil once it was asked for
	dst      []byte        // what it returned
	patience time.Duration // what may still be spent in pauses
}

// follow makes one attempt, redirects included. Each hop passes the gate.
func (g *get) follow(ctx context.Context, u *url.URL) (Response, error) {
	for hop := 1; ; hop++ {
		t, err := g.operator.start(ctx, g.request.Log, loopback(u), &g.patience)
		if err != nil {
			return Response{}, fmt.Errorf("get %s: %w", u.Redacted(), err)
		}
		resp, next, err := g.ask(ctx, u)
		if next != nil {
			err = g.client.admitsRedirect(u, next, hop)
		}
		g.finish(ctx, t, err, next != nil)
		if err != nil || next == nil {
			return resp, err
		}
		u = next
	}
}

func (g *get) finish(ctx context.Context, t ticket, err error, redirected bool) {
	v, wait := judge(err)
	if v == success && redirected || v != success && ctx.Err() != nil {
		v = unknown
	}
	if g.operator.finish(t, v, wait, err) {
		g.client.config.Logger.Warn("operator slowed down", "operator", g.operator.key, "error", err)
	}
}

// ask makes one request: an answer, or where to ask instead, or an error.
func (g *get) ask(ctx context.Context, u *url.URL) (_ Response, next *url.URL, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall := time.AfterFunc(g.client.config.HeaderTimeout, func() { cancel(ErrStalled) })
	defer stall.Stop()
	defer func() {
		if err != nil && errors.Is(context.Cause(ctx), ErrStalled) {
			err = ErrStalled
		}
		var status *StatusError
		if err != nil && !errors.As(err, &status) {
			err = fmt.Errorf("get %s: %w", u.Redacted(), err)
		}
	}()
	req := (&http.Request{
		Method: http.MethodGet, URL: u, Host: u.Host, Header: g.header(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	answer, err := g.client.transport.RoundTrip(req)
	if err != nil {
		return Response{}, nil, err
	}
	defer answer.Body.Close()
	stall.Reset(g.client.config.StallTimeout)
	b := &body{client: g.client, source: answer.Body, stall: stall}
	if g.client.bytes != nil {
		b.throttle = func(n int) error { return g.client.bytes.WaitN(ctx, n) }
	}
	return g.read(u, answer, b)
}

// header is shared by all requests that need nothing special; transports do not change it.
func (g *get) header() http.Header {
	r := g.request
	if !r.Fresh && r.ETag == "" && r.LastModified == "" {
		return g.client.plain
	}
	h := g.client.plain.Clone()
	if r.Fresh {
		h.Set("Cache-Control", "no-cache")
		h.Set("Pragma", "no-cache")
	}
	if r.ETag != "" {
		h.Set("If-None-Match", r.ETag)
	}
	if r.LastModified != "" {
		h.Set("If-Modified-Since", r.LastModified)
	}
	return h
}

// into is what the body is appended to.
func (g *get) into() []byte {
	if g.room != nil {
		g.dst, g.room = g.room(), nil
	}
	return g.dst
}

func (g *get) read(u *url.URL, answer *http.Response, b *body) (Response, *url.URL, error) {
	resp := Response{ETag: answer.Header.Get("ETag"), LastModified: answer.Header.Get("Last-Modified")}
	switch code := answer.StatusCode; {
	case code == http.StatusOK:
		var err error
		resp.Body, err = b.read(answer, g.into, g.request.MaxBytes)
		if err == nil && isHTML(answer.Header.Get("Content-Type"), resp.Body[len(g.dst):]) {
			err = fmt.Errorf("%w: %s", ErrHTML, snippet(resp.Body[len(g.dst):]))
		}
		return resp, nil, err
	case code == http.StatusNotModified && (g.request.ETag != "" || g.request.LastModified != ""):
		resp.NotModified = true
		return resp, nil, nil
	case code == 301 || code == 302 || code == 303 || code == 307 || code == 308:
		_, _ = io.CopyN(io.Discard, b, maxErrorBody)
		next, err := u.Parse(answer.Header.Get("Location"))
		if err != nil {
			err = fmt.Errorf("%w: %w", ErrRedirect, err)
		}
		return resp, next, err
	}
	return resp, nil, statusError(u, answer, b)
}

func statusError(u *url.URL, answer *http.Response, b *body) error {
	// What cannot be read of an error's body is not missed.
	page, _ := b.read(answer, func() []byte { return nil }, maxErrorBody)
	return &StatusError{
		URL:        u.Redacted(),
		Code:       answer.StatusCode,
		RetryAfter: retryAfter(answer.Header, time.Now()),
		Snippet:    snippet(page),
	}
}

// isHTML recognises the pages that proxies and error handlers send with status 200.
func isHTML(contentType string, page []byte) bool {
	page = bytes.TrimLeft(page[:min(len(page), snippetBytes)], " \t\r\n\ufeff")
	if len(page) == 0 || page[0] != '<' {
		return false
	}
	kind, _, _ := bytes.Cut(bytes.ToLower([]byte(contentType)), []byte(";"))
	page = bytes.ToLower(page)
	return string(bytes.TrimSpace(kind)) == "text/html" ||
		bytes.HasPrefix(page, []byte("<!doctype html")) || bytes.HasPrefix(page, []byte("<html"))
}
