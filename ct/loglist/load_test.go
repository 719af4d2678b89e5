package loglist

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var now = date("2026-01-21T00:00:00Z")

// server is a Getter with state: what it serves at each URL, and what it was asked.
type server struct {
	bodies map[string][]byte
	down   error
	etag   string // of all bodies; empty: the hash of each
	asked  []string
}

// Get implements Getter. The ETag of a body is its hash.
func (s *server) Get(_ context.Context, r Request) (*Response, error) {
	ask := r.URL[strings.LastIndexByte(r.URL, '/')+1:]
	if r.Fresh {
		ask += " fresh"
	}
	if r.ETag != "" {
		ask += " conditional"
	}
	s.asked = append(s.asked, ask)
	body, ok := s.bodies[r.URL]
	switch {
	case s.down != nil:
		return nil, s.down
	case !ok:
		return nil, errors.New("404 Not Found")
	case len(body) > r.MaxBytes:
		return nil, errors.New("too large")
	}
	etag := s.etag
	if etag == "" {
		etag = fmt.Sprintf("%x", sha256.Sum256(body))
	}
	if r.ETag == etag {
		return &Response{NotModified: true}, nil
	}
	return &Response{Body: body, ETag: etag}, nil
}

// edited is list.json with other words in it.
func edited(t testing.TB, oldnew ...string) []byte {
	t.Helper()
	data := testdata(t, "list.json")
	for i := 0; i < len(oldnew); i += 2 {
		if !bytes.Contains(data, []byte(oldnew[i])) {
			t.Fatalf("no %q in the list", oldnew[i])
		}
		data = bytes.ReplaceAll(data, []byte(oldnew[i]), []byte(oldnew[i+1]))
	}
	return data
}

