package loglist

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Getter fetches over HTTP. An answer with another status than 200, or 304 where a validator was given, is an error,
// and so is a body of more than MaxBytes. It is up to the Getter to wait between attempts.
type Getter interface {
	Get(ctx context.Context, r Request) (*Response, error)
}

// Request is a GET of a URL.
type Request struct {
	URL      string
	MaxBytes int
	// Fresh asks caches on the way to ask the origin.
	Fresh bool
	// ETag and LastModified, where not empty, make the request conditional.
	ETag, LastModified string
}

// Response is the answer to a Request.
type Response struct {
	Body               []byte
	NotModified        bool // 304: what the validators stand for is current; there is no body
	ETag, LastModified string
}

// Loaded is a list to go on with.
type Loaded struct {
	List *List
	// Previous is the list of the copy that was there before, nil when there was none; Diff compares the two.
	Previous *List
	// Checked is when List was last known to be the current one: now, unless the copy had to serve.
	Checked time.Time
	// Copy is the path of the copy; empty where none is kept.
	Copy string
	// Warnings are for people to see, each of them.
	Warnings []*Warning
}

// Load reads the list at location: an https URL (http on this machine), a file: URL or a path. URLs are asked with g
// (files need none), conditionally where there is a copy in cacheDir; the copy is kept there and serves, with a
// Warning, when no better list can be had. cacheDir "" means no copy. A file is its own copy: it is read as it is, or
// it is an error.
//
// The error, a *Warning where a list from a URL is to blame, means that there is no list at all. A cancelled ctx is
// always an error; when only its time is up the copy serves.
func Load(ctx context.Context, g Getter, location, cacheDir string, now time.Time) (*Loaded, error) {
	path, u, err := parsePlace(location)
	switch {
	case err != nil:
		return nil, err
	case u == nil:
		return loadFile(path, now)
	}
	l, err := newLoader(u, location, cacheDir)
	if err != nil {
		return nil, err
	}
	l.getter, l.now = g, now.UTC()
	return l.load(ctx)
}

// Kept is the list at location as Load had it last, without asking for a newer one: what is followed until then. It is
// nil where no copy was kept. A file is read as it is.
func Kept(location, cacheDir string, now time.Time) (*Loaded, error) {
	path, u, err := parsePlace(location)
	switch {
	case err != nil:
		return nil, err
	case u == nil:
		return loadFile(path, now)
	}
	l, err := newLoader(u, location, cacheDir)
	if err != nil {
		return nil, err
	}
	c, err := readCopy(l.path, location, l.key)
	if err != nil || c == nil {
		return nil, err
	}
	return &Loaded{List: c.list, Checked: c.Checked, Copy: l.path}, nil
}

// parsePlace tells a file, whose path it returns, from a URL of the web.
func parsePlace(location string) (path string, u *url.URL, err error) {
	u, err = url.Parse(location)
	switch {
	case err != nil && strings.Contains(location, "://"):
		return "", nil, fmt.Errorf("log list %q is not a URL", location)
	case err == nil && u.Scheme == "file":
		path, err := filePath(u)
		if err != nil {
			return "", nil, fmt.Errorf("log list %q %w", location, err)
		}
		return path, nil, nil
	case err != nil || !isWeb(u):
		return location, nil, nil
	}
	if err := checkWeb(u); err != nil {
		return "", nil, fmt.Errorf("log list %s %w", u.Redacted(), err)
	}
	return "", u, nil
}

func newLoader(u *url.URL, location, cacheDir string) (*loader, error) {
	l := &loader{location: location, path: copyPath(cacheDir, location)}
	sig, must := signatureURL(u)
	if !must {
		return l, nil
	}
	var err error
	l.signature = sig
	l.key, err = googleKey()
	return l, err
}

func loadFile(path string, now time.Time) (*Loaded, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("read log list: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read log list: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read log list: %w", err)
	}
	list, err := Parse(data, path)
	if err != nil {
		return nil, err
	}
	return &Loaded{List: list, Checked: now.UTC()}, nil
}

// loader loads one list from a URL.
type loader struct {
	getter    Getter
	location  string
	signature string         // URL of the signature, "" for a list without
	key       *rsa.PublicKey // nil for a list without a signature
	path      string         // of the copy, "" for none
	now       time.Time
	warnings  []*Warning
}

