package syslog

import (
	"strings"
	"testing"
)

func TestNewChecks(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"":                                  func(*Config) {},
		"network: \"unix\" is none of":      func(c *Config) { c.Network = "unix" },
		"address: \"\" is not host":         func(c *Config) { c.Address = "" },
		"address: \"a:x\" has no port":      func(c *Config) { c.Address = "a:x" },
		"address: \"a\\nb\" is not host":    func(c *Config) { c.Address = "a\nb" },
		"format: \"leef\" is none of":       func(c *Config) { c.Format = "leef" },
		"facility: \"local8\" is none of k": func(c *Config) { c.Facility = "local8" },
		"hostname: only printable":          func(c *Config) { c.Hostname = "a b" },
		"max size: 1023 is not from 1024":   func(c *Config) { c.MaxSize = 1023 },
		"max size: 65508 is not":            func(c *Config) { c.MaxSize = 65508 },
		"ca, client certificate and key":    func(c *Config) { c.CA = []byte("x") },
		"ca: no certificate in PEM":         func(c *Config) { c.Network, c.CA = TLS, []byte("x") },
		"confirm: \"yes\" is none of":       func(c *Config) { c.Confirm = "yes" },
		"timeout: -1ns is negative":         func(c *Config) { c.Timeout = -1 },
	} {
		c := Config{Network: UDP, Address: "logs.example.com"}
		change(&c)
		n, err := New(c)
		if want == "" {
			if err != nil || n.format.host == "" || n.format.size != datagramSize {
				t.Errorf("%+v, %v", n, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestPorts(t *testing.T) {
	for _, tt := range []struct{ network, given, want string }{
		{UDP, "a.example", "a.example:514"},
		{TCP, "a.example", "a.example:601"},
		{TLS, "a.example", "a.example:6514"},
		{TLS, "a.example:1514", "a.example:1514"},
		{TLS, "2001:db8::1", "[2001:db8::1]:6514"},
		{UDP, "[2001:db8::1]:99", "[2001:db8::1]:99"},
	} {
		n, err := New(Config{Network: tt.network, Address: tt.given})
		if err != nil || n.address != tt.want {
			t.Errorf("%s %s: %+v, %v", tt.network, tt.given, n, err)
		}
	}
}
