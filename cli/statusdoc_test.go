package cli

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fields are the names of the fields of a type in JSON, with those of what is in it.
func fields(t reflect.Type, path string) (out []string) {
	for f := range t.Fields() {
		of, into := f.Type, "."
		if of.Kind() == reflect.Slice {
			into = "[]."
		}
		if of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if f.Anonymous {
			out = append(out, fields(of, path)...)
			continue
		}
		name := path + f.Tag.Get("json")
		out = append(out, name)
		if strings.HasPrefix(of.PkgPath(), "pinwatch/") {
			out = append(out, fields(of, name+into)...)
		}
	}
	return out
}

// TestStatusPage holds the table of docs/status.md to what is printed.
func TestStatusPage(t *testing.T) {
	page, err := os.ReadFile("../docs/status.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_.\\[\\]]+)` \\|").FindAllSubmatch(page, -1) {
		documented = append(documented, string(row[1]))
	}
	if diff := cmp.Diff(fields(reflect.TypeFor[statusLineJSON](), ""), documented); diff != "" {
		t.Errorf("docs/status.md (-printed +documented):\n%s", diff)
	}
}
