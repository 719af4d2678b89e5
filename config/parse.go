package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxNodes bounds how many values of the document are looked at, so that a file of nested aliases ends. A watch list
// of a million names with two pins each has about ten million.
const maxNodes = 100_000_000

// parser reads a document into a Config and collects what is wrong. Every value is read against the schema, to its
// fixed depth, so that no document can make it recurse further.
type parser struct {
	path     string
	dir      string // what relative paths start from
	nodes    int
	word     *yaml.Node // the word whose value is being read
	problems Problems

	canaryAt   *yaml.Node // nil: there is none
	canaryName string
}

// Parse reads a configuration. path names it in errors, and its directory is what relative paths start from. The
// error is a Problems. Check the result before use.
func Parse(data []byte, path string) (*Config, error) {
	p := &parser{path: path, dir: filepath.Dir(path)}
	c := Default()
	c.Path = path
	c.Store = p.storePath(DefaultStore)
	if root := p.document(data); root != nil {
		p.config(root, c)
	}
	if p.problems != nil {
		// One reading shows all there is to mend; files of names are for when they are named right.
		p.problems = append(p.problems, c.makeReady(nil).wrong...)
		slices.SortStableFunc(p.problems, func(a, b Problem) int { return a.Line - b.Line })
		return nil, p.problems
	}
	return c, nil
}

// document reads the one YAML document of data; nil when there is none to go on with.
func (p *parser) document(data []byte) *yaml.Node {
	var doc, more yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		p.complain(nil, "", "at least \"watch:\" is needed", "the file is empty")
		return nil
	case err != nil:
		p.syntax(err)
		return nil
	}
	if err := d.Decode(&more); err == nil {
		p.complain(&more, "", "one file is one configuration", "a second document")
	} else if !errors.Is(err, io.EOF) {
		p.syntax(err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil
	}
	return doc.Content[0]
}

// yamlLine is how the YAML reader tells the line of a syntax error.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (p *parser) syntax(err error) {
	text := err.Error()
	line := 0
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		text = text[len(m[0]):]
		line, _ = strconv.Atoi(m[1]) // empty is 0: no line
	}
	p.problems = append(p.problems, Problem{
		Path: p.path, Line: line, Text: "not YAML: " + text,
		Hint: "look for indentation, quotes and brackets there and in the lines below",
	})
}

// complain notes a problem at n, which may be nil. advice may be empty.
func (p *parser) complain(n *yaml.Node, where, advice, format string, args ...any) {
	line := 0
	if n != nil {
		line = n.Line
	}
	p.problems = append(p.problems, Problem{
		Path: p.path, Line: line, Where: where, Text: fmt.Sprintf(format, args...), Hint: advice,
	})
}

// fail notes err as a problem at n, unless it is nil.
func (p *parser) fail(n *yaml.Node, where string, err error) {
	if err != nil {
		p.complain(n, where, hint(err), "%v", err)
	}
}

// resolve follows an alias to its anchor, and counts.
func (p *parser) resolve(n *yaml.Node) *yaml.Node {
	if p.nodes++; p.nodes == maxNodes {
		p.complain(n, "", "", "more than %d values", maxNodes)
	}
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

// field is a word of a mapping and what reads its value.
type field struct {
	word string
	read func(n *yaml.Node, where string)
}

// mapping reads n as a mapping of the given fields, each at most once.
func (p *parser) mapping(n *yaml.Node, where string, fields []field) {
	n = p.resolve(n)
	if n.Kind != yaml.MappingNode {
		p.complain(n, where, "", "%s, where a mapping of %s is expected", kind(n), words(fields))
		return
	}
	seen := make([]int, len(fields))
	for i := 0; i+1 < len(n.Content) && p.nodes < maxNodes; i += 2 {
		key, value := p.resolve(n.Content[i]), n.Content[i+1]
		f := slices.IndexFunc(fields, func(f field) bool { return f.word == key.Value })
		switch {
		case key.Kind != yaml.ScalarNode:
			p.complain(key, where, "", "%s as a word", kind(key))
		case f < 0:
			p.fail(key, where, unknownWord(key.Value, fields))
		case seen[f] > 0:
			p.complain(key, where, "", "%q is already given in line %d", key.Value, seen[f])
		default:
			seen[f] = key.Line
			p.word = key
			fields[f].read(value, join(where, key.Value))
		}
	}
}

// sequence reads n as a list. A single value is a list of one.
func (p *parser) sequence(n *yaml.Node, where string, read func(n *yaml.Node, where string)) {
	n = p.resolve(n)
	if n.Kind != yaml.SequenceNode {
		read(n, where)
		return
	}
	for i := 0; i < len(n.Content) && p.nodes < maxNodes; i++ {
		read(n.Content[i], fmt.Sprintf("%s[%d]", where, i))
	}
}

// text reads n as a single value, in the letters it is written in. It is false, and said so, for anything else and
// for nothing at all.
func (p *parser) text(n *yaml.Node, where string) (string, bool) {
	n = p.resolve(n)
	switch {
	case n.Kind != yaml.ScalarNode:
		p.complain(n, where, "", "%s, where a single value is expected", kind(n))
		return "", false
	case n.ShortTag() == "!!null":
		p.complain(n, where, "give a value or leave the word out", "no value")
		return "", false
	case !slices.Contains([]string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp"}, n.ShortTag()):
		p.complain(n, where, "", "the tag %s is not known here", quote(n.Tag))
		return "", false
	}
	return strings.TrimSpace(n.Value), true
}

// boolean reads n as true or false.
func (p *parser) boolean(n *yaml.Node, where string) bool {
	s, ok := p.text(n, where)
	if ok && s != "true" && s != "false" {
		p.complain(n, where, "", "%s is neither true nor false", quote(s))
	}
	return s == "true"
}

// choice reads n as one of the known words.
func (p *parser) choice(n *yaml.Node, where string, known []string) (string, bool) {
	s, ok := p.text(n, where)
	if ok && !slices.Contains(known, s) {
		p.fail(n, where, unknown(s, known))
		return "", false
	}
	return s, ok
}

func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if n.ShortTag() == "!!null" {
			return "nothing"
		}
		return "the value " + quote(n.Value)
	}
	return "something else"
}

func words(fields []field) string {
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.word
	}
	return strings.Join(known, ", ")
}

// join makes the name of a place from the name of what holds it.
func join(where, word string) string {
	if where == "" {
		return word
	}
	return where + "." + word
}
