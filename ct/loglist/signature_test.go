package loglist

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLoadSigned(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	first, second := testdata(t, "list.json"), edited(t, "2026-01-20", "2026-01-21")
	sig := "https://lists.example/log_list.sig"
	s := &server{bodies: map[string][]byte{source: first, sig: sign(t, key, first)}}
	dir := t.TempDir()
	step := func(name string, at time.Time, asked, warnings []string) {
		t.Helper()
		s.asked = nil
		l := signedLoader(t, s, dir, at, &key.PublicKey)
		loaded, err := l.load(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(asked, s.asked); diff != "" {
			t.Errorf("%s: asked (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(warnings, troubles(loaded)); diff != "" {
			t.Errorf("%s: warnings (-want +got):\n%s", name, diff)
		}
		if !loaded.List.Signed {
			t.Errorf("%s: a list that was verified does not say so", name)
		}
	}
	step("first", now, []string{"log_list.json", "log_list.sig"}, nil)
	step("unchanged", now, []string{"log_list.json conditional"}, nil)

	s.bodies[source] = second // its signature is still the old one
	retry := []string{"log_list.json conditional", "log_list.sig", "log_list.json fresh", "log_list.sig fresh"}
	step("between list and signature", now.Add(time.Hour), retry, []string{"bad_signature copy 1h0m0s"})
	delete(s.bodies, sig)
	step("no signature", now.Add(time.Hour), retry[:2], []string{"not_fetched copy 1h0m0s"})
	s.bodies[sig] = sign(t, key, second)
	step("whole again", now.Add(2*time.Hour), retry[:2], nil)
	step("untouched for long", now.Add(40*24*time.Hour), retry[:1], []string{"stale"})
}

// The copy is no way around the signature.
func TestLoadForgedCopy(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := &server{bodies: map[string][]byte{source: testdata(t, "list.json")}}
	load(t, s, dir, now) // an unsigned copy of the same location
	s.down = errors.New("no route to host")
	l := signedLoader(t, s, dir, now, &key.PublicKey)
	if loaded, err := l.load(t.Context()); err == nil {
		t.Errorf("an unsigned copy is used: %+v", loaded)
	}
	if len(l.warnings) != 1 || l.warnings[0].Trouble != BadCopy {
		t.Errorf("warnings %v", l.warnings)
	}
}

// Load itself asks for the signature of Google's lists, and uses Google's key.
func TestLoadGoogle(t *testing.T) {
	const google = "https://www.gstatic.com/ct/log_list/v3/"
	s := &server{bodies: map[string][]byte{
		google + "log_list.json": testdata(t, "list.json"), google + "log_list.sig": make([]byte, 512),
	}}
	_, err := Load(t.Context(), s, google+"log_list.json", t.TempDir(), now)
	if w, ok := errors.AsType[*Warning](err); !ok || w.Trouble != BadSignature {
		t.Errorf("a list with a signature of zeros: %v", err)
	}
	want := []string{"log_list.json", "log_list.sig", "log_list.json fresh", "log_list.sig fresh"}
	if diff := cmp.Diff(want, s.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestLoadRealGoogle(t *testing.T) {
	const google = "https://www.gstatic.com/ct/log_list/v3/"
	s := &server{bodies: map[string][]byte{
		google + "log_list.json": readReal(t, "appmattus-2026-01/main/resources/log_list.json"),
		google + "log_list.sig":  readReal(t, "appmattus-2026-01/main/resources/log_list.sig"),
	}}
	dir := t.TempDir()
	for range 2 {
		l, err := Load(t.Context(), s, google+"log_list.json", dir, now)
		if err != nil || l.Warnings != nil || len(l.List.Logs) != 75 {
			t.Fatalf("%+v, %v", l, err)
		}
	}
	// Seven months earlier, rightly signed: a replay.
	s.bodies[google+"log_list.json"] = readReal(t, "knight1-2025-05/google/log_list.json")
	s.bodies[google+"log_list.sig"] = readReal(t, "knight1-2025-05/google/log_list.sig")
	l, err := Load(t.Context(), s, google+"log_list.json", dir, now)
	if err != nil || l.List.Version != "80.14" {
		t.Fatalf("%+v, %v", l, err)
	}
	if diff := cmp.Diff([]string{"rolled_back copy 0s"}, troubles(l)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestSignatureURL(t *testing.T) {
	for list, want := range map[string]string{
		"https://www.gstatic.com/ct/log_list/v3/log_list.json":      "https://www.gstatic.com/ct/log_list/v3/log_list.sig",
		"https://www.gstatic.com/ct/log_list/v3/all_logs_list.json": "https://www.gstatic.com/ct/log_list/v3/all_logs_list.sig",
		"https://WWW.gstatic.com.:443/x/log_list.json?a=b":          "https://WWW.gstatic.com.:443/x/log_list.sig",
		"https://valid.apple.com/ct/log_list/current_log_list.json": "",
		"https://www.gstatic.com.example/ct/log_list.json":          "",
	} {
		u, err := url.Parse(list)
		if err != nil {
			t.Fatal(err)
		}
		if got, must := signatureURL(u); got != want || must != (want != "") {
			t.Errorf("the signature of %s is at %q, want %q", list, got, want)
		}
	}
}

func TestVersions(t *testing.T) {
	at := date("2026-01-01T00:00:00Z")
	for _, tt := range []struct {
		a, b List
		want bool
	}{
		{List{Time: at}, List{Time: at.Add(1)}, true},
		{List{Time: at}, List{Time: at}, false},
		{List{Time: at.Add(1), Version: "1"}, List{Time: at, Version: "2"}, false},
		{List{Version: "363"}, List{Version: "364"}, true},
		{List{Version: "1000"}, List{Version: "364"}, false},
		{List{Version: "80.9"}, List{Version: "80.14"}, true},
		{List{Version: "81"}, List{Version: "80.14"}, false},
		{List{Version: "80"}, List{Version: "80.14", Time: at}, true},
		{List{Version: "1.0.0b"}, List{Version: "2"}, false},
		{List{}, List{Version: "2"}, false},
	} {
		if got := older(&tt.a, &tt.b); got != tt.want {
			t.Errorf("older(%s, %s) = %t", name(&tt.a), name(&tt.b), got)
		}
	}
}

func TestAge(t *testing.T) {
	w := Warning{Trouble: NotFetched, Source: "s", Err: errors.New("e"), Copy: true, Age: 75 * time.Hour}
	if got := w.Error(); !strings.HasSuffix(got, "e; using the last good copy, 3 days old") {
		t.Error(got)
	}
}
