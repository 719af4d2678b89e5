package fetch

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Admits says why the address may not be asked, if so: it is no http(s) URL, or on another machine and there is no
// contact (ErrNoContact). Get would fail in the same way.
func (c *Client) Admits(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	return c.admits(u)
}

// admits says why u may not be asked, if so.
func (c *Client) admits(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("scheme %q is not http or https", u.Scheme)
	}
	if u.Hostname() == "" {
		return errors.New("the URL has no host")
	}
	if c.config.Contact == "" && !loopback(u) {
		return ErrNoContact
	}
	return nil
}

// maxRedirects bounds the redirects of one attempt.
const maxRedirects = 3

// admitsRedirect says why the server at from may not send us to to, if so: not too often, not away from https, and not
// from outside to an address of this machine or its network.
func (c *Client) admitsRedirect(from, to *url.URL, hop int) error {
	err := c.admits(to)
	switch {
	case err != nil:
	case hop > maxRedirects:
		err = fmt.Errorf("more than %d", maxRedirects)
	case from.Scheme == "https" && to.Scheme != "https":
		err = fmt.Errorf("from https to %s", to.Redacted())
	case inside(to) && !inside(from):
		err = fmt.Errorf("to an inside address: %s", to.Redacted())
	default:
		return nil
	}
	return fmt.Errorf("get %s: %w: %w", from.Redacted(), ErrRedirect, err)
}

// loopback says whether u names this machine.
func loopback(u *url.URL) bool {
	host := u.Hostname()
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// inside says whether u names this machine or an address that only its network has.
func inside(u *url.URL) bool {
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return loopback(u)
	}
	addr = addr.Unmap()
	return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || addr.IsUnspecified()
}
