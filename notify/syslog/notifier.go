package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"pinwatch/notify"
)

const (
	longPatience  = 5 * time.Second        // for a peer to close
	shortPatience = 200 * time.Millisecond // for one that need not, to complain
	refusalWait   = 20 * time.Millisecond  // for a host to say that a port of UDP is closed
	maxSaid       = 64 << 10               // bytes of what a peer says that are read, though it has nothing to say
)

// Notify sends m. What a nil means for each network is told at the package.
func (n *Notifier) Notify(ctx context.Context, m *notify.Message) error {
	text := n.format.message(m)
	var err error
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	if n.network == UDP {
		err = n.datagram(ctx, text)
	} else {
		err = n.stream(ctx, frame(text))
	}
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause // rather than "use of closed connection"
	}
	return fmt.Errorf("syslog %s %s: %w", n.network, n.address, err)
}

func (n *Notifier) datagram(ctx context.Context, text []byte) error {
	conn, err := new(net.Dialer).DialContext(ctx, "udp", n.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write(text); err != nil {
		return err
	}
	_, err = await(ctx, conn, refusalWait)
	return err
}

// errNotClosed is of servers that hang, and of a few that are made so; for those is ConfirmNone.
var errNotClosed = errors.New("it has not closed the connection behind the message: whether it was read is not known")

// halfCloser is a connection on which one can say that one has said all.
type halfCloser interface {
	net.Conn
	CloseWrite() error
}

func (n *Notifier) stream(ctx context.Context, text []byte) error {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", n.address)
	if err != nil {
		return err
	}
	defer raw.Close()
	defer context.AfterFunc(ctx, func() { raw.Close() })()
	conn, _ := raw.(halfCloser) // TCP is one
	if n.tls != nil {
		encrypted := tls.Client(raw, n.tls)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return err
		}
		conn = encrypted
	}
	if _, err = conn.Write(text); err == nil {
		err = conn.CloseWrite()
	}
	if err != nil {
		if _, said := await(ctx, conn, shortPatience); said != nil {
			return said // such as a TLS alert: why the pipe broke
		}
		return err
	}
	closed, err := await(ctx, conn, n.patience)
	if err == nil && !closed && n.confirm {
		err = errNotClosed
	}
	return err
}

// await reads until the peer closes, and says whether it did. A peer that does not within patience is no error.
func await(ctx context.Context, conn net.Conn, patience time.Duration) (closed bool, err error) {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer context.AfterFunc(waiting, func() { conn.Close() })()
	_, err = io.Copy(io.Discard, io.LimitReader(conn, maxSaid))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF): // TLS without a goodbye; TCP says that all was read
		return true, nil
	case err != nil && waiting.Err() != nil:
		return false, ctx.Err()
	}
	return true, err
}
