package notify

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOutline(t *testing.T) {
	m := &Message{
		ID: "1", Severity: High, Title: "t", Text: "what", Next: "do", Silence: "hush", Test: true, Parted: 3,
		Time: time.Unix(0, 0), Facts: []Fact{{"name", []string{"a", "b"}}, {"no", []string{"c"}}}, Parts: []Message{{Severity: Low, Title: "p"}},
	}
	got := new(Form).Outline(m)
	want := &Outline{
		Subject:    "[TEST] [pinwatch] high: t",
		Paragraphs: []Paragraph{{"", "THIS IS A TEST. Nothing happened."}, {"", "what"}, {"What to do", "do"}},
		Facts:      "name  a\n      b\nno    c", Parts: []string{"- low: p", "- and 2 more"}, Silence: "hush",
		Footer: "message 1, 1970-01-01 00:00:00Z",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	form, err := NewForm("", "own {{.Title}}\x1b")
	if err != nil {
		t.Fatal(err)
	}
	got = form.Outline(m)
	want = &Outline{Subject: want.Subject, Footer: want.Footer, Paragraphs: []Paragraph{{"", "own t\uFFFD"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFit(t *testing.T) {
	double := func(s string) string { return strings.ReplaceAll(s, "<", "&lt;") }
	for limit := range 60 {
		got := Fit("ab<<<<<<<<<<<<<<<<<<", limit, double)
		if len(got) > limit || limit > 10 && len(got) < limit-8 {
			t.Errorf("%d: %q", limit, got)
		}
		if strings.Count(got, "&") != strings.Count(got, ";") {
			t.Errorf("%d: %q holds half of an escape", limit, got)
		}
	}
	if got := Fit("a<b", 100, double); got != "a&lt;b" {
		t.Errorf("whole: %q", got)
	}
}
