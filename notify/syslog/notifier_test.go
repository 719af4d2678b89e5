package syslog

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	syslog "github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/octetcounting"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

func sample() *notify.Message { return &notifytest.Samples()[0] }

// serve accepts connections and hands each to handle, until the test ends.
func serve(t *testing.T, config *tls.Config, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if config != nil {
		l = tls.NewListener(l, config)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				handle(c)
			}()
		}
	}()
	return address
}

// collect reads counted messages with a parser that is not ours.
func collect(got chan<- string) func(net.Conn) {
	return func(c net.Conn) {
		p := octetcounting.NewParser(syslog.WithListener(func(r *syslog.Result) {
			if r.Error != nil {
				got <- "error: " + r.Error.Error()
				return
			}
			text, _ := r.Message.(interface{ String() (string, error) }).String()
			got <- text
		}))
		p.Parse(c)
	}
}

func newNotifier(t *testing.T, c Config) *Notifier {
	t.Helper()
	c.Hostname = "watcher.example.com"
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestStreams(t *testing.T) {
	cert, ca, key := selfSigned(t)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	for _, tt := range []struct {
		name   string
		server *tls.Config
		client Config
	}{
		{"tcp", nil, Config{Network: TCP}},
		{"tls", &tls.Config{Certificates: []tls.Certificate{cert}}, Config{Network: TLS, CA: ca}},
		{
			"tls with a client certificate",
			&tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool},
			Config{Network: TLS, CA: ca, ClientCert: ca, ClientKey: key},
		},
	} {
		got := make(chan string, 1)
		tt.client.Address = serve(t, tt.server, collect(got))
		n := newNotifier(t, tt.client)
		for range 3 {
			if err := n.Notify(t.Context(), sample()); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if text := <-got; !strings.Contains(text, `id="finding-new"`) {
				t.Errorf("%s: %s", tt.name, text)
			}
		}
	}
}

// TestRefusedCertificates notices both sides' refusals. That ours is refused shows only behind the handshake, in TLS 1.3.
func TestRefusedCertificates(t *testing.T) {
	cert, ca, _ := selfSigned(t)
	_, others, othersKey := selfSigned(t)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	address := serve(t, &tls.Config{
		Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
	}, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	for _, tt := range []struct {
		want []string // any of them: the alert may be lost when the connection is reset at once
		c    Config
	}{
		{[]string{"failed to verify certificate"}, Config{CA: others}},
		{[]string{"remote error: tls: ", "broken pipe", "reset"}, Config{CA: ca, ClientCert: others, ClientKey: othersKey}},
		{[]string{"certificate required", "broken pipe", "reset"}, Config{CA: ca}},
	} {
		tt.c.Network, tt.c.Address = TLS, address
		err := newNotifier(t, tt.c).Notify(t.Context(), sample())
		if err == nil || notify.IsPermanent(err) ||
			!slices.ContainsFunc(tt.want, func(want string) bool { return strings.Contains(err.Error(), want) }) {
			t.Errorf("%v, want one of %q", err, tt.want)
		}
	}
}

// TestLostConnections has peers that read not all, and ones that are gone; none may be taken for one that has read.
func TestLostConnections(t *testing.T) {
	for name, handle := range map[string]func(net.Conn){
		"reset": func(c net.Conn) {
			_ = c.(*net.TCPConn).SetLinger(0)
			_, _ = c.Read(make([]byte, 10))
		},
		"closed unread": func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) },
	} {
		n := newNotifier(t, Config{Network: TCP, Address: serve(t, nil, handle)})
		if err := n.Notify(t.Context(), sample()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	n := newNotifier(t, Config{Network: TCP, Address: address})
	if err := n.Notify(t.Context(), sample()); err == nil || !strings.HasPrefix(err.Error(), "syslog tcp "+address+": ") {
		t.Errorf("nobody listens: %v", err)
	}
	// The server comes back: the next message reaches it.
	if l, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 1)
	go func() {
		if c, err := l.Accept(); err == nil {
			collect(got)(c)
			c.Close()
		}
	}()
	if err := n.Notify(t.Context(), sample()); err != nil {
		t.Error(err)
	}
	<-got
}

// TestPeersThatStayOpen may hang, unless we are told that they are made so.
func TestPeersThatStayOpen(t *testing.T) {
	address := serve(t, nil, func(c net.Conn) {
		_, _ = io.Copy(io.Discard, c)
		<-t.Context().Done()
	})
	n := newNotifier(t, Config{Network: TCP, Address: address, Confirm: ConfirmNone})
	if err := n.Notify(t.Context(), sample()); err != nil {
		t.Error(err)
	}
	n = newNotifier(t, Config{Network: TCP, Address: address, Confirm: ConfirmClose})
	n.patience = 50 * time.Millisecond
	if err := n.Notify(t.Context(), sample()); !errors.Is(err, errNotClosed) {
		t.Errorf("a server that may hang: %v", err)
	}
	n.patience = longPatience
	n.timeout = 50 * time.Millisecond
	if err := n.Notify(t.Context(), sample()); err == nil || !strings.Contains(err.Error(), context.DeadlineExceeded.Error()) {
		t.Errorf("the time is over: %v", err)
	}
}

func TestDatagrams(t *testing.T) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := newNotifier(t, Config{Network: UDP, Address: l.LocalAddr().String()})
	many := notifytest.ManyNames()
	for _, m := range []*notify.Message{sample(), &many} {
		if err := n.Notify(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 65536)
		size, _, err := l.ReadFrom(buf)
		if err != nil {
			t.Fatal(err)
		}
		if p := parse(t, buf[:size]); size > datagramSize || (*p.StructuredData)[sdID]["id"] != m.ID {
			t.Errorf("%d bytes: %q", size, buf[:size])
		}
	}
	l.Close()
	if err := n.Notify(t.Context(), sample()); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("nobody listens: %v", err)
	}
}

// selfSigned makes a certificate for 127.0.0.1, the same in PEM, and its key in PEM.
func selfSigned(t *testing.T) (cert tls.Certificate, certPEM, keyPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}
