package email

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"pinwatch/notify"
	"pinwatch/notify/trust"
)

// Security is how an SMTP connection is protected.
type Security string

// The protections. StartTLS is taken for an empty one.
const (
	StartTLS Security = "starttls" // the server must offer it; port 587
	TLS      Security = "tls"      // from the first byte; port 465
	Plain    Security = "none"     // no protection; port 25
)

// DefaultTimeout bounds the delivery of a mail as a whole. RFC 5321 section 4.5.3.2 lets servers take minutes.
const DefaultTimeout = 2 * time.Minute

// maxRecipients is what every server has to take in one transaction (RFC 5321 section 4.5.3.1.8).
const maxRecipients = 100

// Config says who is told and by what way: with Server by SMTP, with Sendmail by a program.
type Config struct {
	// From is the sender, and To are the recipients: addresses, with or without a name (RFC 5322 section 3.4).
	From string
	To   []string

	// Server is host or host:port.
	Server   string
	Security Security
	// Username and Password, where given, must be accepted. Auth is the mechanism: plain, login, cram-md5, scram-sha-1,
	// scram-sha-256; empty: the best that the server offers.
	Username, Password, Auth string
	// Helo is our name in EHLO; empty: localhost.
	Helo string
	// CA, ClientCert and ClientKey are PEM as told at trust.TLS.
	CA, ClientCert, ClientKey []byte

	// Sendmail is the path of a program that takes a mail as sendmail does: -i -f SENDER -- RECIPIENT..., the mail on stdin.
	Sendmail string

	// Timeout bounds a delivery as a whole; 0 is DefaultTimeout.
	Timeout time.Duration
	// Form makes subject and body; nil: the house's.
	Form *notify.Form
}

// Notifier sends mails.
type Notifier struct {
	from    *mail.Address
	to      []*mail.Address
	form    *notify.Form
	timeout time.Duration
	deliver transport
	done    map[string]settled // by message ID; see settled
}

// New checks the configuration; nothing is contacted or run.
func New(c Config) (*Notifier, error) {
	n := &Notifier{form: c.Form, timeout: c.Timeout, done: map[string]settled{}}
	if n.form == nil {
		n.form = &notify.Form{}
	}
	switch {
	case n.timeout < 0:
		return nil, fmt.Errorf("timeout: %v is negative", n.timeout)
	case n.timeout == 0:
		n.timeout = DefaultTimeout
	}
	var err error
	if n.from, err = address(c.From); err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	if len(c.To) == 0 || len(c.To) > maxRecipients {
		return nil, fmt.Errorf("to: %d recipients, not 1 to %d", len(c.To), maxRecipients)
	}
	for _, to := range c.To {
		a, err := address(to)
		if err != nil {
			return nil, fmt.Errorf("to: %w", err)
		}
		if !slices.ContainsFunc(n.to, func(b *mail.Address) bool { return a.Address == b.Address }) {
			n.to = append(n.to, a)
		}
	}
	switch {
	case (c.Server == "") == (c.Sendmail == ""):
		return nil, errors.New("exactly one of server and sendmail is needed")
	case c.Sendmail != "":
		n.deliver, err = newSendmail(&c)
	default:
		n.deliver, err = newSMTP(&c)
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// address reads an address that is safe in a header, in a command of SMTP and as an argument of a program.
func address(s string) (*mail.Address, error) {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, fmt.Errorf("%q holds a control character", s)
	}
	a, err := mail.ParseAddress(s)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q is no address: %w", s, err)
	case strings.ContainsAny(a.Address, "<> \"\\") || a.Address != notify.Line(a.Address):
		return nil, fmt.Errorf("%q: an address of this form is not supported", s)
	case strings.HasPrefix(a.Address, "-"):
		return nil, fmt.Errorf("%q begins with a hyphen", s)
	}
	return a, nil
}

func newSMTP(c *Config) (*smtpServer, error) {
	s := &smtpServer{security: c.Security, username: c.Username, password: c.Password, helo: c.Helo}
	port, known := map[Security]int{StartTLS: 587, "": 587, TLS: 465, Plain: 25}[c.Security]
	if !known {
		return nil, fmt.Errorf("security: %q is none of starttls, tls, none", c.Security)
	}
	s.host, s.address = c.Server, net.JoinHostPort(strings.Trim(c.Server, "[]"), strconv.Itoa(port))
	if host, number, err := net.SplitHostPort(c.Server); err == nil {
		if p, err := strconv.ParseUint(number, 10, 16); err != nil || p == 0 {
			return nil, fmt.Errorf("server: %q has no port from 1 to 65535", c.Server)
		}
		s.host, s.address = host, c.Server
	}
	s.host = strings.Trim(s.host, "[]")
	if s.host == "" || notify.Line(s.host) != s.host || strings.ContainsAny(s.host, " /@") {
		return nil, fmt.Errorf("server: %q is not host or host:port", c.Server)
	}
	if s.helo == "" {
		s.helo = "localhost"
	}
	if notify.Line(s.helo) != s.helo || strings.Contains(s.helo, " ") {
		return nil, fmt.Errorf("helo: %q is no host name", s.helo)
	}
	t, err := trust.TLS(c.CA, c.ClientCert, c.ClientKey)
	if err != nil {
		return nil, err
	}
	t.ServerName = s.host
	s.tls = t
	return s, s.checkAuth(c)
}

func (s *smtpServer) checkAuth(c *Config) error {
	s.local = isLoopback(s.host)
	switch {
	case (c.Username == "") != (c.Password == ""):
		return errors.New("username and password: both or none are needed")
	case c.Username == "" && c.Auth != "":
		return errors.New("auth: there is no username")
	case c.Auth != "" && !slices.Contains(mechanisms(), strings.ToUpper(c.Auth)):
		return fmt.Errorf("auth: %q is none of %s", c.Auth, strings.ToLower(strings.Join(mechanisms(), ", ")))
	case c.Username != "" && c.Security == Plain && !s.local:
		return errors.New("security: a password is not sent without TLS")
	}
	s.auth = strings.ToUpper(c.Auth)
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
