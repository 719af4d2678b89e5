package pinfile

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPatternsOverlap holds what OkHttp's patterns come to where they overlap: all pins of those that match will do, and
// an entry never takes on pins for a name that the other pattern does not match.
func TestPatternsOverlap(t *testing.T) {
	pin := func(name string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(name))) }
	tests := []struct {
		name  string
		lines []string // a pattern and the name of its pin
		want  []string // a pattern, the names of its pins, and what is excluded
	}{
		{"apart", []string{"a.example.com A", "b.example.com B"}, []string{"a.example.com A", "b.example.com B"}},
		{"below any", []string{"**.example.com A", "b.example.com B"}, []string{"**.example.com A -b.example.com", "b.example.com AB"}},
		{"the same pins", []string{"**.example.com A", "b.example.com A"}, []string{"**.example.com A", "b.example.com A"}},
		{"below one", []string{"*.example.com A", "b.example.com B"}, []string{"*.example.com A -b.example.com", "b.example.com AB"}},
		{"two below one", []string{"*.example.com A", "a.b.example.com B"}, []string{"*.example.com A", "a.b.example.com B"}},
		{"one below one", []string{"*.example.com A", "*.b.example.com B"}, []string{"*.example.com A", "*.b.example.com B"}},
		{"any below one", []string{"*.example.com A", "**.b.example.com B"}, []string{"*.example.com A -b.example.com", "**.b.example.com B"}},
		{"one below any", []string{"**.example.com A", "*.b.example.com B"}, []string{"**.example.com A", "*.b.example.com AB"}},
		{
			"three deep",
			[]string{"**.example.com A", "**.b.example.com B", "c.b.example.com C"},
			[]string{"**.example.com A -b.example.com", "**.b.example.com AB -c.b.example.com", "c.b.example.com ABC"},
		},
		{"one name", []string{"**.example.com A", "example.com B"}, []string{"**.example.com A", "example.com AB"}},
	}
	for _, tt := range tests {
		var b strings.Builder
		for _, l := range tt.lines {
			pattern, name, _ := strings.Cut(l, " ")
			fmt.Fprintf(&b, "%s %s %s\n", pattern, pin(name), name)
		}
		set, err := Read("pins.txt", []byte(b.String()), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range set.Entries {
			names := map[string]bool{}
			for _, p := range e.Pins {
				names[p.Label] = true
			}
			out := formatPattern(e.Host, e.Scope) + " "
			for _, n := range []string{"A", "B", "C"} {
				if names[n] {
					out += n
				}
			}
			for _, x := range e.Exclude {
				out += " -" + x
			}
			got = append(got, out)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
