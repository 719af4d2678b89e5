package notify

import (
	"fmt"
	"strings"
	"testing"
)

func TestBriefBoundsEverything(t *testing.T) {
	long := strings.Repeat("x\x1b", 1000)
	m := &Message{ID: "id\n", Thread: "t\n", Title: long, Text: "a\nb", Why: long, Labels: []string{long}, Parted: 99}
	for i := range 99 {
		m.Facts = append(m.Facts, Fact{Name: long, Values: []string{"1", "2\n2", "3", "4"}})
		m.Parts = append(m.Parts, Message{Title: fmt.Sprintf("part\n%d", i)})
	}
	b := Brief(m, 2, 20)
	if b.ID != m.ID || b.Thread != m.Thread || b.Text != m.Text || m.Title != long || m.Parts[1].Title != "part\n1" {
		t.Errorf("identity, text or the original changed: %+v", b)
	}
	for _, s := range []string{b.Title, b.Why, b.Labels[0], b.Facts[0].Name} {
		if len(s) > 20 || strings.Contains(s, "\x1b") || !strings.HasSuffix(s, "...") {
			t.Errorf("%q is not cut and plain", s)
		}
	}
	if got := strings.Join(b.Facts[0].Values, "|"); got != "1|2 2|and 2 more" {
		t.Errorf("values: %s", got)
	}
	if last := b.Facts[len(b.Facts)-1]; len(b.Facts) != 41 || last.Values[0] != "59 more facts" {
		t.Errorf("%d facts, the last %v", len(b.Facts), last)
	}
	if len(b.Parts) != 40 || b.Parts[1].Title != "part 1" || b.Parted != 99 {
		t.Errorf("%d parts of %d: %v", len(b.Parts), b.Parted, b.Parts[1])
	}
}
