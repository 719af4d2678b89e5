package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"go.yaml.in/yaml/v3"

	"pinwatch/matcher"
)

// Names is a file of names that are watched alike, one in each line; see matcher.List for how they are written. What is
// a watch of its own under watch: as well is that watch, and not one of these.
type Names struct {
	Path                 string
	Written              string // the path as it was written, which does not depend on the working directory
	Keys, Issuers, Chain []matcher.Pin
	Emails, URIs         bool
	Labels               []string
	// SHA256 is that of the file as it was read to make the watch list.
	SHA256 [sha256.Size]byte

	at place // no line: not from the configuration file
}

// namesFrom reads the name of a file of names.
func (p *parser) namesFrom(n *yaml.Node, where string) (out Names) {
	s, ok := p.text(n, where)
	if !ok {
		return out
	}
	out, err := ParseNames(s, p.dir)
	p.fail(n, where, err)
	return out
}

// ParseNames reads the path of a file of names, relative to dir.
func ParseNames(s, dir string) (Names, error) {
	switch {
	case s == "":
		return Names{}, hinted("give the path of a file with a name in each line", "no file")
	case strings.Contains(s, "://"):
		return Names{}, hinted("fetch it to a file first", "%s is not a file: names are read from files alone", quote(s))
	}
	return Names{Path: under(dir, s), Written: s}, nil
}

// listName is what its names are called together where their pins are told of.
func (n *Names) listName() string { return "names_from " + n.Written }

// alike refuses what a file of names cannot have in common.
func (p *parser) alike(n *yaml.Node, where string, w *matcher.Watch, r *Rule, scoped bool) {
	const own = "give the names that need it a watch of their own: it takes the place of the line in the file"
	for _, word := range []struct {
		name  string
		given bool
		hint  string
	}{
		{"name", w.Name != "", "put the name into the file, or make two watches of it"},
		{"ip", w.Prefix.IsValid(), "put the address or range into the file, or make two watches of it"},
		{"scope", scoped, "write it in the file: =www.example.com is the name alone, *.example.com the names one label below it"},
		{"exclude", len(w.Exclude) > 0, own},
		{"pins_from", len(r.PinsFrom) > 0, own},
		{"mode: learn", r.Learn, own},
		{"pending", r.Pending > 0, own},
	} {
		if word.given {
			p.complain(n, where, word.hint, "\"%s\" and \"names_from\" cannot be one watch", word.name)
		}
	}
}

// readNames reads the files of names.
func (c *Config) readNames() (lists []matcher.List, wrong Problems) {
	for i := range c.Names {
		n := &c.Names[i]
		text, err := readFile(n.Path)
		if err != nil {
			wrong = append(wrong, c.namesProblem(n, unread(n.Path, err)))
			continue
		}
		n.SHA256 = sha256.Sum256(text) // before its names get their normal form in place
		lists = append(lists, matcher.List{
			Name: n.listName(), Text: text, Keys: n.Keys, Issuers: n.Issuers, Chain: n.Chain, Emails: n.Emails, URIs: n.URIs,
		})
	}
	return lists, wrong
}

// namesProblem says that err is about a file of names as a whole.
func (c *Config) namesProblem(n *Names, err error) Problem {
	if n.at.line == 0 {
		return Problem{Text: err.Error(), Hint: hint(err)}
	}
	return Problem{Path: c.Path, Line: n.at.line, Where: n.at.where(), Text: err.Error(), Hint: hint(err)}
}

// lineProblem says that err is about a line of a file of names.
func (n *Names) lineProblem(line int, err error) Problem {
	return Problem{Path: n.Path, Line: line, Text: err.Error(), Hint: hint(err)}
}

// unread says why a file of names was not read.
func unread(path string, err error) error {
	var in *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return hinted("see whether what makes the file has run", "there is no file %s", quote(path))
	case errors.Is(err, syscall.EISDIR):
		return hinted("name a file in it", "%s is a directory", quote(path))
	case errors.As(err, &in):
		err = in.Err
	}
	return fmt.Errorf("%s cannot be read: %w", quote(path), err)
}
