package email

import (
	"fmt"
	"html/template"
	"strings"

	"pinwatch/notify"
)

// page is what renderHTML shows.
type page struct {
	*notify.Message
	Subject, Colour string
	More            int // parts that are not shown
}

// colours are those of the severities: text on white that can be read (contrast 4.5 or more).
func colour(m *notify.Message) string {
	if m.Resolved {
		return "#1a7f37"
	}
	switch m.Severity {
	case notify.Critical, notify.High:
		return "#b42318"
	case notify.Medium:
		return "#9a5b00"
	}
	return "#475467"
}

// renderHTML is the message as a page with no script, no image, no link and no style sheet: mail programs strip some of
// these and distrust the rest, and no text of a stranger becomes a link that somebody follows.
func renderHTML(subject string, m *notify.Message) (string, error) {
	t, err := template.New("mail").Parse(layout)
	if err != nil {
		return "", fmt.Errorf("read the layout: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, page{m, subject, colour(m), m.Parted - len(m.Parts)}); err != nil {
		return "", fmt.Errorf("lay out the mail: %w", err)
	}
	return b.String(), nil
}

const layout = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body style="font-family:sans-serif;font-size:15px;line-height:1.45;color:#1d2939;max-width:46em">
{{if .Test}}<p><strong>THIS IS A TEST. Nothing happened.</strong></p>
{{end}}<p style="border-left:4px solid {{.Colour}};padding-left:.7em"><strong style="color:{{.Colour}}">` +
	`{{if .Resolved}}resolved{{else}}{{.Severity}}{{end}}</strong><br><strong>{{.Title}}</strong></p>
{{with .Text}}<p>{{.}}</p>
{{end}}{{with .Why}}<p><strong>Why it matters:</strong> {{.}}</p>
{{end}}{{with .Next}}<p><strong>What to do:</strong> {{.}}</p>
{{end}}{{if .Facts}}<table style="border-collapse:collapse">
{{range .Facts}}<tr><th style="text-align:left;vertical-align:top;padding:.15em 1em .15em 0">{{.Name}}</th>` +
	`<td style="font-family:monospace;word-break:break-all">{{range $i, $v := .Values}}{{if $i}}<br>{{end}}{{$v}}{{end}}</td></tr>
{{end}}</table>
{{end}}{{if .Parted}}<ul>
{{range .Parts}}<li>{{.Severity}}: {{.Title}}</li>
{{end}}{{if gt .More 0}}<li>and {{.More}} more</li>
{{end}}</ul>
{{end}}{{with .Silence}}<p style="color:#475467">To silence this rightly: {{.}}</p>
{{end}}<p style="color:#475467;font-size:13px">message {{.ID}}, {{.Time.UTC.Format "2006-01-02 15:04:05Z"}}</p>
</body></html>
`
