package matcher

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// FuzzList holds that each line of a list is a watch or a mistake with its number, and that the IDs of its watches make
// the same watches, in a list or one by one.
func FuzzList(f *testing.F) {
	for _, seed := range []string{
		"example.com\n*.example.com\n=example.com # twice\n", "\xef\xbb\xbfEXAMPLE.com.\r\nbücher.example\r\n", "192.0.2.0/24\n::1\n#",
		"", "#", "=", "*.", ".", "a#b\n", "a #b\n=\x00", "com\ncom\nCOM.", strings.Repeat("a.", 200), "1.2.3\n0x7f.1\n1a", "xn--a\n*.xn--\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 10_000 {
			t.Skip("nothing new in long ones")
		}
		lines := strings.Count(string(text), "\n") + 1
		l, err := New(nil, List{Text: slices.Clone(text)})
		if err != nil {
			for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
				var at *ListError
				var m *Mistake
				if !errors.As(err, &at) || !errors.As(err, &m) || at.Line > lines || m.Hint() == "" {
					t.Fatalf("%q: %+v", text, err)
				}
			}
			return
		}
		if l.Len() > lines {
			t.Fatalf("%q: %d watches", text, l.Len())
		}
		var single []Watch
		for i := range l.Len() {
			w := *l.Watch(i)
			if at, found := l.Find(w.ID()); !found || at != i {
				t.Fatalf("%q: %s is found at %d", text, w.ID(), at)
			}
			single = append(single, w)
		}
		one, err := New(single)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := New(nil, List{Text: []byte(strings.Join(ids(l), "\n"))})
		if err != nil {
			t.Fatalf("%q: its IDs are no list: %v", text, err)
		}
		if one.Policy() != l.Policy() || again.Policy() != l.Policy() {
			t.Errorf("%q: %q, one by one %q, again %q", text, ids(l), ids(one), ids(again))
		}
	})
}
