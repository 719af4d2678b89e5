package deliver

import (
	"context"
	"io"
	"strings"

	"pinwatch/notify"
)

// plainText tells people at a terminal, or who read what a service prints.
type plainText struct {
	to   io.Writer
	form *notify.Form
}

// Notify writes subject and body of a message in one piece.
func (p *plainText) Notify(_ context.Context, m *notify.Message) error {
	body := p.form.Body(m)
	if !p.form.OwnBody() {
		body = strings.TrimPrefix(body, m.Title+"\n") // the subject has it
	}
	_, err := io.WriteString(p.to, p.form.Subject(m)+"\n"+notify.Plain(body)+"\n")
	return err
}
