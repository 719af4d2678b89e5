package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"pinwatch/matcher"
)

// DefaultList is where Google publishes its log list, v3 schema.
const DefaultList = "https://www.gstatic.com/ct/log_list/v3/log_list.json"

// DefaultStore is the database when none is named.
const DefaultStore = "sqlite:pinwatch.db"

// DefaultPartial is how long a tile may stay partial before it is read: those who follow a log should wait for the full
// one, and take a partial one only where it stays so.
const DefaultPartial = 5 * time.Minute

// DefaultPoll is how often watch asks a log for its tree head. Static logs sign one every second or so, RFC 6962 logs
// every few minutes at most.
const DefaultPoll = time.Minute

// maxFile bounds a configuration file, in bytes. A watch list of a million names has about 30 MB.
const maxFile = 256 << 20

// Config is a configuration with its defaults filled in and its paths resolved.
type Config struct {
	Path    string // the file it came from, as named by the caller; empty when there is none
	Contact string // an address or URL for the operators of logs; may be empty
	Store   string // "sqlite:" and a path
	// Retain is for how long what was expected is kept in the store; 0: for ever.
	Retain time.Duration
	Logs   Logs
	Watch  []matcher.Watch // see AddWatches
	Names  []Names         // more watches, in files of their own
	Rules  []Rule          // of those of Watch that have any, in their order

	Notify []Receiver
	Canary *Canary // nil: none
	// Behind is for how long a log may not be read to its head before that is told.
	Behind time.Duration

	places []place // of the watches that stand in the file
	ready  *ready  // nil: not made yet
}

// Logs says which logs are followed and from where on.
type Logs struct {
	Lists  []string // http(s) URLs or paths of v3 log lists
	States []string // logs of the lists in one of these states are followed
	Extra  []Extra  // logs that are on no list
	Start  Start    // where a log begins that was never looked at before
	// SkipExpired leaves out logs of the lists whose certificates all expired long ago.
	SkipExpired bool
	// Partial is how long watch lets the last tile of a static log be partial before it reads it as it is.
	Partial time.Duration
	// Poll is how often watch asks a log for its tree head.
	Poll time.Duration
	// BytesPerSecond bounds what is read from all logs together; 0: no bound.
	BytesPerSecond int
	// Limits bounds the requests to operators, by their names as the lists have them, or to logs whose URL begins with
	// the word.
	Limits map[string]Limit
}

// Limit bounds the requests to the logs of one operator, or to those with one prefix. Zero means as chosen by the
// program.
type Limit struct {
	RequestsPerSecond float64
	Parallel          int
}

// Extra is a log that is on no list: either URL is set (RFC 6962), or MonitoringURL (static-ct-api) and with it
// SubmissionURL or HeadURL.
type Extra struct {
	Description   string
	Operator      string // logs of one operator share its request limits; empty: the log is an operator of its own
	URL           string
	SubmissionURL string
	MonitoringURL string // http, https, or file with an absolute path
	HeadURL       string // the prefix of ct/v1/get-sth where a log with tiles serves that; usually empty
	Key           []byte // DER SubjectPublicKeyInfo: ECDSA P-256, or RSA of at least 2048 bits
	Start         *Start // nil: as for all logs
	Line          int    // where it stands in the file
}

// Start says where in a log to begin. The zero value is now.
type Start struct {
	Kind  StartKind
	Date  time.Time // for StartDate, UTC
	Index uint64    // for StartIndex: the first entry to look at
}

// StartKind is one of four ways to begin.
type StartKind int

// The ways to begin.
const (
	StartNow       StartKind = iota // at the current tree head
	StartBeginning                  // at entry 0
	StartDate                       // at the first entry of a day
	StartIndex                      // at an entry
)

// Default is the configuration that an empty file would be, for use without one. Its paths are relative to the
// working directory.
func Default() *Config {
	return &Config{
		Store: DefaultStore, Behind: DefaultBehind,
		Logs: Logs{
			Lists:  []string{DefaultList},
			States: []string{"usable", "qualified", "readonly"},
			Poll:   DefaultPoll, Partial: DefaultPartial,
		},
	}
}

