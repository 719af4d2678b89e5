package notify

import (
	"testing"
	"unicode/utf8"
)

func TestPlainShowsWhatItIs(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"www.example.com":            "www.example.com",
		"a\tb\nc":                    "a\tb\nc",
		"a\r\nb":                     "a\uFFFD\nb",
		"\x1b[31mred":                "\uFFFD[31mred",
		"exam\u200Bple":              "exam\uFFFDple", // zero-width space
		"\u202Egnp.exe":              "\uFFFDgnp.exe", // right-to-left override
		"line\u2028separator":        "line\uFFFDseparator",
		"\xff\xfe":                   "\uFFFD\uFFFD", // no UTF-8
		"tag\U000E0041":              "tag\uFFFD",    // a letter that is not seen
		"b\u00FCcher.example \u4E2D": "b\u00FCcher.example \u4E2D",
	} {
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Line(" a\r\n\tb\u00A0 c\x00 "); got != "a b c\uFFFD" {
		t.Errorf("Line: %q", got)
	}
}

func TestClipCutsAtCharacters(t *testing.T) {
	const s = "a\u00E9\u4E2D\U0001F600z" // 1, 2, 3, 4 and 1 bytes
	for limit := -1; limit <= len(s)+1; limit++ {
		got := Clip(s, limit)
		if len(got) > max(limit, 0) || !utf8.ValidString(got) {
			t.Errorf("Clip to %d: %q of %d bytes", limit, got, len(got))
		}
		if (got == s) != (limit >= len(s)) {
			t.Errorf("Clip to %d: %q", limit, got)
		}
	}
	if got := Clip(s, 9); got != "a\u00E9\u4E2D..." {
		t.Errorf("Clip to 9: %q", got)
	}
}
