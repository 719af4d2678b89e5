package jsonl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"pinwatch/notify"
)

// The formats of a line.
const (
	JSON = "json"
	OCSF = "ocsf"
	ECS  = "ecs"
)

// maxLine bounds a line, in bytes and before escaping: log shippers cut what is longer (Filebeat: 10 MiB).
const maxLine = 1 << 20

// Config is a file, or a stream.
type Config struct {
	// Path is the file to append to. It is made, with mode 0600, where it is missing; its directory is not.
	Path string
	// Writer is written to where Path is empty: standard output. Each line is one Write.
	Writer io.Writer
	// Format is JSON (also when empty), OCSF or ECS.
	Format string
	// Version is that of the program, told in OCSF and ECS; may be empty.
	Version string
}

// Notifier writes lines.
type Notifier struct {
	path    string
	writer  io.Writer
	format  func(m *notify.Message) any
	version string
}

// New reads the configuration, and looks whether Path can be a file; nothing is written.
func New(c Config) (*Notifier, error) {
	n := &Notifier{path: c.Path, writer: c.Writer, version: c.Version}
	switch c.Format {
	case "", JSON:
		n.format = func(m *notify.Message) any { return m }
	case OCSF:
		n.format = n.ocsf
	case ECS:
		n.format = n.ecs
	default:
		return nil, fmt.Errorf("file: format %q: one of %s, %s, %s", c.Format, JSON, OCSF, ECS)
	}
	switch {
	case c.Path == "" && c.Writer == nil:
		return nil, errors.New("file: no path")
	case c.Path != "" && c.Writer != nil:
		return nil, errors.New("file: a path and a stream")
	case c.Path != "":
		if err := checkPath(c.Path); err != nil {
			return nil, fmt.Errorf("file: %w", err)
		}
	}
	return n, nil
}

// Notify implements notify.Notifier.
func (n *Notifier) Notify(ctx context.Context, m *notify.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	line, err := n.line(m)
	if err != nil {
		return notify.Permanent(err)
	}
	if n.path != "" {
		return appendLine(n.path, line)
	}
	if _, err := n.writer.Write(line); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

// line is m in the format, with the line feed at the end.
func (n *Notifier) line(m *notify.Message) ([]byte, error) {
	encoded, err := notify.Encode(m, maxLine)
	if err != nil {
		return nil, err
	}
	// What is formatted is what was encoded, which may be less than the whole of m.
	var bounded notify.Message
	if err := json.Unmarshal(encoded, &bounded); err != nil {
		return nil, fmt.Errorf("message %s: %w", m.ID, err)
	}
	formatted, err := json.Marshal(n.format(&bounded))
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", m.ID, err)
	}
	return append(ascii(formatted), '\n'), nil
}

// ascii escapes what is not printable ASCII in a JSON text, where it can stand in strings only.
func ascii(text []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(text) + 1)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r < 0x7f:
			b.WriteByte(text[0])
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		text = text[size:]
	}
	return b.Bytes()
}
