package email

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// mechanisms are what we can log in with, the best first: those that do not show the server the password, then, on an
// encrypted connection as good as each other, those that do.
func mechanisms() []string {
	return []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5"}
}

// login is nothing to do where no name is configured.
func (s *smtpServer) login(client *smtp.Client) error {
	if s.username == "" {
		return nil
	}
	_, offered := client.Extension("AUTH")
	words := strings.Fields(strings.ToUpper(offered))
	for _, mechanism := range mechanisms() {
		if (s.auth == "" || s.auth == mechanism) && slices.Contains(words, mechanism) {
			return client.Auth(s.method(mechanism))
		}
	}
	if s.auth != "" {
		return fmt.Errorf("the server does not offer AUTH %s", s.auth)
	}
	return errors.New("the server offers no AUTH that we know")
}

// method is a mechanism with our name and password. Those that show the password refuse to on a connection that is not
// encrypted, but to a loopback address.
func (s *smtpServer) method(mechanism string) smtp.Auth {
	switch mechanism {
	case "SCRAM-SHA-256":
		return smtp.ScramSHA256Auth(s.username, s.password)
	case "SCRAM-SHA-1":
		return smtp.ScramSHA1Auth(s.username, s.password)
	case "LOGIN":
		return smtp.LoginAuth(s.username, s.password, s.host, s.local)
	case "CRAM-MD5":
		return smtp.CRAMMD5Auth(s.username, s.password)
	}
	return smtp.PlainAuth("", s.username, s.password, s.host, s.local)
}
