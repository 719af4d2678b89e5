package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
	"pinwatch/ct/fetch"
	"pinwatch/monitor"
	"pinwatch/show"
	"pinwatch/store"
)

var june = time.Date(2026, 6, 1, 12, 30, 0, 0, time.UTC)

// printer is a program that prints into memory.
func printer() (p *program, stdout, stderr *bytes.Buffer) {
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	return &program{stdout: bufio.NewWriter(stdout), stderr: stderr, now: func() time.Time { return june }}, stdout, stderr
}

// plainFinding is a finding with everything known.
func plainFinding() store.Finding {
	key, issuer := [32]byte{1}, [32]byte{2}
	until := june.Add(90 * 24 * time.Hour)
	return store.Finding{
		ID: "0123456789abcdef0123456789abcdef", Watch: "example.com", Verdict: "unexpected", Severity: "critical",
		Reasons: []string{"unknown_key"}, KeyPinned: new(false), IssuerPinned: new(true),
		Matches: []store.Match{
			{Name: "www.example.com", Kind: "commonName", Rule: "subtree"},
			{Name: "www.example.com", Kind: "dNSName", Rule: "subtree"},
			{Name: "example.com", Kind: "dNSName", Rule: "exact"},
		},
		Decided: true, Policy: [32]byte{3}, State: "open", FirstSeen: june, Updated: june,
		Issuance: store.Issuance{
			TBSSHA256: [32]byte{4}, IssuerKeyHash: &issuer, SPKISHA256: &key, Serial: "0a0b", Issuer: "CN=Some CA,C=XX",
			Subject: "CN=www.example.com", NotBefore: &june, NotAfter: &until,
			Names: []string{"www.example.com", "example.com", "www.example.net"},
		},
		Sightings: []store.SeenAt{
			{LogID: [32]byte{5}, Log: "log one", Index: 7, Type: "precert", CertSHA256: [32]byte{6}, Timestamp: june, FirstSeen: june},
			{LogID: [32]byte{8}, Log: "log two", Index: 9, Type: "x509", CertSHA256: [32]byte{10}, Timestamp: june, FirstSeen: june},
		},
	}
}

// bareFinding is one of an entry of which next to nothing could be read.
func bareFinding() store.Finding {
	return store.Finding{
		ID: "fedcba98765432100123456789abcdef", Watch: "192.0.2.0/24", Verdict: "undetermined", Severity: "medium",
		Reasons: []string{"name_uncertain", "key_unread"}, State: "open", FirstSeen: june, Updated: june,
	}
}

// hostileFinding is one whose certificate wants to deceive the reader, the terminal, or both.
func hostileFinding() store.Finding {
	f := plainFinding()
	f.ChainPinned = new(false)
	f.Issuance.Subject = "CN=ok\x1b[2J\x1b]0;owned\x07\nerror: none"
	f.Issuance.Issuer = "CN=\u202egro.elpmaxe\u202c, O=שלום"
	f.Issuance.Serial = strings.Repeat("ff", 3000)
	f.Issuance.Names = []string{"аррӏе.example.com", "xn--bcher-kva.example.com", "\x00\r\n.example.com", "a\u200b.example.com"}
	f.Matches = nil
	for _, name := range f.Issuance.Names {
		f.Matches = append(f.Matches, store.Match{Name: name, Kind: "dNSName", Rule: "subtree"})
	}
	for range 10_000 {
		f.Issuance.Names = append(f.Issuance.Names, "filler.example.net")
	}
	f.Sightings[0].Log = "log\x1b[31m"
	return f
}

func TestPrintFinding(t *testing.T) {
	for name, f := range map[string]store.Finding{
		"plain": plainFinding(), "bare": bareFinding(), "hostile": hostileFinding(),
	} {
		p, stdout, _ := printer()
		p.printFinding(&f, shownNames)
		p.stdout.Flush()
		if strings.ContainsFunc(strings.ReplaceAll(stdout.String(), "\n", ""), func(r rune) bool { return show.Escape(string(r)) != string(r) }) {
			t.Errorf("%s: printed as %q", name, stdout)
		}
		golden(t, "finding-"+name+".golden", stdout.Bytes())
	}
}

// TestFindingJSON holds the contract with other tools.
func TestFindingJSON(t *testing.T) {
	var out bytes.Buffer
	for _, f := range []store.Finding{plainFinding(), bareFinding()} {
		if err := writeJSON(&out, show.NewFinding(&f)); err != nil {
			t.Fatal(err)
		}
	}
	d := store.Detail{
		Finding:      plainFinding(),
		History:      []store.Event{{At: june, Who: "ann", What: "acknowledged", Why: "ours"}},
		Certificates: []store.Certificate{{SHA256: [32]byte{6}, DER: []byte("not really DER")}},
	}
	index := uint64(7)
	scts := []show.CertificateSCTs{
		{SHA256: [32]byte{6}, Problem: "SCT list: cut short", SCTs: []*store.SeenSCT{
			{
				Cert: [32]byte{6}, Description: "a log", Followed: true, Promise: "kept", Entry: &index, Settled: &june,
				SCT: store.SCT{LogID: [32]byte{1}, Timestamp: june, LeafIndex: &index, Signature: "valid"},
			},
			{Cert: [32]byte{6}, SCT: store.SCT{LogID: [32]byte{2}, Timestamp: june, Signature: "unknown_log"}},
		}},
	}
	if err := writeJSON(&out, show.NewDetail(&d, scts)); err != nil {
		t.Fatal(err)
	}
	golden(t, "finding-json.golden", out.Bytes())
}

