package pinfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// jsonParser reads JSON into nodes. Comments with // are allowed, as Chromium has them.
type jsonParser struct {
	data   []byte
	d      *json.Decoder
	line   int
	offset int // up to which lines are counted
	nodes  int
}

func parseJSON(data []byte) (*node, *syntaxError) {
	data = withoutComments(data)
	p := &jsonParser{data: data, d: json.NewDecoder(bytes.NewReader(data)), line: 1}
	p.d.UseNumber()
	token, err := p.token()
	if err != nil {
		return nil, err
	}
	n, err := p.value(token, 0)
	if err != nil {
		return nil, err
	}
	if _, err := p.d.Token(); !errors.Is(err, io.EOF) {
		return nil, syntax(p.line, "there is something behind the end of the JSON document")
	}
	return n, nil
}

// withoutComments puts spaces in place of comments, so that every byte keeps its line.
func withoutComments(data []byte) []byte {
	if !bytes.Contains(data, []byte("//")) {
		return data
	}
	out := bytes.Clone(data)
	inText := false
	for i := 0; i < len(out); i++ {
		switch c := out[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case c == '\n':
			inText = false // no text goes beyond its line
		case !inText && c == '/' && i+1 < len(out) && out[i+1] == '/':
			for ; i < len(out) && out[i] != '\n'; i++ {
				out[i] = ' '
			}
		}
	}
	return out
}

// token reads a token and moves line to where it ends. No token goes over the end of a line.
func (p *jsonParser) token() (json.Token, *syntaxError) {
	token, err := p.d.Token()
	end := min(int(p.d.InputOffset()), len(p.data))
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		end = min(int(s.Offset), len(p.data))
	}
	if end > p.offset {
		p.line += bytes.Count(p.data[p.offset:end], []byte("\n"))
		p.offset = end
	}
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, syntax(p.line, "the JSON document ends too early")
	case err != nil:
		return nil, syntax(p.line, "%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return token, nil
}

// value reads the value that begins with a token.
func (p *jsonParser) value(token json.Token, depth int) (*node, *syntaxError) {
	if p.nodes++; p.nodes > maxNodes || depth > maxDepth {
		return nil, syntax(p.line, "the document has more than %d values, or more than %d in each other", maxNodes, maxDepth)
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return p.object(depth)
		}
		return p.array(depth)
	case string:
		return &node{kind: isText, line: p.line, text: t}, nil
	case bool:
		return &node{kind: isBool, line: p.line, yes: t}, nil
	case json.Number:
		return &node{kind: isNumber, line: p.line, text: t.String()}, nil
	}
	return &node{kind: isOther, line: p.line}, nil
}

func (p *jsonParser) object(depth int) (*node, *syntaxError) {
	begin := p.line
	var members []member
	for {
		token, err := p.token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return dict(begin, members)
		}
		m := member{key: key, line: p.line}
		if token, err = p.token(); err != nil {
			return nil, err
		}
		if m.value, err = p.value(token, depth+1); err != nil {
			return nil, err
		}
		members = append(members, m)
	}
}

func (p *jsonParser) array(depth int) (*node, *syntaxError) {
	n := &node{kind: isArray, line: p.line}
	for {
		token, err := p.token()
		if err != nil {
			return nil, err
		}
		if token == json.Delim(']') {
			return n, nil
		}
		item, err := p.value(token, depth+1)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
}
