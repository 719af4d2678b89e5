package post

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"pinwatch/notify/trust"
)

const (
	// DefaultTimeout bounds a request from the first byte sent to the last byte read.
	DefaultTimeout = 15 * time.Second

	// Direct as a Config's Proxy means that none is used, whatever the environment says.
	Direct = "direct"

	maxHeaders  = 64 << 10 // of an answer, in bytes
	idleTimeout = time.Minute
)

// Config says how requests are made. The zero Config is usable.
type Config struct {
	// Timeout bounds a request as a whole; 0 is DefaultTimeout.
	Timeout time.Duration
	// Proxy is the URL of a proxy (http, https, socks5, socks5h), which may hold a password; empty: as the environment
	// says (HTTPS_PROXY, HTTP_PROXY, NO_PROXY); Direct: none.
	Proxy string
	// ClientCert and ClientKey, in PEM, identify us to a server that asks for a certificate. Both or none.
	ClientCert, ClientKey []byte
	// CA holds certificates in PEM. Where given, only they are trusted, and not the system's.
	CA []byte
	// UserAgent is the header of that name; empty: none is sent.
	UserAgent string
	// Now is the clock by which a Retry-After with a date is read, where the server gives no Date of its own; nil:
	// time.Now.
	Now func() time.Time
}

// Client makes requests, and keeps connections open between them. It is safe for concurrent use.
type Client struct {
	transport *http.Transport
	timeout   time.Duration
	agent     string
	now       func() time.Time
}

// New reads the configuration; nothing is contacted. Errors name what is wrong and never show its value.
func New(c Config) (*Client, error) {
	tlsConfig, err := trust.TLS(c.CA, c.ClientCert, c.ClientKey)
	if err != nil {
		return nil, err
	}
	proxy, err := newProxy(c.Proxy)
	if err != nil {
		return nil, err
	}
	if c.Timeout < 0 {
		return nil, fmt.Errorf("timeout: %v is negative", c.Timeout)
	}
	client := &Client{timeout: c.Timeout, agent: c.UserAgent, now: c.Now, transport: &http.Transport{
		Proxy:                  proxy,
		TLSClientConfig:        tlsConfig,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // answers are short, and a bound on them is one on what arrives
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaders,
	}}
	if client.timeout == 0 {
		client.timeout = DefaultTimeout
	}
	if client.now == nil {
		client.now = time.Now
	}
	return client, nil
}

func newProxy(proxy string) (func(*http.Request) (*url.URL, error), error) {
	switch proxy {
	case "":
		return http.ProxyFromEnvironment, nil
	case Direct:
		return nil, nil
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("proxy: not a URL with a host, such as http://proxy.example.com:3128")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return http.ProxyURL(u), nil
	}
	return nil, errors.New("proxy: the scheme is none of http, https, socks5, socks5h")
}

// CheckURL says whether rawURL can be posted to. The error shows nothing of it.
func CheckURL(rawURL string) error {
	_, err := parse(rawURL)
	return err
}

// parse is url.Parse for absolute HTTP addresses, with errors that show nothing of them.
func parse(rawURL string) (*url.URL, error) {
	u, err := url.Parse(rawURL)
	switch {
	case err != nil:
		return nil, errors.New("the URL cannot be read")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the URL does not begin with https:// or http://")
	case u.Hostname() == "":
		return nil, errors.New("the URL has no host")
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}
