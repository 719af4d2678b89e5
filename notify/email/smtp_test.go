package email

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

func sample() *notify.Message { return &notifytest.Samples()[0] }

func TestDeliversOverTLS(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		box := &mailbox{}
		box.start(t, implicit)
		c := box.config("ops@example.com", "Sec <sec@example.com>", "ops@example.com")
		if implicit {
			c.Security = TLS
		}
		if err := newNotifier(t, c).Notify(t.Context(), sample()); err != nil {
			t.Fatal(err)
		}
		mails, rcpts := box.got()
		if diff := cmp.Diff([][]string{{"ops@example.com", "sec@example.com"}}, rcpts); diff != "" || len(mails) != 1 {
			t.Errorf("implicit %v: recipients (-want +got):\n%s", implicit, diff)
		}
	}
}

// TestOtherAlphabets needs a server that takes such addresses; all others take the mail nevertheless.
func TestOtherAlphabets(t *testing.T) {
	for _, offered := range []bool{true, false} {
		box := &mailbox{utf8: offered}
		box.start(t, false)
		err := newNotifier(t, box.config("ops@example.com", "J\u00fcrgen <j\u00fcrgen@example.com>")).Notify(t.Context(), sample())
		want := [][]string{{"ops@example.com", "j\u00fcrgen@example.com"}}
		if !offered {
			want = [][]string{{"ops@example.com"}}
		}
		mails, rcpts := box.got()
		if diff := cmp.Diff(want, rcpts); diff != "" || (err == nil) != offered {
			t.Errorf("offered %v: %v (-want +got):\n%s", offered, err, diff)
		}
		for _, raw := range mails {
			parse(t, raw)
		}
	}
}

func TestPlainTextOnlyWhenAsked(t *testing.T) {
	c := Config{From: "ct@example.com", To: []string{"ops@example.com"}, Timeout: 10 * time.Second}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box := &mailbox{mechanisms: []string{"PLAIN"}}
	server := smtp.NewServer(smtp.BackendFunc(func(conn *smtp.Conn) (smtp.Session, error) {
		return &session{box: box, conn: conn}, nil
	}))
	server.AllowInsecureAuth = true
	go func() { _ = server.Serve(l) }()
	defer server.Close()

	c.Server = l.Addr().String()
	wantError(t, newNotifier(t, c).Notify(t.Context(), sample()), "does not offer STARTTLS")
	c.Security, c.Username, c.Password = Plain, testUser, testPassword // to a loopback address a password may go
	if err := newNotifier(t, c).Notify(t.Context(), sample()); err != nil {
		t.Error(err)
	}
	c.Server = "mail.example.com"
	if _, err := New(c); err == nil {
		t.Error("a password would be sent without TLS")
	}
	c.Username, c.Password = "", ""
	if _, err := New(c); err != nil {
		t.Errorf("plain text without a password: %v", err)
	}
}

func TestWrongCertificatesAreRefused(t *testing.T) {
	for _, security := range []Security{StartTLS, TLS} {
		box := &mailbox{mechanisms: []string{"PLAIN"}}
		box.start(t, security == TLS)
		c := box.config("ops@example.com")
		c.Security, c.Username, c.Password = security, testUser, testPassword
		_, c.CA = selfSigned(t, "127.0.0.1") // another's
		err := newNotifier(t, c).Notify(t.Context(), sample())
		wantError(t, err, "certificate")
		if notify.IsPermanent(err) || box.logins != 0 {
			t.Errorf("permanent, or a login came: %v", err)
		}
		c.CA = box.ca
		c.Server = strings.Replace(box.address, "127.0.0.1", "localhost", 1) // the certificate is not for this name
		wantError(t, newNotifier(t, c).Notify(t.Context(), sample()), "certificate")
	}
}

func TestLogsIn(t *testing.T) {
	for _, mechanism := range mechanisms() {
		for _, named := range []string{"", strings.ToLower(mechanism)} {
			box := &mailbox{mechanisms: []string{mechanism}}
			box.start(t, false)
			c := box.config("ops@example.com")
			c.Username, c.Password, c.Auth = testUser, testPassword, named
			if err := newNotifier(t, c).Notify(t.Context(), sample()); err != nil {
				t.Errorf("%s: %v", mechanism, err)
			}
			c.Password = "wrong"
			err := newNotifier(t, c).Notify(t.Context(), sample())
			wantError(t, err, "log in: answer 5")
			if mails, _ := box.got(); len(mails) != 1 || box.logins != 1 || notify.IsPermanent(err) {
				t.Errorf("%s: %d mails, %d logins, %v", mechanism, len(mails), box.logins, err)
			}
		}
	}
	box := &mailbox{mechanisms: []string{"PLAIN", "XOAUTH2"}}
	box.start(t, false)
	c := box.config("ops@example.com")
	c.Username, c.Password, c.Auth = testUser, testPassword, "scram-sha-256"
	wantError(t, newNotifier(t, c).Notify(t.Context(), sample()), "does not offer AUTH SCRAM-SHA-256")
}

// TestRecipientsOneByOne sends to three, of whom one is refused for good and one is put off.
func TestRecipientsOneByOne(t *testing.T) {
	off := true
	box := &mailbox{atRcpt: func(to string) error {
		switch {
		case strings.HasPrefix(to, "gone@"):
			return &smtp.SMTPError{Code: 550, Message: "no such\tuser"}
		case strings.HasPrefix(to, "full@") && off:
			return &smtp.SMTPError{Code: 450, Message: "mailbox busy"}
		}
		return nil
	}}
	box.start(t, false)
	n := newNotifier(t, box.config("ops@example.com", "gone@example.com", "full@example.com"))

	err := n.Notify(t.Context(), sample())
	wantError(t, err, "recipient full@example.com: answer 450")
	if notify.IsPermanent(err) {
		t.Errorf("given up: %v", err)
	}
	off = false
	err = n.Notify(t.Context(), sample())
	wantError(t, err, "refused by 1 of 3 recipients: gone@example.com: ")
	if !notify.IsPermanent(err) {
		t.Errorf("not given up: %v", err)
	}
	_, rcpts := box.got()
	if diff := cmp.Diff([][]string{{"ops@example.com"}, {"full@example.com"}}, rcpts); diff != "" {
		t.Errorf("who got it (-want +got):\n%s", diff)
	}
	if len(n.done) != 0 {
		t.Errorf("remembered without need: %v", n.done)
	}
}

