package notify

import (
	"strings"
	"testing"
)

// TestFormFailsLate has templates that pass the trial and fail, or make nothing, for a message of real life. It must be
// told all the same.
func TestFormFailsLate(t *testing.T) {
	m := &Message{ID: "1", Kind: Finding, Severity: High, Title: "t", Text: "what", Facts: []Fact{{"name", nil}}}
	const wrong = `{{range .Facts}}{{index .Values 7}}{{end}}`
	for _, tt := range []struct{ name, subject, body, wantSubject, wantBody string }{
		{"fails", wrong, wrong, "[pinwatch] high: t", "The template of this receiver failed: template: body:1:18: "},
		{"empty", `{{if .Resolved}}over{{end}}`, "{{if .Resolved}}over{{end}} \n", "[pinwatch] high: t", "what"},
		{"endless", `{{range 100000}}{{$.Title}}........................{{end}}`, `{{range 100000}}{{$.Title}}........................{{end}}`, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := NewForm(tt.subject, tt.body)
			if tt.wantSubject == "" {
				if err == nil || !strings.Contains(err.Error(), "beyond all bounds") {
					t.Errorf("NewForm says %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Subject(m); got != tt.wantSubject {
				t.Errorf("subject %q, want %q", got, tt.wantSubject)
			}
			if got := f.Body(m); !strings.Contains(got, tt.wantBody) || !strings.Contains(got, "message 1, ") {
				t.Errorf("body lacks %q or what the house says:\n%s", tt.wantBody, got)
			}
		})
	}
}