// TestPrintPass: findings that are not expected, the worst first; what became of each log; a summary.
func TestPrintPass(t *testing.T) {
	plain, bare, expected := plainFinding(), bareFinding(), plainFinding()
	expected.ID, expected.Verdict, expected.Severity = "0000456789abcdef0123456789abcdef", "expected", "info"
	head := &ct.TreeHead{Size: 3_000_000_000, Timestamp: uint64(june.UnixMilli())}
	log := func(name string) *ct.Log { return &ct.Log{Description: name} }
	ps := &pass{
		found: []store.Gist{bare.Gist(), plain.Gist(), expected.Gist()},
		results: []monitor.LogResult{
			{
				Log: log("complete"), Reached: true, Head: head, From: 2_999_999_000, To: head.Size,
				Counts: monitor.Counts{Entries: 1000, New: []string{plain.ID, expected.ID}},
			},
			{Log: log("nothing new"), Reached: true, Head: head, From: head.Size, To: head.Size},
			{Log: log("lies"), Err: errors.New("x"), Misbehaviour: &ct.Misbehaviour{Kind: ct.Fork, Detail: "two heads"}},
			{Log: log("away"), Err: errors.New("no such host")},
			{Log: log("busy"), Err: &fetch.PausedError{Operator: "op", Cause: &fetch.StatusError{Code: 429}}},
			{Log: log("cached"), Err: fmt.Errorf("%w: 4 entries", monitor.ErrOldHead)},
			{Log: log("frozen"), Reached: true, Head: head, From: head.Size, To: head.Size, Err: fmt.Errorf("%w: since June", monitor.ErrStaleHead)},
			{Log: log("gone"), Left: true, Reached: true, Head: head, From: 0, To: head.Size},
			{
				Log: log("half\x1b"), Reached: true, Head: head, From: 0, To: 256, Err: errors.New("tile\x1b[31m"),
				Counts: monitor.Counts{Entries: 256, Changed: []string{bare.ID}},
			},
			{Log: log("slow"), Reached: true, Head: head, From: 0, To: 512, Err: context.DeadlineExceeded},
			{Log: log("stopped"), Reached: true, Head: head, From: 0, To: 512, Err: context.Canceled},
		},
	}
	load := func([]string) ([]store.Finding, error) { return []store.Finding{plain, bare}, nil }
	p, stdout, stderr := printer()
	if err := p.printPass(ps, load, false); err != nil {
		t.Fatal(err)
	}
	for i := range ps.results {
		p.trouble(&ps.results[i])
	}
	p.stdout.Flush()
	golden(t, "pass.golden", stdout.Bytes())
	golden(t, "pass-stderr.golden", stderr.Bytes())

	p, stdout, _ = printer()
	if err := p.printPass(ps, load, true); err != nil {
		t.Fatal(err)
	}
	p.stdout.Flush()
	if n := bytes.Count(stdout.Bytes(), []byte("\n")); n != 2 {
		t.Errorf("%d lines of JSON, want 2", n)
	}
}

func TestPrintStatus(t *testing.T) {
	later := june.Add(time.Hour)
	logs := []store.LogStatus{
		{
			ID: [32]byte{1}, Description: "followed", Started: true, Start: 10, Position: 30, FirstSeen: june,
			Head: &store.Head{Size: 100, Timestamp: june}, Totals: store.Totals{Entries: 20, Matched: 2, Undetermined: 3, Outstanding: 1},
			LastContact: &later, LastError: "old trouble", LastErrorAt: &june, Alarms: 2, LastAlarm: "fork",
		},
		{ID: [32]byte{2}, MonitoringURL: "https://ct.example.net/", FirstSeen: june, LastError: "no\x1bhost", LastErrorAt: &june},
	}
	p, stdout, _ := printer()
	p.printStatus(logs, map[[32]byte]store.Pace{{1}: {Grown: 36000, GrownIn: time.Hour, Read: 1200, ReadIn: time.Minute}})
	for i := range logs {
		if err := writeJSON(p.stdout, newStatusJSON(&logs[i])); err != nil {
			t.Fatal(err)
		}
	}
	p.stdout.Flush()
	golden(t, "status.golden", stdout.Bytes())
}

// golden holds got against a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (run with -update to accept):\n%s", path, diff)
	}
}