// TestMemoryIsBounded sends to one of two, with as many waiting as may be.
func TestMemoryIsBounded(t *testing.T) {
	box := &mailbox{atRcpt: func(to string) error {
		if strings.HasPrefix(to, "full@") {
			return &smtp.SMTPError{Code: 452, Message: "too many"}
		}
		return nil
	}}
	box.start(t, false)
	n := newNotifier(t, box.config("ops@example.com", "full@example.com"))
	for i := range maxRemembered {
		n.done[strconv.Itoa(i)] = settled{"ops@example.com": nil}
	}
	wantError(t, n.Notify(t.Context(), sample()), "answer 452")
	if len(n.done) != 1 {
		t.Errorf("%d messages are remembered", len(n.done))
	}
}

func TestWhatServersAnswer(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	half := func(r io.Reader) { _, _ = io.ReadFull(r, make([]byte, 100)) }
	for _, tt := range []struct {
		name      string
		atRcpt    error
		atData    func(c *smtp.Conn, r io.Reader) error
		want      string
		permanent bool
	}{
		{name: "421 at RCPT", atRcpt: &smtp.SMTPError{Code: 421, Message: "closing"}, want: "answer 421"},
		{name: "451 at DATA", want: "mail: answer 451", atData: func(*smtp.Conn, io.Reader) error {
			return &smtp.SMTPError{Code: 451, Message: "local error"}
		}},
		{name: "554 at DATA", want: "refused by 1 of 1 recipients", permanent: true, atData: func(*smtp.Conn, io.Reader) error {
			return &smtp.SMTPError{Code: 554, Message: "looks like spam \x1b[2J" + strings.Repeat("x", 400)}
		}},
		{name: "cut in the middle of DATA", want: ": mail: ", atData: func(c *smtp.Conn, r io.Reader) error {
			half(r)
			c.Conn().Close()
			return errors.New("cut")
		}},
		{name: "slow", want: context.DeadlineExceeded.Error(), atData: func(_ *smtp.Conn, r io.Reader) error {
			half(r)
			<-hang
			return nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			box := &mailbox{atRcpt: func(string) error { return tt.atRcpt }, atData: tt.atData}
			box.start(t, false)
			c := box.config("ops@example.com")
			if tt.name == "slow" {
				c.Timeout = 300 * time.Millisecond
			}
			err := newNotifier(t, c).Notify(t.Context(), sample())
			wantError(t, err, tt.want)
			if notify.IsPermanent(err) != tt.permanent || len(err.Error()) > 500 || strings.Contains(err.Error(), "\x1b") {
				t.Errorf("permanent %v, %q", notify.IsPermanent(err), err)
			}
			if tt.name == "slow" {
				return
			}
			if mails, _ := box.got(); len(mails) != 0 {
				t.Errorf("%d mails came through", len(mails))
			}
		})
	}
}

// TestLostAnswerRepeatsTheMessageID loses the answer behind a mail that was taken.
func TestLostAnswerRepeatsTheMessageID(t *testing.T) {
	box := &mailbox{}
	var lost atomic.Bool
	box.atData = func(c *smtp.Conn, r io.Reader) error {
		if lost.CompareAndSwap(false, true) {
			all, err := io.ReadAll(r)
			box.mails = append(box.mails, all)
			c.Conn().Close()
			return errors.Join(err, errors.New("lost"))
		}
		return nil
	}
	box.start(t, false)
	n := newNotifier(t, box.config("ops@example.com"))
	wantError(t, n.Notify(t.Context(), sample()), "mail: ")
	if err := n.Notify(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	mails, _ := box.got()
	if len(mails) != 2 {
		t.Fatalf("%d mails, want the same twice", len(mails))
	}
	first, second := parse(t, mails[0]), parse(t, mails[1])
	if id := first.header.Get("Message-ID"); id == "" || id != second.header.Get("Message-ID") {
		t.Errorf("Message-IDs %q and %q", id, second.header.Get("Message-ID"))
	}
	if !slices.Equal(first.texts(), second.texts()) {
		t.Error("the mails differ")
	}
}

// TestHostileServers talk when they should not, or not at all.
func TestHostileServers(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"endless greeting": func(c net.Conn) {
			line := []byte("220-" + strings.Repeat("x", 1000))
			for {
				if _, err := c.Write(line); err != nil {
					return
				}
			}
		},
		"silent":     func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
		"hangs up":   func(net.Conn) {},
		"not SMTP":   func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) },
		"turns away": func(c net.Conn) { _, _ = c.Write([]byte("554 go away\r\n")) },
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if c, err := l.Accept(); err == nil {
				serve(c)
				c.Close()
			}
		}()
		c := Config{From: "ct@example.com", To: []string{"ops@example.com"}, Server: l.Addr().String(), Timeout: time.Second}
		err = newNotifier(t, c).Notify(t.Context(), sample())
		if err == nil || notify.IsPermanent(err) || !strings.HasPrefix(err.Error(), l.Addr().String()+": connect: ") {
			t.Errorf("%s: %v", name, err)
		}
		l.Close()
	}
}
