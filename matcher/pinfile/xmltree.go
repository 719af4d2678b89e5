package pinfile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of documents. Chromium's list of 2023 has 67,000 values; nothing else comes near.
const (
	maxDepth = 64
	maxNodes = 1 << 19
)

// syntaxError says what is wrong in a document, and where.
type syntaxError struct {
	line int // 0 if there are no lines
	text string
}

func syntax(line int, format string, args ...any) *syntaxError {
	return &syntaxError{line, fmt.Sprintf(format, args...)}
}

// element is an element of XML.
type element struct {
	name     string
	attrs    []xml.Attr
	line     int    // of the "<"
	text     string // what stands in it around its children
	note     string // the comment before it, if no element comes between
	children []*element
}

// attr gives an attribute without a name space.
func (e *element) attr(name string) (value string, found bool) {
	for _, a := range e.attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value, true
		}
	}
	return "", false
}

// parseXML reads a document. Entities that it defines are not known: there is nothing in it that grows.
func parseXML(data []byte) (*element, *syntaxError) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = charset
	p := xmlParser{root: &element{}}
	p.open = []openElement{{element: p.root}}
	for {
		line, _ := d.InputPos()
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			if len(p.root.children) != 1 {
				return nil, syntax(line, "the document has %d root elements", len(p.root.children))
			}
			return p.root.children[0], nil
		case err != nil:
			return nil, xmlError(err, line)
		}
		if err := p.token(token, line); err != nil {
			return nil, err
		}
	}
}

// charset lets pass what UTF-16 says of itself after it was turned into UTF-8.
func charset(label string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii":
		return in, nil
	}
	return nil, fmt.Errorf("the encoding %s is not UTF-8", quote(label))
}

func xmlError(err error, line int) *syntaxError {
	if s, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return syntax(s.Line, "%s", s.Msg)
	}
	return syntax(line, "%s", strings.TrimPrefix(err.Error(), "xml: "))
}

type xmlParser struct {
	root  *element
	open  []openElement // from the document to the innermost element
	nodes int
	note  string
}

type openElement struct {
	*element
	chars []byte
}

func (p *xmlParser) token(token xml.Token, line int) *syntaxError {
	top := &p.open[len(p.open)-1]
	switch t := token.(type) {
	case xml.StartElement:
		if p.nodes++; p.nodes > maxNodes || len(p.open) > maxDepth {
			return syntax(line, "the document has more than %d elements, or more than %d in each other", maxNodes, maxDepth)
		}
		e := &element{name: t.Name.Local, attrs: t.Copy().Attr, line: line, note: p.note}
		top.children = append(top.children, e)
		p.open, p.note = append(p.open, openElement{element: e}), ""
	case xml.EndElement:
		top.text = string(top.chars)
		p.open, p.note = p.open[:len(p.open)-1], ""
	case xml.CharData:
		top.chars = append(top.chars, t...)
	case xml.Comment:
		p.note = string(t)
	}
	return nil
}
