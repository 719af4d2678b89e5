package email

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	testUser     = "pinwatch"
	testPassword = "correct horse"
)

// mailbox is a mail server that keeps what it gets, and fails as it is told.
type mailbox struct {
	address string
	ca      []byte // PEM

	mechanisms []string
	utf8       bool // SMTPUTF8 is offered (RFC 6531)
	atRcpt     func(to string) error
	atData     func(c *smtp.Conn, r io.Reader) error // nil: take it

	mu     sync.Mutex
	mails  [][]byte
	rcpts  [][]string // of each mail
	logins int
}

// start serves box, with TLS from the start if that is wanted.
func (box *mailbox) start(t *testing.T, implicit bool) {
	t.Helper()
	cert, ca := selfSigned(t, "127.0.0.1")
	box.ca = ca
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{box: box, conn: c}, nil
	}))
	server.EnableSMTPUTF8 = box.utf8
	server.Domain = "mail.example.com"
	server.ErrorLog = log.New(io.Discard, "", 0)
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box.address = l.Addr().String()
	if implicit {
		l = tls.NewListener(l, server.TLSConfig)
	}
	var served sync.WaitGroup
	served.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() { server.Close(); served.Wait() })
}

// config is how the box is reached with STARTTLS.
func (box *mailbox) config(to ...string) Config {
	return Config{
		From: "pinwatch <ct@example.com>", To: to, Server: box.address, CA: box.ca, Timeout: 10 * time.Second,
	}
}

func (box *mailbox) got() (mails [][]byte, rcpts [][]string) {
	box.mu.Lock()
	defer box.mu.Unlock()
	return slices.Clone(box.mails), slices.Clone(box.rcpts)
}

type session struct {
	box    *mailbox
	conn   *smtp.Conn
	authed bool
	to     []string
}

func (s *session) AuthMechanisms() []string { return s.box.mechanisms }

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	done := func() {
		s.authed = true
		s.box.mu.Lock()
		s.box.logins++
		s.box.mu.Unlock()
	}
	return newSASL(mechanism, done), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	if len(s.box.mechanisms) > 0 && !s.authed {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.box.atRcpt != nil {
		if err := s.box.atRcpt(to); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	if s.box.atData != nil {
		if err := s.box.atData(s.conn, r); err != nil {
			return err
		}
	}
	all, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.mails = append(s.box.mails, bytes.Clone(all))
	s.box.rcpts = append(s.box.rcpts, slices.Clone(s.to))
	return nil
}

func (s *session) Reset()        { s.to = nil }
func (s *session) Logout() error { return nil }

// selfSigned makes a certificate for a host, and the same in PEM.
func selfSigned(t *testing.T, host string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// newNotifier is New that must work.
func newNotifier(t *testing.T, c Config) *Notifier {
	t.Helper()
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// wantError checks that err says what it should, and nothing secret.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	} else if strings.Contains(err.Error(), testPassword) {
		t.Errorf("the error %v shows the password", err)
	}
}