// Load reads the configuration file at path. What is wrong in it is a Problems; a file that is not there matches
// fs.ErrNotExist. Check the result before use.
func Load(path string) (*Config, error) {
	data, err := readFile(path)
	switch {
	case err == nil:
		return Parse(data, path)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, err
	}
	advice := hint(err)
	if errors.Is(err, syscall.EISDIR) {
		advice = "name the file in it, such as " + filepath.Join(path, "pinwatch.yaml")
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return nil, Problems{{Path: path, Text: fmt.Sprintf("cannot be read: %v", err), Hint: advice}}
}

// readFile reads a file that is no larger than what anybody writes.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readWhole(f, f)
}

// readWhole reads all of a file from its beginning, through from. One that somebody writes meanwhile is refused: it may be
// half of what it is going to be.
func readWhole(f *os.File, from io.Reader) ([]byte, error) {
	var out bytes.Buffer
	before, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if before.Mode().IsRegular() {
		out.Grow(int(min(before.Size(), maxFile)) + bytes.MinRead)
	}
	n, err := out.ReadFrom(io.LimitReader(from, maxFile+1))
	if err == nil && n > maxFile {
		err = fmt.Errorf("it has more than %d bytes", maxFile)
	}
	if err != nil || !before.Mode().IsRegular() {
		return out.Bytes(), err
	}
	after, err := f.Stat()
	if err == nil && (after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime())) {
		err = hinted("write to another name, and rename it when it is whole", "it is being written")
	}
	return out.Bytes(), err
}

const watchSomething = "name at least one domain or address: \"- name: example.com\" under watch:, or -d example.com"

// Check makes the watches ready and finds what is wrong with the configuration as a whole, after flags have been
// merged into it: nothing to watch, names that cannot be watched, nothing to read, no contact where one is needed, an
// index as start for logs that cannot have a common one. The error is a Problems. What is only odd comes as warnings.
func (c *Config) Check() (watchlist *matcher.Watchlist, warnings Problems, err error) {
	watchlist, warnings, problems := c.watchlist()
	complain := func(line int, where, hint, format string, args ...any) {
		problems = append(problems,
			Problem{Path: c.Path, Line: line, Where: where, Text: fmt.Sprintf(format, args...), Hint: hint})
	}
	if len(c.Names) == 0 && (len(c.Watch) == 0 || c.Canary != nil && len(c.Watch) == 1) {
		complain(0, "watch", watchSomething, "nothing is watched")
	}
	if len(c.Logs.Lists) == 0 && len(c.Logs.Extra) == 0 {
		complain(0, "logs", "give a list, or a log under extra", "no log is followed")
	}
	if c.Logs.Start.Kind == StartIndex && len(c.Logs.Lists) > 0 {
		complain(0, "logs.start", fmt.Sprintf("write \"start: %d\" under the log in extra, or \"list: ''\" to follow no list",
			c.Logs.Start.Index), "an index is another place in every log of a list")
	}
	if line, what := c.needsContact(); what != "" && c.Contact == "" {
		complain(line, "contact", "say where its operator reaches you: contact: security@example.com in the file, or --contact",
			"needed, because %s is not on this machine", what)
	}
	if problems != nil {
		return nil, warnings, problems
	}
	return watchlist, warnings, nil
}

// needsContact names the first thing that is read from another machine, with its line if it has one.
func (c *Config) needsContact() (line int, what string) {
	for _, l := range c.Logs.Lists {
		if remote(l) {
			return 0, l
		}
	}
	for i := range c.Logs.Extra {
		e := &c.Logs.Extra[i]
		for _, u := range []string{e.URL, e.MonitoringURL, e.HeadURL} {
			if remote(u) {
				return e.Line, u
			}
		}
	}
	return 0, ""
}

// remote says whether raw is a URL on another machine. Paths, file URLs and loopback addresses are not.
func remote(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return false
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return err != nil || !addr.Unmap().IsLoopback()
}
