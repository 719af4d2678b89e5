package cli

import (
	"io"

	"pinwatch/show"
)

// writeJSON writes v as one line of JSON in ASCII.
func writeJSON(w io.Writer, v any) error {
	line, err := show.AppendJSON(nil, v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}
