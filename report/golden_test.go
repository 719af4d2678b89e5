package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is in testdata anew")

// forms are all that a report is written in.
var forms = map[string]func(io.Writer, *Report) error{
	"report.html":   WriteHTML,
	"report.md":     WriteMarkdown,
	"report.json":   WriteJSON,
	"findings.csv":  func(w io.Writer, r *Report) error { return WriteCSV(w, r, "findings") },
	"issuances.csv": func(w io.Writer, r *Report) error { return WriteCSV(w, r, "issuances") },
	"coverage.csv":  func(w io.Writer, r *Report) error { return WriteCSV(w, r, "coverage") },
}

// TestGolden compares reports of the fixed record with those in testdata.
func TestGolden(t *testing.T) {
	reported(t, fixed(t).s, options(), func(r *Report) {
		for name, write := range forms {
			var got bytes.Buffer
			must(t, write(&got, r))
			path := filepath.Join("testdata", name)
			if *update {
				must(t, os.WriteFile(path, got.Bytes(), 0o600))
			}
			want, err := os.ReadFile(path)
			must(t, err)
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s (-want +got), -update writes it anew:\n%s", path, diff)
			}
		}
	})
}

// TestSameBytes makes the same record twice, and two reports of each.
func TestSameBytes(t *testing.T) {
	write := func() (out [2]map[string]string) {
		s := fixed(t).s
		for i := range out {
			out[i] = map[string]string{}
			reported(t, s, options(), func(r *Report) {
				for name, write := range forms {
					var got bytes.Buffer
					must(t, write(&got, r))
					out[i][name] = got.String()
				}
			})
		}
		return out
	}
	first, again := write(), write()
	for _, other := range []map[string]string{first[1], again[0], again[1]} {
		if diff := cmp.Diff(first[0], other); diff != "" {
			t.Error(diff)
		}
	}
}

// UnmarshalJSON reads a list, as programs do that read reports.
func (s *Stream[T]) UnmarshalJSON(raw []byte) error {
	var items []*T
	if err := json.Unmarshal(raw, &items); err != nil {
		return err
	}
	*s = streamOf(items...)
	return nil
}

// streamOf is a stream of what is held.
func streamOf[T any](items ...*T) Stream[T] {
	return func(yield func(*T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// TestJSONIsWhole reads a report back, refusing unknown fields, and writes it again: nothing is lost or made up.
func TestJSONIsWhole(t *testing.T) {
	reported(t, fixed(t).s, options(), func(r *Report) {
		var first, again bytes.Buffer
		must(t, WriteJSON(&first, r))
		dec := json.NewDecoder(bytes.NewReader(first.Bytes()))
		dec.DisallowUnknownFields()
		var read Report
		must(t, dec.Decode(&read))
		must(t, WriteJSON(&again, &read))
		if diff := cmp.Diff(first.String(), again.String()); diff != "" {
			t.Error(diff)
		}
		if i := bytes.IndexFunc(first.Bytes(), func(r rune) bool { return r > 0x7e || r < ' ' && r != '\n' }); i >= 0 {
			t.Errorf("byte %d is no printable ASCII", i)
		}
	})
}
