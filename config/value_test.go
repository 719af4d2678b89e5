package config

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestParseStore(t *testing.T) {
	tests := []struct{ in, want string }{
		{"sqlite:pinwatch.db", "sqlite:etc/pinwatch.db"},
		{"sqlite:./a/../b.db", "sqlite:etc/b.db"},
		{"sqlite:/var/lib/p.db", "sqlite:/var/lib/p.db"},
		{"pinwatch.db", ""},
		{"/var/lib/a:b.db", ""},
		{"./a:b", ""},
		{"postgres://host/db", ""},
		{"sqlite:", ""},
		{"sqlite:dir/", ""},
		{"sqlite:a?mode=ro", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, err := ParseStore(tt.in, "etc")
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("ParseStore(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
		}
		if err != nil && hint(err) == "" {
			t.Errorf("ParseStore(%q): no hint with %q", tt.in, err)
		}
	}
}

func TestParseList(t *testing.T) {
	here, err := filepath.Abs("etc")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ in, want string }{
		{"https://example.com/list.json", "https://example.com/list.json"},
		{"list.json", "etc/list.json"},
		{"/var/list.json", "/var/list.json"},
		{"a:b.json", "etc/a:b.json"},
		{"file", "etc/file"},
		{"http", "etc/http"},
		{"file:list.json", "file://" + here + "/list.json"},
		{"file:./a%20b/", "file://" + here + "/a%20b/"},
		{"file://./log/", "file://" + here + "/log/"},
		{"file://../log", "file://" + filepath.Dir(here) + "/log"},
		{"file:/var/log/", "file:///var/log/"},
		{"file:///var/log/", "file:///var/log/"},
		{"file://localhost/var/log/", "file:///var/log/"},
		{"file:///", "file:///"},
		{"FILE:///x", "file:///x"},
		{"file:a?b", ""},
		{"file:%zz", ""},
		{"file:%00", ""},
		{"file:", ""},
		{"file://host/x", ""},
		{"ftp://example.com/x", ""},
		{"https://", ""},
		{"https://a:b@example.com/x", ""},
		{"https://example.com/x?y", ""},
		{"https://example.com/x#y", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, err := ParseList(tt.in, "etc")
		if (err == nil) != (tt.want != "") || err == nil && got != tt.want {
			t.Errorf("ParseList(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
}

func TestParseStart(t *testing.T) {
	tests := []struct {
		in   string
		want Start
		ok   bool
	}{
		{"now", Start{Kind: StartNow}, true},
		{"beginning", Start{Kind: StartBeginning}, true},
		{"0", Start{Kind: StartIndex}, true},
		{"2500000000", Start{Kind: StartIndex, Index: 2_500_000_000}, true},
		{"9223372036854775807", Start{Kind: StartIndex, Index: 1<<63 - 1}, true},
		{"9223372036854775808", Start{}, false},
		{"2026-01-31", Start{Kind: StartDate, Date: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)}, true},
		{"2026-02-31", Start{}, false},
		{"-1", Start{}, false},
		{"begining", Start{}, false},
		{"", Start{}, false},
	}
	for _, tt := range tests {
		got, err := ParseStart(tt.in)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("ParseStart(%q) = %v, %v, want %v", tt.in, got, err, tt.want)
		}
	}
}

func TestParsePrefix(t *testing.T) {
	tests := []struct{ in, want string }{
		{"192.0.2.7", "192.0.2.7/32"},
		{"192.0.2.0/24", "192.0.2.0/24"},
		{"2001:db8::1", "2001:db8::1/128"},
		{"::ffff:192.0.2.7", "192.0.2.7/32"},
		{"fe80::1%eth0", ""},
		{"192.0.2", ""},
		{"example.com", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, err := ParsePrefix(tt.in)
		if (err == nil) != (tt.want != "") || err == nil && got.String() != tt.want {
			t.Errorf("ParsePrefix(%q) = %v, %v, want %s", tt.in, got, err, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"keys", "issuers", "submission_url", "not_before", "mail.example.com", "www.example.com"}
	tests := []struct{ word, want string }{
		{"key", "keys"},
		{"kyes", "keys"},
		{"issuer", "issuers"},
		{"submission-url", "submission_url"},
		{"Not_Before", "not_before"},
		{"x", ""},
		{"frobnicate", ""},
		{"WWW.exmaple.com", "www.example.com"},
		{strings.Repeat("x", 300), ""},
	}
	for _, tt := range tests {
		if got := Nearest(tt.word, known); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}
