package loglist

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"pinwatch/ct"
)

// errNoLogs refuses a list that leaves nothing to watch.
var errNoLogs = errors.New("it has no log that can be followed")

// maxLogs bounds the entries of a list, so that one of nothing but nonsense cannot grow into half a million refusals;
// the longest real one has 200.
const maxLogs = 10_000

// maxText bounds what a list may say in a name or description; the longest real one has 60 bytes.
const maxText = 256

// listJSON is the schema's top level. Unknown fields are let pass everywhere: the schema grows.
type listJSON struct {
	Version   string          `json:"version"`
	Time      time.Time       `json:"log_list_timestamp"`
	Operators *[]operatorJSON `json:"operators"`
}

// operatorJSON keeps each log apart: one that cannot be read must not take the others with it.
type operatorJSON struct {
	Name  string            `json:"name"`
	Logs  []json.RawMessage `json:"logs"`
	Tiled []json.RawMessage `json:"tiled_logs"`
}

// Parse reads a list in the v3 schema. source is where it came from, a URL or a path; it names the list in results
// and errors and decides what the list may name: only one from a file may name file: URLs (relative ones are taken
// from the directory of source, which must then be absolute), only one from this machine may name logs on it.
//
// The error says why the whole list is refused. Logs that are refused alone are in List.Refused.
func Parse(data []byte, source string) (*List, error) {
	doc, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("read log list %s: %w", source, err)
	}
	p := parser{
		list:  &List{Source: source, Version: clip(doc.Version), Time: doc.Time.UTC(), SHA256: sha256.Sum256(data)},
		place: placeOf(source),
		names: make(map[ct.LogID]string),
	}
	for i, op := range *doc.Operators {
		if op.Name == "" {
			return nil, fmt.Errorf("read log list %s: operator %d has no name", source, i+1)
		}
		op.Name = clip(op.Name)
		for j, raw := range op.Logs {
			p.add(fmt.Sprintf("log %d of %s", j+1, op.Name), op.Name, raw, false)
		}
		for j, raw := range op.Tiled {
			p.add(fmt.Sprintf("tiled log %d of %s", j+1, op.Name), op.Name, raw, true)
		}
	}
	if len(p.list.Logs) == 0 {
		return nil, p.empty()
	}
	return p.list, nil
}

// decode reads the JSON as far as each log's own object.
func decode(data []byte) (*listJSON, error) {
	if len(data) > MaxBytes {
		return nil, errTooLarge
	}
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	var doc listJSON
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, explain(err)
	}
	if doc.Operators == nil {
		return nil, errors.New(`no "operators": not a list in the v3 schema`)
	}
	n := 0
	for _, op := range *doc.Operators {
		n += len(op.Logs) + len(op.Tiled)
	}
	if n > maxLogs {
		return nil, fmt.Errorf("%d logs, more than %d", n, maxLogs)
	}
	return &doc, nil
}

// errTooLarge refuses a list before anything is done with it.
var errTooLarge = fmt.Errorf("more than %d bytes", MaxBytes)

// explain says what is wrong with JSON without naming Go types.
func explain(err error) error {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not whole JSON: %w (at byte %d)", err, e.Offset)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
		return fmt.Errorf("%q cannot be a JSON %s", e.Field, e.Value)
	}
	return err
}

// parser gathers the logs of one list.
type parser struct {
	list  *List
	place place
	names map[ct.LogID]string // of the logs taken so far
}

// add takes one entry or refuses it. where says where in the list it stands.
func (p *parser) add(where, operator string, raw json.RawMessage, tiled bool) {
	var in logJSON
	err := json.Unmarshal(raw, &in)
	if err != nil {
		err = explain(err)
	}
	log := Log{Sources: []string{p.list.Source}}
	log.Operator = operator
	if err == nil {
		err = in.fill(&log, p.place, tiled)
	}
	if in.Description != "" {
		where = clip(in.Description)
	}
	if other, dup := p.names[log.ID]; err == nil && dup {
		err = fmt.Errorf("the same key as %s", other)
	}
	if err != nil {
		p.list.Refused = append(p.list.Refused, Refusal{
			p.list.Source, where, operator, in.id(), err.Error(), errors.Is(err, errMimic),
		})
		return
	}
	p.names[log.ID] = where
	p.list.Logs = append(p.list.Logs, log)
}

// empty is the error for a list that leaves no log. The first refusal tells more than their number.
func (p *parser) empty() error {
	if len(p.list.Refused) == 0 {
		return fmt.Errorf("read log list %s: %w", p.list.Source, errNoLogs)
	}
	r := p.list.Refused[0]
	return fmt.Errorf("read log list %s: %w: %d refused, the first, %s: %s",
		p.list.Source, errNoLogs, len(p.list.Refused), r.Description, r.Reason)
}

// clip bounds text from a list, at the start of a character.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
