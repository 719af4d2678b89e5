package config_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pinwatch/config"
	"pinwatch/matcher"
)

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// TestFull reads a file that has every word.
func TestFull(t *testing.T) {
	got, err := config.Load("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tiles, err := filepath.Abs("testdata/tiles")
	if err != nil {
		t.Fatal(err)
	}
	own, err := filepath.Abs("testdata/own.json")
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := sha256.Sum256([]byte("a")), sha256.Sum256([]byte("b")), sha256.Sum256([]byte("c"))
	keys := []matcher.Pin{
		{SPKI: a, Source: "testdata/full.yaml:34"},
		{
			SPKI: b, Label: "next key", Source: "testdata/full.yaml:35",
			NotBefore: day(2026, 12, 1), NotAfter: day(2027, 1, 1).Add(-time.Second),
		},
	}
	want := &config.Config{
		Path:    "testdata/full.yaml",
		Retain:  400 * 24 * time.Hour,
		Contact: "security@example.com",
		Store:   "sqlite:testdata/state/pinwatch.db",
		Behind:  time.Hour,
		Canary:  &config.Canary{Watch: 5, Period: 36 * time.Hour},
		Notify: []config.Receiver{
			{
				Name: "security", Type: "webhook", Line: 55,
				Only: config.Only{
					Watches: []string{"*.example.com", "example.com"}, Labels: []string{"prod"}, Verdicts: []string{"unexpected"},
					Severity: "high", Kinds: []string{"finding", "canary"},
				},
				Digest: config.Digest{Daily: true, At: 8 * time.Hour}, Limit: config.MessageLimit{N: 20, Per: time.Hour},
				Words: map[string]config.Word{
					"url":     {Line: 60, Secrets: []config.Secret{{Place: "env", Name: "HOOK_URL"}}},
					"secret":  {Line: 61, Secrets: []config.Secret{{Place: "file", Name: "testdata/new.secret"}, {Place: "file", Name: "/run/old.secret"}}},
					"headers": {Line: 62, Pairs: map[string]string{"X-Team": "security"}},
					"timeout": {Line: 63, Texts: []string{"5s"}},
				},
			},
			{
				Name: "email", Type: "email", Unnamed: true, Line: 64, Digest: config.Digest{Every: 24 * time.Hour},
				Template: config.Template{Subject: "{{.Title}}", BodyFile: "testdata/body.txt"},
				Words: map[string]config.Word{
					"from": {Line: 65, Texts: []string{"pinwatch@example.com"}}, "to": {Line: 66, Texts: []string{"a@example.com", "b@example.com"}},
					"server":   {Line: 67, Texts: []string{"mail.example.com:587"}},
					"password": {Line: 68, Secrets: []config.Secret{{Place: "credential", Name: "smtp"}}},
				},
			},
			{Name: "stdout", Type: "stdout", Unnamed: true, Line: 71, Limit: config.MessageLimit{N: 5, Per: 10 * time.Minute}, Words: map[string]config.Word{}},
			{Name: "stdout-2", Type: "stdout", Unnamed: true, Line: 72, Words: map[string]config.Word{"format": {Line: 72, Texts: []string{"ocsf"}}}},
		},
		Logs: config.Logs{
			Lists:       []string{"testdata/lists/log_list.json", "https://example.com/list.json", "file://" + own},
			States:      []string{"usable", "readonly"},
			Start:       config.Start{Kind: config.StartDate, Date: day(2026, 1, 31)},
			SkipExpired: true, BytesPerSecond: 1000000, Poll: 5 * time.Minute, Partial: 30 * time.Second,
			Limits: map[string]config.Limit{
				"Example Org": {RequestsPerSecond: 0.5, Parallel: 2}, "https://ct.example.net/tiled/": {Parallel: 1},
			},
			Extra: []config.Extra{
				{Description: "our test log", Operator: "Example Org", URL: "https://ct.example.net/log/", Line: 15},
				{
					SubmissionURL: "https://ct.example.net/tiled/", MonitoringURL: "file://" + tiles + "/",
					HeadURL: "https://ct.example.net/head/",
					Start:   &config.Start{Kind: config.StartIndex, Index: 300}, Line: 21,
				},
				{MonitoringURL: "https://ct.example.net/tiles/", HeadURL: "https://ct.example.net/log/", Line: 26},
			},
		},
		Watch: []matcher.Watch{
			{
				Name: "example.com", Scope: matcher.Exact, Keys: keys,
				Issuers: []matcher.Pin{{SPKI: c, Source: "testdata/full.yaml:36"}},
			},
			{Name: "example.org", Exclude: []string{"lab.example.org"}, Chain: keys, Emails: true, URIs: true},
			{
				Name: "example.net", Scope: matcher.OneLabel,
				Keys: []matcher.Pin{{SPKI: c, Source: "testdata/full.yaml:44", Backup: true}},
			},
			{Prefix: netip.MustParsePrefix("192.0.2.0/24")},
			{Prefix: netip.MustParsePrefix("2001:db8::1/128")},
			{Name: "canary.example.net"},
		},
		Rules: []config.Rule{{
			Watch: 2, Learn: true, Pending: 15 * time.Minute, Labels: []string{"prod", "shop"},
			PinsFrom: []config.PinsFrom{
				{Pattern: "testdata/app/pins.xml", Line: 45},
				{Pattern: "/etc/certs/*.pem", Line: 45},
				{Pattern: "testdata/keys.p12", PasswordEnv: "P12_PASSWORD", Line: 45},
			},
		}},
	}
	diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(config.Config{}), cmpopts.IgnoreFields(config.Extra{}, "Key"),
		cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }))
	if diff != "" {
		t.Error(diff)
	}
	for i, e := range got.Logs.Extra {
		if len(e.Key) != 91 { // a P-256 SubjectPublicKeyInfo
			t.Errorf("extra log %d: a key of %d bytes", i, len(e.Key))
		}
	}
	if _, warnings, err := got.Check(); err != nil || len(warnings) > 0 {
		t.Errorf("check: %v, warnings %v", err, warnings)
	}
}

