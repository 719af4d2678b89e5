package syslog

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"pinwatch/notify"
	"pinwatch/notify/trust"
)

// The networks, with the ports that are taken where none is given.
const (
	UDP = "udp" // 514
	TCP = "tcp" // 601
	TLS = "tls" // 6514
)

// The formats.
const (
	RFC5424 = "rfc5424" // structured data and a line for people; taken for an empty one
	CEF     = "cef"     // CEF:0 in a message of RFC 5424
)

// What counts as told over TCP and TLS.
const (
	ConfirmClose = "close" // what the server has closed the connection behind; taken for an empty one
	ConfirmNone  = "none"  // what is written, for servers that never close
)

const (
	// DefaultTimeout bounds the delivery of a message.
	DefaultTimeout = 15 * time.Second

	// What a message may have in bytes, where nothing else is said: over UDP what Ethernet takes in one piece, otherwise
	// what receivers should take (RFC 5425 section 4.3.1).
	datagramSize = 1400
	streamSize   = 8192
	minSize      = 1024
	maxSize      = 65507 // the most that UDP can carry
)

// Config says where messages go and what they look like.
type Config struct {
	Network string // UDP, TCP or TLS
	Address string // host or host:port
	// Format is RFC5424 or CEF.
	Format string
	// Facility is one of the names of RFC 5424 section 6.2.1 in short: kern, user, ... local7; empty: local0.
	Facility string
	// Hostname is who we say we are; empty: the machine's name.
	Hostname string
	// Product is our version, for CEF.
	Product string
	// MaxSize bounds a message in bytes, 1024 to 65507; 0: 1400 over UDP, 8192 otherwise.
	MaxSize int
	// Confirm is ConfirmClose or ConfirmNone.
	Confirm string
	// CA, ClientCert and ClientKey are PEM for TLS, as told at trust.TLS.
	CA, ClientCert, ClientKey []byte
	// Timeout bounds a delivery; 0 is DefaultTimeout.
	Timeout time.Duration
	// Form makes the line for people; nil: the house's.
	Form *notify.Form
}

// facilities are those of RFC 5424 section 6.2.1, in the order of their numbers.
func facilities() []string {
	return []string{
		"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
		"audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	}
}

// Notifier sends syslog messages.
type Notifier struct {
	network, address string
	tls              *tls.Config // nil but for TLS
	timeout          time.Duration
	confirm          bool          // a peer must close behind a message
	patience         time.Duration // how long it may take
	format           format
}

// New checks the configuration; nothing is contacted.
func New(c Config) (*Notifier, error) {
	n := &Notifier{network: c.Network, timeout: c.Timeout, confirm: c.Confirm != ConfirmNone, patience: longPatience}
	if !n.confirm {
		n.patience = shortPatience
	}
	switch {
	case c.Confirm != "" && c.Confirm != ConfirmClose && c.Confirm != ConfirmNone:
		return nil, fmt.Errorf("confirm: %q is none of close, none", c.Confirm)
	case n.timeout < 0:
		return nil, fmt.Errorf("timeout: %v is negative", n.timeout)
	case n.timeout == 0:
		n.timeout = DefaultTimeout
	}
	var err error
	if n.address, err = address(c.Network, c.Address); err != nil {
		return nil, err
	}
	switch {
	case c.Network == TLS:
		if n.tls, err = trust.TLS(c.CA, c.ClientCert, c.ClientKey); err != nil {
			return nil, err
		}
		n.tls.ServerName, _, _ = net.SplitHostPort(n.address)
		n.tls.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	case len(c.CA)+len(c.ClientCert)+len(c.ClientKey) > 0:
		return nil, fmt.Errorf("ca, client certificate and key are for tls, not for %s", c.Network)
	}
	n.format, err = newFormat(&c)
	return n, err
}

func address(network, given string) (string, error) {
	port, known := map[string]string{UDP: "514", TCP: "601", TLS: "6514"}[network]
	if !known {
		return "", fmt.Errorf("network: %q is none of udp, tcp, tls", network)
	}
	host := strings.Trim(given, "[]")
	if h, p, err := net.SplitHostPort(given); err == nil {
		number, err := strconv.ParseUint(p, 10, 16)
		if err != nil || number == 0 {
			return "", fmt.Errorf("address: %q has no port from 1 to 65535", given)
		}
		host, port = h, p
	}
	if host == "" || notify.Line(host) != host || strings.ContainsAny(host, " /@") {
		return "", fmt.Errorf("address: %q is not host or host:port", given)
	}
	return net.JoinHostPort(host, port), nil
}

func newFormat(c *Config) (format, error) {
	f := format{cef: c.Format == CEF, product: c.Product, size: c.MaxSize, form: c.Form, host: c.Hostname}
	if c.Format != "" && c.Format != RFC5424 && c.Format != CEF {
		return f, fmt.Errorf("format: %q is none of rfc5424, cef", c.Format)
	}
	facility := c.Facility
	if facility == "" {
		facility = "local0"
	}
	if f.facility = slices.Index(facilities(), facility); f.facility < 0 {
		return f, fmt.Errorf("facility: %q is none of %s", facility, strings.Join(facilities(), ", "))
	}
	switch {
	case f.size == 0 && c.Network == UDP:
		f.size = datagramSize
	case f.size == 0:
		f.size = streamSize
	case f.size < minSize || f.size > maxSize:
		return f, fmt.Errorf("max size: %d is not from %d to %d bytes", f.size, minSize, maxSize)
	}
	if f.host == "" {
		f.host, _ = os.Hostname() // who has no name is written as none
	}
	if f.host = printable(f.host, 255); c.Hostname != "" && f.host != c.Hostname {
		return f, errors.New("hostname: only printable ASCII, at most 255 bytes")
	}
	if f.form == nil {
		f.form = &notify.Form{}
	}
	return f, nil
}
