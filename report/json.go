package report

import (
	"bufio"
	"io"
	"iter"
	"reflect"

	"pinwatch/show"
)

// WriteJSON writes a report as one JSON object in ASCII, with each field and each item of a list on a line of its own.
// It holds everything: nothing is left out.
func WriteJSON(w io.Writer, r *Report) error {
	j := &jsonWriter{w: bufio.NewWriter(w)}
	j.text("{")
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		if i > 0 {
			j.text(",")
		}
		j.text("\n")
		j.value(v.Type().Field(i).Tag.Get("json"))
		j.text(": ")
		j.field(v.Field(i))
	}
	j.text("\n}\n")
	if j.err != nil {
		return j.err
	}
	return j.w.Flush()
}

// jsonWriter writes until something fails.
type jsonWriter struct {
	w    *bufio.Writer
	line []byte // reused
	err  error
}

func (j *jsonWriter) text(s string) {
	if j.err == nil {
		_, j.err = j.w.WriteString(s)
	}
}

func (j *jsonWriter) value(v any) {
	if j.err != nil {
		return
	}
	if j.line, j.err = show.AppendJSON(j.line[:0], v); j.err == nil {
		_, j.err = j.w.Write(j.line)
	}
}

// field writes a field of the report. A list goes by line, held or streamed.
func (j *jsonWriter) field(v reflect.Value) {
	switch s := v.Interface().(type) {
	case Stream[Finding]:
		list(j, iter.Seq2[*Finding, error](s))
	case Stream[Issuance]:
		list(j, iter.Seq2[*Issuance, error](s))
	default:
		if v.Kind() != reflect.Slice {
			j.value(s)
			return
		}
		list(j, func(yield func(any, error) bool) {
			for i := range v.Len() {
				if !yield(v.Index(i).Interface(), nil) {
					return
				}
			}
		})
	}
}

// list writes items as an array.
func list[T any](j *jsonWriter, items iter.Seq2[T, error]) {
	between := "\n"
	j.text("[")
	for item, err := range items {
		if j.err == nil {
			j.err = err
		}
		if j.err != nil {
			return
		}
		j.text(between)
		j.value(item)
		between = ",\n"
	}
	if between != "\n" {
		j.text("\n")
	}
	j.text("]")
}
