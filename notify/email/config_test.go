package email

import "testing"

func TestNewChecks(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"":                                 func(*Config) {},
		"from: \"\" is no address":         func(c *Config) { c.From = "" },
		"from: \"a\\r\\nBcc: x@y\" holds":  func(c *Config) { c.From = "a\r\nBcc: x@y" },
		"to: 0 recipients":                 func(c *Config) { c.To = nil },
		"to: 101 recipients":               func(c *Config) { c.To = make([]string, 101) },
		"to: \"-oQ/tmp@x.example\" begins": func(c *Config) { c.To = []string{"-oQ/tmp@x.example"} },
		"to: \"x@y\\x00\" holds":           func(c *Config) { c.To = []string{"x@y\x00"} },
		"an address of this form":          func(c *Config) { c.To = []string{`"a> NOTIFY=NEVER <b"@x.example`} },
		"exactly one of server":            func(c *Config) { c.Server = "" },
		"exactly one of server and":        func(c *Config) { c.Sendmail = "/usr/sbin/sendmail" },
		"sendmail: \"sendmail\" is no":     func(c *Config) { c.Server, c.Sendmail = "", "sendmail" },
		"sendmail: security, auth":         func(c *Config) { c.Server, c.Sendmail, c.Username = "", "/sendmail", "x" },
		"security: \"ssl\" is none of":     func(c *Config) { c.Security = "ssl" },
		"server: \"a:x\" has no port":      func(c *Config) { c.Server = "a:x" },
		"server: \"a:70000\" has no port":  func(c *Config) { c.Server = "a:70000" },
		"server: \"smtp://a\" has no":      func(c *Config) { c.Server = "smtp://a" },
		"username and password: both":      func(c *Config) { c.Username = "x" },
		"auth: there is no username":       func(c *Config) { c.Auth = "plain" },
		"auth: \"ntlm\" is none of scram":  func(c *Config) { c.Username, c.Password, c.Auth = "x", "y", "ntlm" },
		"a password is not sent":           func(c *Config) { c.Username, c.Password, c.Security = "x", "y", Plain },
		"helo: \"a\\nb\" is no host name":  func(c *Config) { c.Helo = "a\nb" },
		"timeout: -1ns":                    func(c *Config) { c.Timeout = -1 },
		"ca: no certificate":               func(c *Config) { c.CA = []byte("x") },
	} {
		c := Config{From: "ct@example.com", To: []string{"Ops <ops@example.com>"}, Server: "mail.example.com"}
		change(&c)
		_, err := New(c)
		if want != "" {
			wantError(t, err, want)
		} else if err != nil {
			t.Error(err)
		}
	}
}

func TestPorts(t *testing.T) {
	for _, tt := range []struct {
		server   string
		security Security
		want     string
	}{
		{"mail.example.com", "", "mail.example.com:587"},
		{"mail.example.com", StartTLS, "mail.example.com:587"},
		{"mail.example.com", TLS, "mail.example.com:465"},
		{"mail.example.com", Plain, "mail.example.com:25"},
		{"mail.example.com:2525", TLS, "mail.example.com:2525"},
		{"2001:db8::1", TLS, "[2001:db8::1]:465"},
		{"[2001:db8::1]", TLS, "[2001:db8::1]:465"},
		{"[2001:db8::1]:26", TLS, "[2001:db8::1]:26"},
	} {
		s, err := newSMTP(&Config{Server: tt.server, Security: tt.security})
		if err != nil || s.address != tt.want || s.tls.ServerName != s.host {
			t.Errorf("%s: %+v, %v, want %s", tt.server, s, err, tt.want)
		}
	}
}
