package store

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"
)

// scheme begins the data source names that there are: "sqlite:PATH".
const scheme = "sqlite:"

// What every connection does, and what a writer and a reader do besides. synchronous FULL makes each commit durable
// before it returns, also with a write-ahead log; an immediate transaction takes its turn at the beginning, where
// waiting helps, and not in the middle, where it cannot. The writer's few statements stay prepared, which halves the
// cost of a commit. A reader refuses to write twice over.
const (
	anyParams    = "_busy_timeout=10000&_foreign_keys=on"
	probeParams  = anyParams + "&mode=rw"
	writerParams = anyParams + "&mode=rw&_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_stmt_cache_size=32"
	readerParams = anyParams + "&mode=ro&_query_only=1"
	frozenParams = readerParams + "&immutable=1"
)

// parsePath takes the path out of a data source name and follows links, so that every name of a file leads to the
// same lock beside it.
func parsePath(dsn string) (string, error) {
	refuse := func(why string) (string, error) {
		return "", &Error{Path: dsn, Kind: ErrDSN, Err: errors.New(why)}
	}
	path, ok := strings.CutPrefix(dsn, scheme)
	switch {
	case !ok:
		return refuse("it does not begin with " + scheme)
	case path == "":
		return refuse("the path is missing")
	case path == ":memory:":
		return refuse("a database in memory keeps no record")
	case strings.HasPrefix(path, "file:"), strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "///"):
		return refuse("after " + scheme + " stands a path, not a URL")
	case strings.ContainsAny(path, "?\x00"):
		return refuse("the path has a character that no file name should have")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", &Error{Path: dsn, Kind: ErrOpen, Err: err}
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real, nil
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path)), nil
	}
	return path, nil
}

// source is the driver's name for the database at path.
func source(path, params string) string {
	u := url.URL{Scheme: "file", Path: path, RawQuery: params}
	return u.String()
}
