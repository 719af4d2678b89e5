package static

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
)

// Files is a Getter for logs that lie in a directory: its URLs have the scheme file.
type Files struct{}

// FilePath is the path a file: URL names. The host must be empty or localhost (RFC 8089).
func FilePath(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", err
	}
	if u.Scheme != "file" || u.Opaque != "" || (u.Host != "" && u.Host != "localhost") {
		return "", fmt.Errorf("%q is not a file URL with an absolute path", raw)
	}
	return filepath.FromSlash(u.Path), nil
}

// Get reads a file. Files are never stale.
func (Files) Get(ctx context.Context, room func() []byte, raw string, limit int, _ bool) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, err := FilePath(raw)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var dst []byte
	if room != nil {
		dst = room()
	}
	if dst, err = readBounded(dst, f, limit); err != nil {
		return dst, fmt.Errorf("%s: %w", path, err)
	}
	return dst, nil
}

// readBounded appends all of r to dst and fails beyond limit bytes, without ever holding more than about twice what
// was read.
func readBounded(dst []byte, r io.Reader, limit int) ([]byte, error) {
	buf := bytes.NewBuffer(dst)
	n, err := buf.ReadFrom(io.LimitReader(r, int64(limit)+1))
	if err == nil && n > int64(limit) {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return buf.Bytes(), err
}
