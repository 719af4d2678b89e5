package rfc6962

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// row is one element of get-entries, both members still in base64.
type row struct {
	leaf, extra []byte
}

// scanRows reads the body of get-entries into rows, in place, if it has the shape that logs answer in:
//
//	{"entries":[{"leaf_input":"...","extra_data":"..."}, ...]}
//
// with white space anywhere and the two members in either order. known is false for anything else; that may be a fault
// or an unusual answer, which parseRows finds out. Reading ends at the first element beyond limit.
func scanRows(rows []row, body []byte, limit int) (_ []row, known bool) {
	s := scanner{rest: body}
	if !s.take('{') || !s.member("entries") || !s.take('[') {
		return rows, false
	}
	if s.take(']') {
		return rows, s.take('}') && s.end()
	}
	for {
		r, ok := s.row()
		if !ok {
			return rows, false
		}
		if rows = append(rows, r); len(rows) > limit {
			return rows, true
		}
		if s.take(']') {
			return rows, s.take('}') && s.end()
		}
		if !s.take(',') {
			return rows, false
		}
	}
}

// scanner reads the JSON that it knows from the front of rest.
type scanner struct {
	rest []byte
}

// take takes a byte, and white space before it.
func (s *scanner) take(c byte) bool {
	for i, got := range s.rest {
		switch got {
		case c:
			s.rest = s.rest[i+1:]
			return true
		case ' ', '\t', '\r', '\n':
		default:
			return false
		}
	}
	return false
}

// end says whether nothing but white space is left.
func (s *scanner) end() bool { return len(bytes.TrimLeft(s.rest, " \t\r\n")) == 0 }

// text takes a string without escapes.
func (s *scanner) text() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	n := bytes.IndexByte(s.rest, '"')
	if n < 0 {
		return nil, false
	}
	text := s.rest[:n:n]
	s.rest = s.rest[n+1:]
	return text, bytes.IndexByte(text, '\\') < 0
}

// member takes the name of a member and the colon.
func (s *scanner) member(name string) bool {
	got, ok := s.text()
	return ok && string(got) == name && s.take(':')
}

// row takes one element.
func (s *scanner) row() (r row, ok bool) {
	if !s.take('{') {
		return r, false
	}
	start := s.rest
	if s.member("leaf_input") {
		r.leaf, ok = s.text()
		if !ok || !s.take(',') || !s.member("extra_data") {
			return r, false
		}
		r.extra, ok = s.text()
	} else {
		s.rest = start
		if !s.member("extra_data") {
			return r, false
		}
		r.extra, ok = s.text()
		if !ok || !s.take(',') || !s.member("leaf_input") {
			return r, false
		}
		r.leaf, ok = s.text()
	}
	return r, ok && s.take('}')
}

// parseRows reads the body of get-entries by encoding/json. Reading ends at the first element beyond limit, so that a
// body of very small elements cannot fill the memory.
func parseRows(rows []row, body []byte, limit int) ([]row, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := expect(dec, json.Delim('{')); err != nil {
		return rows, err
	}
	found := false
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return rows, malformed(err)
		}
		if name != "entries" {
			var other json.RawMessage
			if err := dec.Decode(&other); err != nil {
				return rows, malformed(err)
			}
			continue
		}
		if found {
			return rows, errors.New("the answer has entries twice")
		}
		found = true
		if rows, err = parseArray(rows, dec, limit); err != nil || len(rows) > limit {
			return rows, err
		}
	}
	if err := expect(dec, json.Delim('}')); err != nil {
		return rows, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return rows, errors.New("the answer goes on behind its end")
	}
	if !found {
		return rows, fmt.Errorf("the answer has no entries: %.100q", body)
	}
	return rows, nil
}

func parseArray(rows []row, dec *json.Decoder, limit int) ([]row, error) {
	if err := expect(dec, json.Delim('[')); err != nil {
		return rows, err
	}
	for dec.More() && len(rows) <= limit {
		var r struct {
			Leaf  string `json:"leaf_input"`
			Extra string `json:"extra_data"`
		}
		if err := dec.Decode(&r); err != nil {
			return rows, malformed(err)
		}
		rows = append(rows, row{leaf: []byte(r.Leaf), extra: []byte(r.Extra)})
	}
	if len(rows) > limit {
		return rows, nil
	}
	return rows, expect(dec, json.Delim(']'))
}

func expect(dec *json.Decoder, want json.Delim) error {
	got, err := dec.Token()
	if err != nil {
		return malformed(err)
	}
	if got != want {
		return fmt.Errorf("read the answer: %.40q where %s should be", fmt.Sprint(got), want)
	}
	return nil
}

func malformed(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read the answer: %w", err)
}
