package loglist

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
)

// maxURL bounds a URL; the longest real one has 70 bytes.
const maxURL = 1024

// place is where a list came from, as far as that decides what URLs it may name.
type place struct {
	file     bool   // a file: may name file: URLs
	loopback bool   // a file or this machine: may name logs on this machine, and those without TLS
	dir      string // absolute directory of the file, "" when unknown
}

// placeOf takes a source of Parse apart.
func placeOf(source string) place {
	u, err := url.Parse(source)
	switch {
	case err == nil && isWeb(u):
		return place{loopback: isLoopback(u)}
	case source == "" || err != nil && strings.Contains(source, "://"):
		return place{}
	}
	p := place{file: true, loopback: true}
	if filepath.IsAbs(source) {
		p.dir = filepath.Dir(source)
	}
	return p
}

func isWeb(u *url.URL) bool { return u.Scheme == "https" || u.Scheme == "http" }

// isLoopback says whether the URL's host is this machine, as far as its text tells.
func isLoopback(u *url.URL) bool {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		addr = addr.Unmap()
		return addr.IsLoopback() || addr.IsUnspecified()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// web checks a URL prefix that is read over HTTP and returns it with one trailing slash. A list from elsewhere may not
// send us to this machine, and only logs on this machine go without TLS.
func (p place) web(field, raw string) (string, error) {
	u, err := parseURL(field, raw)
	if err != nil {
		return "", err
	}
	if !isWeb(u) {
		return "", fmt.Errorf("%s %q is not https", field, raw)
	}
	if err := checkWeb(u); err != nil {
		return "", fmt.Errorf("%s %q %w", field, raw, err)
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", fmt.Errorf("%s %q has a query or fragment", field, raw)
	}
	if isLoopback(u) && !p.loopback {
		return "", fmt.Errorf("%s %q is on this machine and the list is not", field, raw)
	}
	return strings.TrimRight(raw, "/") + "/", nil
}

// checkWeb says what is wrong with the URL of a log or list; the sentence begins with the URL.
func checkWeb(u *url.URL) error {
	switch {
	case u.Scheme == "http" && !isLoopback(u):
		return errors.New("is not https")
	case u.Opaque != "" || u.Hostname() == "":
		return errors.New("has no host")
	case u.User != nil:
		return errors.New("has a user name in it")
	}
	return nil
}

// webOrFile is web, and for lists from a file also file: URLs, of which it returns the absolute form.
func (p place) webOrFile(field, raw string) (string, error) {
	u, err := parseURL(field, raw)
	if err != nil {
		return "", err
	}
	if u.Scheme != "file" {
		return p.web(field, raw)
	}
	if !p.file {
		return "", fmt.Errorf("%s %q is a file and the list is not", field, raw)
	}
	path, err := filePath(u)
	if err != nil {
		return "", fmt.Errorf("%s %q %w", field, raw, err)
	}
	if !filepath.IsAbs(path) {
		if p.dir == "" {
			return "", fmt.Errorf("%s %q is relative and the list's directory is not known", field, raw)
		}
		path = filepath.Join(p.dir, path)
	}
	abs := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Clean(path))}
	return strings.TrimRight(abs.String(), "/") + "/", nil
}

// filePath is the path in a file: URL: file:///absolute, file:relative or file:./relative.
func filePath(u *url.URL) (string, error) {
	if u.Host != "" && u.Host != "localhost" {
		return "", errors.New("names another host")
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", errors.New("has a query or fragment")
	}
	path := u.Path
	if u.Opaque != "" {
		var err error
		if path, err = url.PathUnescape(u.Opaque); err != nil {
			return "", errors.New("cannot be unescaped")
		}
	}
	if path == "" || strings.ContainsRune(path, 0) {
		return "", errors.New("has no path")
	}
	return filepath.FromSlash(path), nil
}

// parseURL bounds and splits a URL.
func parseURL(field, raw string) (*url.URL, error) {
	if raw == "" {
		return nil, fmt.Errorf("no %s", field)
	}
	if len(raw) > maxURL {
		return nil, fmt.Errorf("%s has more than %d bytes", field, maxURL)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%s %q is not a URL", field, raw)
	}
	return u, nil
}