// TestDefaults: what is left out is Google's list, three states and a database beside the file.
func TestDefaults(t *testing.T) {
	c, err := config.Parse([]byte("watch: {name: example.com}\n"), "etc/pinwatch.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Path, want.Store = "etc/pinwatch.yaml", "sqlite:etc/pinwatch.db"
	want.Watch = []matcher.Watch{{Name: "example.com"}}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreUnexported(config.Config{}, netip.Prefix{})); diff != "" {
		t.Error(diff)
	}
}

// TestContact: a contact is needed as soon as something is read from another machine, and not before.
func TestContact(t *testing.T) {
	key := base64.StdEncoding.EncodeToString(make([]byte, 91))
	tests := []struct {
		place string
		need  bool
	}{
		{"http://localhost:8080/", false},
		{"http://log.localhost./", false},
		{"http://127.3.2.1/", false},
		{"http://[::1]:80/", false},
		{"http://[::ffff:127.0.0.1]/", false},
		{"file:///var/lib/log/", false},
		{"/var/lib/log.json", false},
		{"https://ct.example.net/", true},
		{"http://192.0.2.1/", true},
		{"http://localhost.example.net/", true},
		{"https://127.0.0.1.example.net/", true},
	}
	for _, tt := range tests {
		c := config.Default()
		c.Watch = []matcher.Watch{{Name: "example.com"}}
		c.Logs.Lists = []string{tt.place}
		if _, _, err := c.Check(); (err != nil) != tt.need {
			t.Errorf("list at %s: %v, want a contact asked for: %v", tt.place, err, tt.need)
		}
		c.Logs.Lists = nil
		c.Logs.Extra = []config.Extra{{SubmissionURL: "https://ct.example.net/", MonitoringURL: tt.place, Key: []byte(key)}}
		if _, _, err := c.Check(); (err != nil) != tt.need {
			t.Errorf("log at %s: %v, want a contact asked for: %v", tt.place, err, tt.need)
		}
		c.Contact = "security@example.com"
		if _, _, err := c.Check(); err != nil {
			t.Errorf("log at %s with a contact: %v", tt.place, err)
		}
	}
}

// TestIndex: an index may stand for all logs only where all logs are extra.
func TestIndex(t *testing.T) {
	c := config.Default()
	c.Contact = "security@example.com"
	c.Watch = []matcher.Watch{{Name: "example.com"}}
	c.Logs.Start = config.Start{Kind: config.StartIndex, Index: 5}
	if _, _, err := c.Check(); err == nil {
		t.Error("an index is accepted for the logs of a list")
	}
	c.Logs.Lists = nil
	c.Logs.Extra = []config.Extra{{URL: "https://ct.example.net/"}}
	if _, _, err := c.Check(); err != nil {
		t.Error(err)
	}
}

// TestWarnings: what is odd about a watch is told with its line, and is no error.
func TestWarnings(t *testing.T) {
	c, err := config.Parse([]byte("contact: a@example.com\nwatch:\n  - name: example.com\n  - name: co.uk\n"), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	l, warnings, err := c.Check()
	if err != nil || l.Len() != 2 {
		t.Fatal(err)
	}
	if len(warnings) != 1 || warnings[0].Line != 4 || warnings[0].Where != "watch[1]" {
		t.Errorf("warnings %v, want one about watch[1] in line 4", warnings)
	}
}

// TestLoad: the ways in which a file cannot be read.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := config.Load(filepath.Join(dir, "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := config.Load(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory: %v", err)
	}
	path := filepath.Join(dir, "binary.yaml")
	if err := os.WriteFile(path, []byte("\x00\xff\xfe"), 0o600); err != nil {
		t.Fatal(err)
	}
	var problems config.Problems
	if _, err := config.Load(path); !errors.As(err, &problems) {
		t.Errorf("binary: %v, want problems", err)
	}
}
