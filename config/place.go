package config

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ParseStore reads the name of a database: "sqlite:" and a path. A relative path starts from dir.
func ParseStore(s, dir string) (string, error) {
	scheme, path, found := strings.Cut(s, ":")
	switch {
	case !found, filepath.IsAbs(s), strings.ContainsAny(scheme, `/\.`):
		return "", hinted("write "+quote("sqlite:"+s), "%s does not say what kind of store it is", quote(s))
	case scheme != "sqlite":
		return "", hinted("this version has sqlite only, such as "+DefaultStore, "%s is not a kind of store", quote(scheme))
	case path == "" || strings.HasSuffix(path, "/"):
		return "", hinted("write for example "+DefaultStore, "%s names no file", quote(s))
	case strings.ContainsAny(path, "?#\x00"):
		return "", hinted("choose a path without '?', '#' and NUL", "%s cannot name a database", quote(s))
	}
	return "sqlite:" + under(dir, path), nil
}

// under is path, from dir on where it is relative.
func under(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func (p *parser) store(n *yaml.Node, where string) string {
	s, ok := p.text(n, where)
	if !ok {
		return ""
	}
	dsn, err := ParseStore(s, p.dir)
	p.fail(n, where, err)
	return dsn
}

func (p *parser) storePath(s string) string {
	dsn, err := ParseStore(s, p.dir)
	p.fail(nil, "store", err) // the directory of the file may make a name that no database can have
	return dsn
}

// ParseList reads the place of a log list: an http(s) URL, a file: URL or a path. Relative paths start from dir.
func ParseList(s, dir string) (string, error) {
	scheme, _, found := strings.Cut(s, ":")
	switch scheme = strings.ToLower(scheme); {
	case s == "":
		return "", errors.New("an empty name")
	case found && (scheme == "http" || scheme == "https"):
		return s, checkURL(s)
	case found && scheme == "file":
		return fileURL(s, dir)
	case strings.Contains(s, "://"):
		return "", fmt.Errorf("%s is neither an http(s) URL nor a file", quote(s))
	}
	return under(dir, s), nil
}

// fileURL makes a file: URL absolute. "file:log/" and "file://./log/" start from dir; "file:/var/log/",
// "file:///var/log/" and "file://localhost/var/log/" are absolute.
func fileURL(s, dir string) (string, error) {
	rest := s[len("file:"):]
	if after, found := strings.CutPrefix(rest, "//"); found {
		host, path, _ := strings.Cut(after, "/")
		switch host {
		case "", "localhost":
			rest = "/" + path
		case ".", "..":
			rest = after
		default:
			return "", hinted("write file:path for a relative path, file:///path for an absolute one",
				"%s names a file of the machine %s", quote(s), quote(host))
		}
	}
	path, err := url.PathUnescape(rest)
	if err != nil || path == "" || strings.ContainsAny(rest, "?#\x00") || strings.Contains(path, "\x00") {
		return "", hinted("write file:path, with %25 for %, %3F for ? and %23 for #", "%s is not a file URL", quote(s))
	}
	absolute, err := filepath.Abs(under(dir, filepath.FromSlash(path)))
	if err != nil {
		return "", fmt.Errorf("%s: %w", quote(s), err)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(absolute)}
	if strings.HasSuffix(path, "/") && u.Path != "/" {
		u.Path += "/"
	}
	return u.String(), nil
}

// checkURL refuses what is no prefix of a log or place of a list: anything but http(s) with a host and a path. What is
// said never quotes a password.
func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil {
		return errors.New("not a URL")
	}
	switch {
	case u.User != nil:
		return hinted("leave them out", "%s has a user name or password, which messages would show", quote(u.Redacted()))
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%s is not an http(s) URL", quote(s))
	case u.Hostname() == "":
		return fmt.Errorf("%s has no host", quote(s))
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return fmt.Errorf("%s has a query or a fragment", quote(s))
	}
	return nil
}
