package show

import (
	"strings"
	"testing"
)

func TestEscape(t *testing.T) {
	tests := []struct{ in, want string }{
		{"www.example.com", "www.example.com"},
		{"CN=Bücher & Söhne, O=日本", "CN=Bücher & Söhne, O=日本"},
		{"\x1b[31mred\x1b[0m", `\u{1b}[31mred\u{1b}[0m`},
		{"a\r\nb\tc\x00", `a\u{d}\u{a}b\u{9}c\u{0}`},
		{"\u009b2J", `\u{9b}2J`},
		{"moc.\u202eelpmaxe", `moc.\u{202e}elpmaxe`},
		{"a\u200bb\ufeff\u2066", `a\u{200b}b\u{feff}\u{2066}`},
		{"שלום", `\u{5e9}\u{5dc}\u{5d5}\u{5dd}`},
		{"caf\xe9", `caf\xe9`},
		{"\ufffd", `\u{fffd}`},
		{"a\u00a0b", `a\u{a0}b`},
		{"\U000e0041", `\u{e0041}`},
		{"", ""},
	}
	for _, tt := range tests {
		if got := Escape(tt.in); got != tt.want {
			t.Errorf("Escape(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	if got := Escape(strings.Repeat("a", 10_000)); len(got) > maxShown+30 || !strings.HasSuffix(got, "... (10000 bytes)") {
		t.Errorf("a long text is shown with %d bytes, ending %q", len(got), got[len(got)-20:])
	}
}

func TestShowName(t *testing.T) {
	tests := []struct{ in, want string }{
		{"www.example.com", "www.example.com"},
		{"*.example.com", "*.example.com"},
		{"xn--bcher-kva.example", "xn--bcher-kva.example (bücher.example)"},
		{"bücher.example", "xn--bcher-kva.example (bücher.example)"},
		{"аррӏе.com", "xn--80ak6aa92e.com (аррӏе.com)"}, // Cyrillic letters
		{"xn--80ak6aa92e.com", "xn--80ak6aa92e.com (аррӏе.com)"},
		{"xn--\x1b.com", `xn--\u{1b}.com`},
		{"evil\u202e.com", `xn--evil-yd7a.com (evil\u{202e}.com)`},
		{"caf\xe9.com", `caf\xe9.com`},
		{"192.0.2.7", "192.0.2.7"},
		{"CN with spaces", "CN with spaces"},
	}
	for _, tt := range tests {
		if got := Name(tt.in); got != tt.want {
			t.Errorf("Name(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// TestLongName: what is too long for a name costs no time. There are twenty thousand different letters in this one.
func TestLongName(t *testing.T) {
	var b strings.Builder
	for r := rune(0x4e00); b.Len() < 4<<20; r++ {
		b.WriteRune(0x4e00 + r%20_000)
	}
	got := Name(b.String())
	if len(got) > 8*maxName || !strings.HasPrefix(got, `\u{`) || !strings.HasSuffix(got, "... (4194306 bytes)") {
		t.Errorf("%d bytes: %.100q ... %q", len(got), got, got[len(got)-40:])
	}
}

// FuzzEscape: what is shown is UTF-8 in which every character shows itself and nothing else.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"www.example.com", "xn--bcher-kva.example", "\x1b]0;title\x07", "\u202e", "bücher\xff", "xn--a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, shown := range []string{Escape(s), Name(s)} {
			if strings.ContainsFunc(shown, suspicious) {
				t.Errorf("%q is shown as %q", s, shown)
			}
		}
	})
}
