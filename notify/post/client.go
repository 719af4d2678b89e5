package post

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"pinwatch/notify"
)

// maxBody bounds how much of an answer's body is read, in bytes.
const maxBody = 64 << 10

// Response is what a server answered.
type Response struct {
	Code   int
	Header http.Header
	Body   []byte // the first 64 KiB
}

// Post sends body to rawURL. The response is there whenever an answer came, also beside an error; what errors mean is
// told at the package. A name and password in the URL become basic authentication, unless header has its own.
func (c *Client) Post(ctx context.Context, rawURL string, header http.Header, body []byte) (*Response, error) {
	return c.do(ctx, http.MethodPost, rawURL, header, body)
}

// Get is Post without a body, and with the method GET.
func (c *Client) Get(ctx context.Context, rawURL string, header http.Header) (*Response, error) {
	return c.do(ctx, http.MethodGet, rawURL, header, nil)
}

func (c *Client) do(ctx context.Context, method, rawURL string, header http.Header, body []byte) (*Response, error) {
	u, err := parse(rawURL)
	if err != nil {
		return nil, notify.Permanent(err)
	}
	late := fmt.Errorf("no whole answer within %v: %w", c.timeout, context.DeadlineExceeded)
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, late)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, notify.Permanent(fmt.Errorf("%s: the request cannot be made", u.Host))
	}
	c.setHeaders(req, u, header)
	veil := veil{u, req.Header}

	// The transport alone, not an http.Client: it follows nothing, and keeps no cookies.
	answer, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, veil.hide(ctx, u.Host, err)
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	response := &Response{Code: answer.StatusCode, Header: answer.Header, Body: read}
	if err := c.judge(u, veil, response); err != nil {
		return response, err
	}
	if err != nil {
		// Whoever breaks off in the middle of an answer may have broken off in the middle of taking the message over.
		return response, veil.hide(ctx, u.Host, fmt.Errorf("read the answer: %w", err))
	}
	return response, nil
}

func (c *Client) setHeaders(req *http.Request, u *url.URL, header http.Header) {
	for name, values := range header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if _, given := req.Header["User-Agent"]; !given {
		req.Header.Set("User-Agent", c.agent) // not sent when empty
	}
	if u.User != nil && req.Header.Get("Authorization") == "" {
		password, _ := u.User.Password()
		req.SetBasicAuth(u.User.Username(), password)
	}
	if _, given := req.Header["Idempotency-Key"]; !given {
		// Not sent when empty. It tells the transport that the request may be repeated at once when a connection that
		// was kept open turns out to be closed; messages may be repeated by contract.
		req.Header["Idempotency-Key"] = nil
	}
}

// judge is what the status of an answer means, as told at the package.
func (c *Client) judge(u *url.URL, veil veil, r *Response) error {
	if r.Code >= 200 && r.Code <= 299 {
		return nil
	}
	err := &StatusError{Host: u.Host, Code: r.Code, Snippet: veil.snippet(r.Body)}
	switch r.Code {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusRequestHeaderFieldsTooLarge:
		return notify.Permanent(err)
	}
	if after := min(retryAfter(r.Header, c.now()), maxRetryAfter); after > 0 {
		return notify.Later(after, err)
	}
	return err
}

// StatusError is an answer that is not 2xx.
type StatusError struct {
	Host string
	Code int
	// Snippet is the beginning of the body, escaped to printable ASCII, without what stood in the address or in headers
	// of the request.
	Snippet string
}

// Error names the host and the status, and shows the beginning of the body.
func (e *StatusError) Error() string {
	s := fmt.Sprintf("%s answers %d", e.Host, e.Code)
	if text := http.StatusText(e.Code); text != "" {
		s += " " + text
	}
	if e.Code >= 300 && e.Code <= 399 {
		s += ", which is not followed: configure the address it leads to"
	}
	if e.Snippet != "" {
		s += ": " + e.Snippet
	}
	return s
}
