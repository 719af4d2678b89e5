package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wneessen/go-mail/smtp"

	"pinwatch/notify"
)

// maxAnswers bounds what a server may say during one delivery, in bytes. The reader of lines has no bound of its own.
const maxAnswers = 1 << 20

// smtpServer is a transport over SMTP: one connection for each mail.
type smtpServer struct {
	host, address string
	security      Security
	tls           *tls.Config
	helo          string

	username, password string
	auth               string // a mechanism; empty: the best of those offered
	local              bool   // the host is a loopback address
}

func (s *smtpServer) send(ctx context.Context, from string, to []string, mail []byte) (settled, error) {
	client, hangUp, err := s.dial(ctx)
	if err != nil {
		return nil, s.explain(ctx, "connect", err)
	}
	defer hangUp()
	if err := s.login(client); err != nil {
		return nil, s.explain(ctx, "log in", err)
	}
	extended, _ := client.Extension("SMTPUTF8")
	client.SkipSMTPUTF8(isASCII(from) && !slices.ContainsFunc(to, func(s string) bool { return !isASCII(s) }))
	if err := client.Mail("<" + from + ">"); err != nil {
		return nil, s.explain(ctx, "sender "+from, err)
	}
	result := settled{}
	var accepted []string
	var later error
	for _, address := range to {
		if !extended && !isASCII(address) {
			result[address] = fmt.Errorf("%s takes no address that is not ASCII (SMTPUTF8)", s.address)
			continue
		}
		switch err := client.Rcpt("<" + address + ">"); {
		case err == nil:
			accepted = append(accepted, address)
		case isRefusal(err):
			result[address] = s.explain(ctx, "recipient", err)
		case isAnswer(err):
			later = and(later, s.explain(ctx, "recipient "+address, err))
		default:
			return result, s.explain(ctx, "recipient "+address, err)
		}
	}
	if len(accepted) == 0 {
		return result, later
	}
	switch err := transfer(client, mail); {
	case err == nil:
		for _, address := range accepted {
			result[address] = nil
		}
	case isRefusal(err):
		for _, address := range accepted {
			result[address] = s.explain(ctx, "mail", err)
		}
	default:
		return result, and(later, s.explain(ctx, "mail", err))
	}
	// Nothing depends on a proper goodbye: what was taken is taken.
	_ = client.Quit()
	return result, later
}

// and is both errors in one line; a may be nil.
func and(a, b error) error {
	if a == nil {
		return b
	}
	return fmt.Errorf("%w; %w", a, b)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// transfer sends the mail; the server's answer behind its end is what counts.
func transfer(client *smtp.Client, mail []byte) error {
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(mail); err != nil {
		return err // not closed: the end of half a mail must not be sent
	}
	return w.Close()
}

// dial connects and encrypts. The second result hangs up; a context that ends does as well, wherever we are.
func (s *smtpServer) dial(ctx context.Context) (*smtp.Client, func(), error) {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	hangUp := func() { stop(); raw.Close() }
	conn := net.Conn(&boundedConn{Conn: raw, left: maxAnswers})
	if s.security == TLS {
		encrypted := tls.Client(conn, s.tls)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			hangUp()
			return nil, nil, err
		}
		conn = encrypted
	}
	client, err := smtp.NewClient(conn, s.host)
	if err == nil {
		err = client.Hello(s.helo)
	}
	if err == nil && s.security != TLS && s.security != Plain {
		err = s.startTLS(client)
	}
	if err != nil {
		hangUp()
		return nil, nil, err
	}
	return client, hangUp, nil
}

func (s *smtpServer) startTLS(client *smtp.Client) error {
	if offered, _ := client.Extension("STARTTLS"); !offered {
		return errors.New("the server does not offer STARTTLS")
	}
	return client.StartTLS(s.tls)
}

// isRefusal says whether a server answered that waiting will not mend it (RFC 5321 section 4.2.1).
func isRefusal(err error) bool {
	answer, ok := errors.AsType[*textproto.Error](err)
	return ok && answer.Code >= 500 && answer.Code <= 599
}

// isAnswer says whether err is what a server answered, and not that it did not.
func isAnswer(err error) bool {
	_, ok := errors.AsType[*textproto.Error](err)
	return ok
}

// explain names the server and what we were at. Of what servers say little is shown, and to a password nothing.
func (s *smtpServer) explain(ctx context.Context, at string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause // rather than "use of closed connection"
	}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		err = fmt.Errorf("answer %d %s", answer.Code, notify.Clip(notify.Line(answer.Msg), 200))
		if at == "log in" {
			err = fmt.Errorf("answer %d", answer.Code)
		}
	}
	return fmt.Errorf("%s: %s: %w", s.address, at, err)
}

// boundedConn refuses to read more than a number of bytes.
type boundedConn struct {
	net.Conn
	left int
}

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errors.New("the server talks too much")
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}
