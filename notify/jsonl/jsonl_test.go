package jsonl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func newNotifier(t *testing.T, c Config) *Notifier {
	t.Helper()
	n, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// full is a finding with all fields that a finding has, as the fixed JSON has them.
func full() notify.Message {
	m := notifytest.Samples()[0]
	m.ID = "finding-full"
	m.Finding = json.RawMessage(`{"id":"f7a3c1d2e4b5a697","watch":"example.com","verdict":"unexpected","severity":"critical",
		"reasons":["unknown_key"],"key_pinned":false,"issuer_pinned":true,"chain_pinned":null,"names":["www.example.com"],
		"matched":["www.example.com"],"spki_sha256":"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=","issuer":"CN=Example CA 3",
		"subject":"CN=www.example.com","serial":"0a3f5577","not_before":"2026-11-20T00:00:00Z","not_after":"2027-02-18T00:00:00Z",
		"cert_sha256":["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],"state":"open",
		"first_seen":"2026-11-21T10:20:30.5Z","sightings":[]}`)
	return m
}

// TestGolden: the lines for a message of every kind, in each format.
func TestGolden(t *testing.T) {
	for _, format := range []string{JSON, OCSF, ECS} {
		var got bytes.Buffer
		n := newNotifier(t, Config{Writer: &got, Format: format, Version: "1.2.3"})
		for _, m := range append(notifytest.Samples(), full()) {
			if err := n.Notify(t.Context(), &m); err != nil {
				t.Fatal(err)
			}
		}
		notifytest.Golden(t, *update, format+".golden", got.Bytes())
	}
}

// TestLines: whatever a message holds, a line is one line of printable ASCII, bounded, and JSON.
func TestLines(t *testing.T) {
	for _, format := range []string{JSON, OCSF, ECS} {
		var got bytes.Buffer
		n := newNotifier(t, Config{Writer: &got, Format: format})
		for _, m := range append(notifytest.Samples(), notifytest.ManyNames()) {
			got.Reset()
			if err := n.Notify(t.Context(), &m); err != nil {
				t.Fatal(err)
			}
			line, ended := bytes.CutSuffix(got.Bytes(), []byte("\n"))
			if !ended || !json.Valid(line) || len(line) > 3*maxLine {
				t.Errorf("%s of %s: %d bytes", format, m.ID, len(line))
			}
			if i := bytes.IndexFunc(line, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
				t.Errorf("%s of %s has %q", format, m.ID, line[i:i+1])
			}
		}
	}
}

// TestJSONIsTheMessage: escaping changes nothing of what is read.
func TestJSONIsTheMessage(t *testing.T) {
	var got bytes.Buffer
	n := newNotifier(t, Config{Writer: &got})
	for _, m := range append(notifytest.Samples(), notify.Message{ID: "x", Title: "\U0001f600 é \u202e \x7f \u0600"}) {
		got.Reset()
		if err := n.Notify(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
		var have, want notify.Message
		encoded, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(json.Unmarshal(encoded, &want), json.Unmarshal(got.Bytes(), &have)); err != nil {
			t.Fatal(err)
		}
		want.Finding, have.Finding = ascii(want.Finding), ascii(have.Finding)
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-want +got):\n%s", m.ID, diff)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestErrors(t *testing.T) {
	m := notifytest.Samples()[0]
	n := newNotifier(t, Config{Writer: brokenWriter{}})
	if err := n.Notify(t.Context(), &m); err == nil || notify.IsPermanent(err) {
		t.Errorf("a broken pipe: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Notify(ctx, &m); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	m.Finding = json.RawMessage("{")
	if err := n.Notify(t.Context(), &m); !notify.IsPermanent(err) {
		t.Errorf("a finding that is no JSON: %v", err)
	}
	// A finding with other types of fields costs the certificate's fields, not the message.
	for _, odd := range []string{`{"names":1}`, `[]`, `null`, `"x"`, `{"not_before":"today"}`} {
		m.Finding = json.RawMessage(odd)
		for _, format := range []string{OCSF, ECS} {
			var got bytes.Buffer
			if err := newNotifier(t, Config{Writer: &got, Format: format}).Notify(t.Context(), &m); err != nil || got.Len() == 0 {
				t.Errorf("%s of %s: %v", format, odd, err)
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		config Config
		want   string
	}{
		{Config{}, "no path"},
		{Config{Path: filepath.Join(dir, "a"), Writer: os.Stdout}, "a path and a stream"},
		{Config{Path: filepath.Join(dir, "a"), Format: "xml"}, `format "xml"`},
		{Config{Path: dir}, "not a regular file"},
		{Config{Path: os.DevNull}, "not a regular file"},
		{Config{Path: filepath.Join(dir, "missing", "a")}, "no such file or directory"},
	}
	for _, tt := range tests {
		if _, err := New(tt.config); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v", tt.want, err)
		}
	}
	if _, err := New(Config{Path: filepath.Join(dir, "new")}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "new")); err == nil {
		t.Error("New made the file")
	}
}
