package post

import (
	"bytes"
	"encoding/json"
	"fmt"

	"pinwatch/notify"
)

// JSON is v in JSON without the escapes that are for HTML: they would make six bytes of one, and services bound what they
// take. An error is permanent.
func JSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, notify.Permanent(fmt.Errorf("encode the message: %w", err))
	}
	return b.Bytes(), nil
}
