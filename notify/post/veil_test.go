package post

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestVeil(t *testing.T) {
	u, err := url.Parse("https://user:p4ssw0rd@hooks.example.com/services/T01234/hunter2%2Fhunter3?key=s3cr3tkey&v=1")
	if err != nil {
		t.Fatal(err)
	}
	v := veil{u, http.Header{"Authorization": {"Bearer t0k3nt0k3n"}, "User-Agent": {"pinwatch/1"}}}
	tests := []struct{ in, want string }{
		{"no such page: /services/T01234/hunter2%2Fhunter3", "no such page: ***"},
		{"no such page: /services/T01234/hunter2/hunter3 here", "no such page: *** here"},
		{"/SERVICES/t01234/HUNTER2/hunter3", "***"},
		{`{"path":"\/services\/T01234\/hunter2\/hunter3"}`, `{"path":"\/***\/***\/***\/***"}`},
		{"key S3CR3Tkey is unknown", "key *** is unknown"},
		{"Bearer t0k3nt0k3n: t0k3nt0k3n", "***: ***"},
		{"user p4ssw0rd v 1 hooks.example.com pinwatch/1", "user *** v 1 hooks.example.com pinwatch/1"},
	}
	for _, tt := range tests {
		if got := v.over(tt.in); got != tt.want {
			t.Errorf("%s becomes %s, want %s", tt.in, got, tt.want)
		}
	}
	if got := (veil{&url.URL{Path: "/a"}, nil}).over("as it is"); got != "as it is" {
		t.Errorf("without secrets: %s", got)
	}
}

// FuzzVeil: whatever the address is and the other side says, no part of the address of some length is shown.
func FuzzVeil(f *testing.F) {
	f.Add("hunter2hunter2", "no such page: /services/", " here")
	f.Add("a+b(c[d", "a+b(c[d", "\\Q\\E")
	f.Add("\xff\xfehunter", "\xff\xfe", "\x00")
	f.Add("İıſKkelvin", "ı", "K")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		if len(secret) < shortestSecret || strings.ContainsAny(secret, "/*") {
			return
		}
		v := veil{&url.URL{Scheme: "https", Host: "h.example", Path: "/x/" + secret}, nil}
		said := before + secret + after
		if shown := v.over(said); strings.Contains(shown, secret) {
			t.Errorf("of %q is shown %q", said, shown)
		}
		if shown := v.hide(t.Context(), "h.example", errors.New(said)).Error(); len(shown) > 500 || strings.ContainsFunc(shown, notPrintable) {
			t.Errorf("of %q is shown %q", said, shown)
		}
		if shown := v.snippet([]byte(said)); len(shown) > 12*maxSnippet || strings.ContainsFunc(shown, notPrintable) {
			t.Errorf("of %q is shown %q", said, shown)
		}
	})
}

func notPrintable(r rune) bool { return r < ' ' || r > '~' }
