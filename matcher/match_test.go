package matcher

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// list makes a watch list of specs: "name" for a subtree, "=name", "*.name", an address or range as in IDs, each
// followed by "-excluded" names.
func list(t testing.TB, specs ...string) *Watchlist {
	t.Helper()
	l, err := New(watches(specs...))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func watches(specs ...string) []Watch {
	var out []Watch
	for _, spec := range specs {
		parts := strings.Split(spec, " -")
		w := Watch{Name: parts[0], Exclude: parts[1:]}
		if name, found := strings.CutPrefix(w.Name, "="); found {
			w.Name, w.Scope = name, Exact
		} else if name, found := strings.CutPrefix(w.Name, "*."); found {
			w.Name, w.Scope = name, OneLabel
		}
		if p, ok := prefix(parts[0]); ok {
			w = Watch{Prefix: p}
		}
		out = append(out, w)
	}
	return out
}

// told writes hits as "id rule", with a question mark behind those that are not certain.
func told(l *Watchlist, hits []Hit) []string {
	var out []string
	for _, h := range hits {
		s := l.Watch(h.Watch).ID() + " " + string(h.Rule)
		if !h.Certain {
			s += "?"
		}
		out = append(out, s)
	}
	return out
}

// hostTest says which hits a name must have on a watch list. The lists are joined by commas.
type hostTest struct {
	name string
	hits string
	why  string
}

func runHostTests(t *testing.T, l *Watchlist, tests []hostTest) {
	t.Helper()
	for _, test := range tests {
		got := strings.Join(told(l, l.Host(nil, []byte(test.name))), ", ")
		if got != test.hits {
			t.Errorf("%q: got %q, want %q: %s", test.name, got, test.hits, test.why)
		}
	}
}

func TestHostScopes(t *testing.T) {
	t.Run("subtree", func(t *testing.T) {
		runHostTests(t, list(t, "example.com"), []hostTest{
			{"example.com", "example.com exact", "the name itself"},
			{"www.example.com", "example.com subtree", "below it"},
			{"a.b.c.example.com", "example.com subtree", "at any depth"},
			{"_dmarc.example.com", "example.com subtree", "an underscore is in DNS names"},
			{"*.example.com", "example.com subtree", "covers names below it"},
			{"*.a.example.com", "example.com subtree", "covers names below it"},
			{"*.com", "example.com wildcard", "the star stands for example"},
			{"*.*", "example.com inner_wildcard", "stars stand for example and com"},
			{"*", "", "one label is not two"},
			{"com", "", "the parent alone"},
			{"notexample.com", "", "a label that merely ends so"},
			{"example.com.evil.net", "", "a name that merely begins so"},
			{"www.example.com.evil.net", "", "a name that merely begins so"},
			{"example.co", "", "another top-level domain"},
			{"example.comm", "", "another top-level domain"},
			{"examp1e.com", "", "a look-alike"},
			{"", "", "no name at all"},
			{".", "", "the root"},
		})
	})
	t.Run("exact", func(t *testing.T) {
		runHostTests(t, list(t, "=www.example.com"), []hostTest{
			{"www.example.com", "=www.example.com exact", "the name itself"},
			{"a.www.example.com", "", "below it"},
			{"*.www.example.com", "", "covers names below it alone"},
			{"*.example.com", "=www.example.com wildcard", "the star stands for www"},
			{"*.*.com", "=www.example.com inner_wildcard", "stars stand for www and example"},
			{"*.com", "", "a star stands for one label"},
			{"example.com", "", "the parent"},
			{"www.example.org", "", "another name"},
		})
		runHostTests(t, list(t, "=example.com"), []hostTest{
			{"*.example.com", "", "a star stands for a label, not for none"},
			{"*.com", "=example.com wildcard", "the star stands for example"},
		})
		runHostTests(t, list(t, "=a.b.example.com"), []hostTest{
			{"*.example.com", "", "a star stands for one label, not for two"},
			{"*.b.example.com", "=a.b.example.com wildcard", "the star stands for a"},
		})
	})
	t.Run("one-label", func(t *testing.T) {
		runHostTests(t, list(t, "*.example.com"), []hostTest{
			{"www.example.com", "*.example.com one_label", "one label below"},
			{"*.example.com", "*.example.com one_label", "covers every name one label below"},
			{"w*.example.com", "*.example.com one_label", "covers some name one label below"},
			{"example.com", "", "the name itself is not below it"},
			{"a.b.example.com", "", "two labels below"},
			{"*.b.example.com", "", "two labels below"},
			{"*.com", "", "covers example.com, which is not below it"},
			{"*.*.com", "*.example.com inner_wildcard", "the second star stands for example"},
			{"notexample.com", "", "another name"},
		})
	})
	t.Run("subtree below", func(t *testing.T) {
		runHostTests(t, list(t, "a.b.example.com"), []hostTest{
			{"*.b.example.com", "a.b.example.com wildcard", "the star stands for a"},
			{"*.example.com", "", "covers b.example.com, which is above it"},
			{"x.a.b.example.com", "a.b.example.com subtree", "below it"},
			{"b.example.com", "", "above it"},
		})
	})
	t.Run("all three of one name", func(t *testing.T) {
		l := list(t, "example.com", "=example.com", "*.example.com")
		runHostTests(t, l, []hostTest{
			{"example.com", "example.com exact, =example.com exact", "the name"},
			{"www.example.com", "example.com subtree, *.example.com one_label", "below the name"},
			{"*.com", "example.com wildcard, =example.com wildcard", "above the name"},
		})
	})
	t.Run("one label", func(t *testing.T) {
		runHostTests(t, list(t, "localhost", "=intranet"), []hostTest{
			{"localhost", "localhost exact", "the name"},
			{"db.localhost", "localhost subtree", "below it"},
			{"*", "localhost wildcard, =intranet wildcard", "a bare star stands for one label"},
		})
	})
}

func TestHostExclude(t *testing.T) {
	l := list(t, "example.com -dev.example.com -x.y.example.com")
	runHostTests(t, l, []hostTest{
		{"dev.example.com", "", "excluded"},
		{"a.dev.example.com", "", "below an excluded name"},
		{"*.dev.example.com", "", "all that the star covers is excluded"},
		{"DEV.example.com", "", "excluded in any case"},
		{"w*.dev.example.com", "", "all that the wildcard covers is excluded"},
		{"mydev.example.com", "example.com subtree", "another label"},
		{"dev.www.example.com", "example.com subtree", "the label in another place"},
		{"*.example.com", "example.com subtree", "the star also covers www"},
		{"d*.example.com", "example.com subtree", "the wildcard also covers demo"},
		{"a.*.example.com", "example.com subtree", "the wildcard also covers a.www"},
		{"*.com", "example.com wildcard", "example.com itself is not excluded"},
		{"dev.*.com", "", "in example.com it covers just dev, which is excluded"},
		{"y.example.com", "example.com subtree", "above an excluded name"},
		{"*.y.example.com", "example.com subtree", "the star also covers z.y"},
		{"x.y.example.com", "", "excluded"},
		{"?.example.com", "example.com redacted?", "it may be dev, and it may be www"},
		{"?.dev.example.com", "", "excluded whatever the label is"},
		{"\x01.example.com", "example.com unreadable?", "it may be dev, and it may be www"},
		{"x.\x01.example.com", "example.com unreadable?", "it may be x.y"},
		{"a.\x01.example.com", "example.com unreadable?", "it may be a.dev"},
	})
	runHostTests(t, list(t, "*.example.com -dev.example.com"), []hostTest{
		{"dev.example.com", "", "excluded"},
		{"www.example.com", "*.example.com one_label", "not excluded"},
		{"*.example.com", "*.example.com one_label", "the star also covers www"},
	})
}

func TestHostKeepsWhatWasThere(t *testing.T) {
	l := list(t, "example.com", "*.org")
	dst := l.Host(nil, []byte("www.example.com"))
	dst = l.Host(dst, []byte("http://example.com/"))
	dst = l.Host(dst, []byte("a..org"))
	dst = l.Host(dst, []byte("example.net"))
	want := []string{"example.com subtree", "example.com stripped"}
	if diff := cmp.Diff(want, told(l, dst)); diff != "" {
		t.Error(diff)
	}
}