// load loads source from s and fails the test when there is no list.
func load(t *testing.T, s *server, dir string, now time.Time) *Loaded {
	t.Helper()
	l, err := Load(t.Context(), s, source, dir, now)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// troubles are the kinds of the warnings, and whether the copy served.
func troubles(l *Loaded) []string {
	var out []string
	for _, w := range l.Warnings {
		s := string(w.Trouble)
		if w.Copy {
			s += " copy " + w.Age.String()
		}
		out = append(out, s)
	}
	return out
}

func TestLoadURL(t *testing.T) {
	s := &server{bodies: map[string][]byte{source: testdata(t, "list.json")}}
	dir := filepath.Join(t.TempDir(), "new")
	first := load(t, s, dir, now)
	if len(first.List.Logs) != 5 || first.Previous != nil || !first.Checked.Equal(now) || first.Warnings != nil {
		t.Errorf("first: %+v", first)
	}
	if first.List.Signed || first.List.SHA256 != sha256.Sum256(testdata(t, "list.json")) {
		t.Errorf("signed %v, SHA-256 %x", first.List.Signed, first.List.SHA256)
	}
	// Unchanged: 304 is as fresh as a whole list.
	second := load(t, s, dir, now.Add(time.Hour))
	if !second.Checked.Equal(now.Add(time.Hour)) || second.Warnings != nil || second.Previous == nil {
		t.Errorf("after a 304: %+v", second)
	}
	s.down = errors.New("no route to host")
	third := load(t, s, dir, now.Add(3*time.Hour))
	if diff := cmp.Diff([]string{"not_fetched copy 2h0m0s"}, troubles(third)); diff != "" {
		t.Errorf("the age does not count from the 304 (-want +got):\n%s", diff)
	}
	if back := load(t, s, dir, now.Add(-time.Hour)); back.Warnings[0].Age != 0 {
		t.Errorf("after the clock went back the copy is %v old", back.Warnings[0].Age)
	}
	s.down = nil
	s.bodies[source] = edited(t, "12:54:10", "12:54:11", "81.14", "81.15")
	fourth := load(t, s, dir, now.Add(4*time.Hour))
	if fourth.List.Version != "81.15" || fourth.Previous.Version != "81.14" || fourth.Warnings != nil {
		t.Errorf("changed: %+v", fourth)
	}
	want := []string{
		"log_list.json", "log_list.json conditional", "log_list.json conditional", "log_list.json conditional",
		"log_list.json conditional",
	}
	if diff := cmp.Diff(want, s.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestLoadEndlessETag(t *testing.T) {
	s := &server{bodies: map[string][]byte{source: testdata(t, "list.json")}, etag: strings.Repeat("e", 1000)}
	dir := t.TempDir()
	load(t, s, dir, now)
	load(t, s, dir, now)
	if diff := cmp.Diff([]string{"log_list.json", "log_list.json"}, s.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// What a list server or the network can do to us, once there is a copy.
func TestLoadKeepsCopy(t *testing.T) {
	mimic := `{"name":"M","logs":[` + mimicEntry + `]}`
	for _, tt := range []struct {
		name string
		body []byte // nil: the server is gone
		want string // trouble
		text string
	}{
		{"gone", nil, "not_fetched", "404"},
		{"truncated", testdata(t, "list.json")[:900], "bad_list", "not whole JSON"},
		{"a page", []byte("<html>"), "bad_list", "not whole JSON"},
		{"empty list", []byte(`{"log_list_timestamp":"2026-01-20T23:00:00Z","operators":[]}`), "bad_list", "no log"},
		{"nothing but mimics", []byte(`{"operators":[` + mimic + `]}`), "bad_list", "private key is public"},
		{"mimics beside", edited(t, `"operators": [`, `"operators": [`+mimic+`,`), "mimics", "frozen list"},
		{"older", edited(t, "2026-01-20", "2026-01-19"), "rolled_back", "2026-01-19T12:54:10Z is older than"},
		{
			"older by version", edited(t, `"log_list_timestamp": "2026-01-20T12:54:10Z",`, "", "81.14", "81.9"),
			"rolled_back", "version 81.9",
		},
		{"from the future", edited(t, "2026-01-20", "2026-01-23"), "future_list", "yet to come"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &server{bodies: map[string][]byte{source: testdata(t, "list.json")}}
			dir := t.TempDir()
			good := load(t, s, dir, now)
			delete(s.bodies, source)
			if tt.body != nil {
				s.bodies[source] = tt.body
			}
			for day := range 2 { // the refused list leaves no trace
				later := now.Add(time.Duration(day+1) * time.Hour)
				l := load(t, s, dir, later)
				if diff := cmp.Diff(good.List, l.List); diff != "" {
					t.Errorf("not the list from before (-want +got):\n%s", diff)
				}
				want := fmt.Sprintf("%s copy %s", tt.want, later.Sub(now))
				if diff := cmp.Diff([]string{want}, troubles(l)); diff != "" {
					t.Errorf("warnings (-want +got):\n%s", diff)
				}
				text := l.Warnings[0].Error()
				if !strings.Contains(text, tt.text) || !strings.Contains(text, "last good copy") || !l.Checked.Equal(now) {
					t.Errorf("warned %q, checked %v", text, l.Checked)
				}
			}
		})
	}
}

const mimicEntry = `{"log_id":"9EGV1vAOLbVUNcrdV3iS5T4VrUFwWPh44U/2uRh0FYk=","description":"Mimic 1",` +
	`"url":"https://m.example/","key":"` + mimicKey1 + `"}`

// Without a copy the same is an error.
func TestLoadWithoutCopy(t *testing.T) {
	s := &server{bodies: map[string][]byte{source: []byte("<html>")}}
	_, err := Load(t.Context(), s, source, t.TempDir(), now)
	if w, ok := errors.AsType[*Warning](err); !ok || w.Trouble != BadList || w.Copy {
		t.Errorf("a page for a list: %v", err)
	}
	s.down = context.DeadlineExceeded
	_, err = Load(t.Context(), s, source, "", now)
	if w, ok := errors.AsType[*Warning](err); !ok || w.Trouble != NotFetched || !errors.Is(err, s.down) {
		t.Errorf("no server: %v", err)
	}
}

// A list that has had mimics from the start is used, but not without saying so.
func TestLoadFrozenList(t *testing.T) {
	s := &server{bodies: map[string][]byte{
		source: edited(t, `"operators": [`, `"operators": [{"name":"M","logs":[`+mimicEntry+`]},`),
	}}
	dir := t.TempDir()
	for range 2 {
		l := load(t, s, dir, now)
		if diff := cmp.Diff([]string{"mimics"}, troubles(l)); diff != "" || len(l.List.Logs) != 5 {
			t.Errorf("%d logs, warnings (-want +got):\n%s", len(l.List.Logs), diff)
		}
	}
}

func TestLoadCancelled(t *testing.T) {
	s := &server{bodies: map[string][]byte{source: testdata(t, "list.json")}}
	dir := t.TempDir()
	load(t, s, dir, now)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.down = ctx.Err()
	if l, err := Load(ctx, s, source, dir, now); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v, %v", l, err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 0)
	defer cancel()
	s.down = ctx.Err()
	if l, err := Load(ctx, s, source, dir, now); err != nil || !l.Warnings[0].Copy {
		t.Errorf("out of time: %v, %v; want the copy", l, err)
	}
}

func TestLoadBadCopy(t *testing.T) {
	s := &server{bodies: map[string][]byte{source: testdata(t, "list.json")}}
	dir := t.TempDir()
	load(t, s, dir, now)
	path := copyPath(dir, source)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"truncated":       whole[:len(whole)/2],
		"empty":           {},
		"damaged":         bytes.Replace(whole, base64List(testdata(t, "list.json")), base64List(edited(t, "Birch", "Beech")), 1),
		"of another list": bytes.Replace(whole, []byte("lists.example"), []byte("other.example"), 1),
		"oversized":       append(bytes.Clone(whole), bytes.Repeat([]byte(" "), maxCopyFile)...),
	} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s.asked = nil
		l := load(t, s, dir, now)
		if diff := cmp.Diff([]string{"bad_copy"}, troubles(l)); diff != "" || l.Previous != nil {
			t.Errorf("%s, warnings (-want +got):\n%s", name, diff)
		}
		if s.asked[0] != "log_list.json" {
			t.Errorf("%s: asked %v", name, s.asked)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, whole) {
			t.Errorf("%s: the copy was not replaced (%v)", name, err)
		}
	}
}

// base64List is a list as it stands in a copy.
func base64List(list []byte) []byte {
	return base64.StdEncoding.AppendEncode(nil, list)
}

func TestLoadCopyNotKept(t *testing.T) {
	s := &server{bodies: map[string][]byte{source: testdata(t, "list.json")}}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// Below a file nothing can be read or written.
	want := []string{"bad_copy", "copy_not_kept"}
	if diff := cmp.Diff(want, troubles(load(t, s, file, now))); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if l := load(t, s, "", now); l.Warnings != nil || l.Previous != nil {
		t.Errorf("no copy is wanted: %v", l.Warnings)
	}
}

func TestLoadFile(t *testing.T) {
	path, err := filepath.Abs("testdata/files.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, location := range []string{path, "testdata/files.json", "file:testdata/files.json", "file://" + path} {
		l, err := Load(t.Context(), nil, location, t.TempDir(), now)
		if err != nil {
			t.Errorf("%s: %v", location, err)
			continue
		}
		beside := byName(t, l.List, "Elm beside the list").MonitoringURL
		want := "file://" + filepath.Dir(path) + "/tree/a/"
		if beside != want || l.List.Source != path || !l.Checked.Equal(now) {
			t.Errorf("%s: a log at %s, want %s", location, beside, want)
		}
	}
}

func TestLoadRefusesLocations(t *testing.T) {
	for location, want := range map[string]string{
		"http://lists.example/log_list.json":  "is not https",
		"https://a:b@lists.example/list.json": "user name",
		"https:///list.json":                  "no host",
		"https://lists example/list.json":     "is not a URL",
		"file://elsewhere/list.json":          "another host",
		"testdata/missing.json":               "no such file",
		"testdata":                            "is a directory",
	} {
		_, err := Load(t.Context(), nil, location, "", now)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), ":b@") {
			t.Errorf("%s: %v, want %q", location, err, want)
		}
	}
}

// signedLoader loads a list that must be signed, with a key of ours for Google's.
func signedLoader(t *testing.T, s *server, dir string, now time.Time, key *rsa.PublicKey) loader {
	t.Helper()
	return loader{
		getter: s, location: source, signature: "https://lists.example/log_list.sig", key: key,
		path: copyPath(dir, source), now: now,
	}
}

func sign(t *testing.T, key *rsa.PrivateKey, list []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(list)
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return sig
}