func (l *loader) load(ctx context.Context) (*Loaded, error) {
	old, err := readCopy(l.path, l.location, l.key)
	if err != nil {
		l.warn(BadCopy, err)
	}
	c, warning := l.current(ctx, old)
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return nil, fmt.Errorf("log list %s: %w", l.location, err)
	}
	switch {
	case warning != nil && old == nil:
		return nil, warning
	case warning != nil:
		warning.Copy, warning.Age = true, max(0, l.now.Sub(old.Checked))
		l.warnings = append(l.warnings, warning)
		c = old
	default:
		l.keep(c)
	}
	l.judge(c.list)
	loaded := &Loaded{List: c.list, Checked: c.Checked, Copy: l.path, Warnings: l.warnings}
	if old != nil {
		loaded.Previous = old.list
	}
	return loaded, nil
}

// current fetches the list and checks it against the copy from before, which may be nil. A 304 makes the copy current.
func (l *loader) current(ctx context.Context, old *goodCopy) (*goodCopy, *Warning) {
	c, warning := l.fetch(ctx, old, false)
	if warning != nil && warning.Trouble == BadSignature {
		// List and signature are two files behind a cache: they may have been fetched across a change.
		c, warning = l.fetch(ctx, nil, true)
	}
	if warning != nil {
		return nil, warning
	}
	if warning := l.object(old, c); warning != nil {
		return nil, warning
	}
	return c, nil
}

// fetch gets, verifies and parses the list. With a copy the request is conditional.
func (l *loader) fetch(ctx context.Context, old *goodCopy, fresh bool) (*goodCopy, *Warning) {
	r := Request{URL: l.location, MaxBytes: MaxBytes, Fresh: fresh}
	if old != nil {
		r.ETag, r.LastModified = old.ETag, old.LastModified
	}
	resp, err := l.getter.Get(ctx, r)
	if err != nil {
		return nil, l.warning(NotFetched, fmt.Errorf("fetch: %w", err))
	}
	if resp.NotModified {
		if old == nil {
			return nil, l.warning(NotFetched, errors.New("fetch: not modified, says the server, but nothing was asked for"))
		}
		same := *old
		same.Checked = l.now
		return &same, nil
	}
	c := &goodCopy{copyFile: copyFile{
		Location: l.location, Checked: l.now, List: resp.Body,
		ETag: validator(resp.ETag), LastModified: validator(resp.LastModified),
	}}
	sum := sha256.Sum256(c.List)
	c.SHA256 = sum[:]
	if warning := l.authenticate(ctx, c, fresh); warning != nil {
		return nil, warning
	}
	if c.list, err = Parse(c.List, l.location); err != nil {
		return nil, l.warning(BadList, err)
	}
	c.list.Signed = l.key != nil
	return c, nil
}

// authenticate fetches and verifies the signature of a list that must have one.
func (l *loader) authenticate(ctx context.Context, c *goodCopy, fresh bool) *Warning {
	if l.key == nil {
		return nil
	}
	resp, err := l.getter.Get(ctx, Request{URL: l.signature, MaxBytes: maxSignature, Fresh: fresh})
	if err != nil {
		return l.warning(NotFetched, fmt.Errorf("fetch the signature: %w", err))
	}
	c.Signature = resp.Body
	if err := verify(l.key, c.List, c.Signature); err != nil {
		return l.warning(BadSignature, err)
	}
	return nil
}

// keep writes the copy.
func (l *loader) keep(c *goodCopy) {
	if l.path == "" {
		return
	}
	if err := c.write(l.path); err != nil {
		l.warn(CopyNotKept, fmt.Errorf("keep a copy: %w", err))
	}
}

func (l *loader) warning(t Trouble, err error) *Warning {
	return &Warning{Trouble: t, Source: l.location, Err: err}
}

func (l *loader) warn(t Trouble, err error) {
	l.warnings = append(l.warnings, l.warning(t, err))
}

// validator drops what is too long to be a validator.
func validator(s string) string {
	if len(s) > maxValidator {
		return ""
	}
	return s
}
