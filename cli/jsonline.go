package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// writeJSON writes v as one line of JSON in ASCII: what a terminal or an editor might act on is written as \u....,
// which is the same value to any reader of JSON.
func writeJSON(w io.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	line := make([]byte, 0, len(raw)+1)
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			line = fmt.Appendf(line, `\u%04x\u%04x`, high, low)
		case r >= 0x7f:
			line = fmt.Appendf(line, `\u%04x`, r)
		default:
			line = append(line, byte(r))
		}
		raw = raw[size:]
	}
	_, err = w.Write(append(line, '\n'))
	return err
}
