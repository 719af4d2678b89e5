package post

import (
	"context"
	"net/http"
)

// Hook is an address that takes messages as JSON.
type Hook struct {
	url    string
	client *Client
}

// NewHook reads the address, which is a secret, and how it is reached; nothing is contacted. Errors show no secret.
func NewHook(url string, c Config) (*Hook, error) {
	if err := CheckURL(url); err != nil {
		return nil, err
	}
	client, err := New(c)
	if err != nil {
		return nil, err
	}
	return &Hook{url: url, client: client}, nil
}

// Send posts a body of JSON, as Client.Post does.
func (h *Hook) Send(ctx context.Context, body []byte) (*Response, error) {
	return h.client.Post(ctx, h.url, http.Header{"Content-Type": {"application/json"}}, body)
}
