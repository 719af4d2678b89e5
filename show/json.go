package show

import (
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendJSON appends v as JSON in ASCII, without a line break: what a terminal or an editor might act on is written as
// \u...., which is the same value to any reader of JSON.
func AppendJSON(dst []byte, v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return dst, err
	}
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, high, low)
		case r >= 0x7f:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = append(dst, byte(r))
		}
		raw = raw[size:]
	}
	return dst, nil
}
