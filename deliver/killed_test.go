package deliver_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pinwatch/config"
	"pinwatch/deliver"
	"pinwatch/notify"
	"pinwatch/notify/webhook"
	"pinwatch/store"
)

// noon is when everything here happens.
func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// filled makes a database with n findings that are not told yet.
func filled(t testing.TB, n int) (dsn string) {
	t.Helper()
	dsn = "sqlite:" + filepath.Join(t.TempDir(), "pinwatch.db")
	s, err := store.Open(t.Context(), dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log := [32]byte{1}
	head := store.Head{Timestamp: noon(), Signature: []byte("s"), Raw: []byte("head")}
	_, err = s.EnsureLog(t.Context(), store.Log{ID: log, Key: []byte("key"), Description: "log", Operator: "op"}, noon())
	run := int64(0)
	if err == nil {
		err = s.SetStart(t.Context(), log, 0, nil, "beginning", head, noon())
	}
	if err == nil {
		run, err = s.StartRun(t.Context(), store.Run{Kind: "scan", Policy: [32]byte{1}}, noon())
	}
	if err == nil {
		_, err = s.Commit(t.Context(), found(log, run, head, n))
	}
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// found is the commit of n entries, each of which holds a certificate that is unexpected.
func found(log [32]byte, run int64, head store.Head, n int) *store.Commit {
	head.Size, head.Raw = uint64(n), []byte("a later head")
	c := &store.Commit{LogID: log, To: uint64(n), Head: head, Run: run, Policy: [32]byte{1}, Now: noon()}
	for size := n; size > 0; size &= size - 1 {
		c.Nodes = append(c.Nodes, [32]byte{byte(size), 2})
	}
	for i := range n {
		var tbs [32]byte
		binary.BigEndian.PutUint64(tbs[:], uint64(i)+1)
		c.Certificates = append(c.Certificates, store.Certificate{SHA256: tbs, DER: tbs[:]})
		c.Sightings = append(c.Sightings, store.Sighting{
			Issuance: store.Issuance{TBSSHA256: tbs, IssuerKeyHash: &[32]byte{3}, Names: []string{"www.example.com"}},
			Index:    uint64(i), Type: "precert", CertSHA256: tbs, Timestamp: noon(), Leaf: []byte("leaf"),
			Findings: []store.Judged{{
				Watch: "example.com", Verdict: "unexpected", Severity: "critical", Reasons: []string{"unknown_key"},
				Matches: []store.Match{{Name: "www.example.com", Kind: "dNSName", Rule: "exact"}}, Decided: true, Open: true,
			}},
		})
	}
	return c
}

// toHook is a dispatcher that tells a webhook what is in a database.
func toHook(s *store.Store, url string) (*notify.Dispatcher, error) {
	hook, err := webhook.New(webhook.Config{URL: url, Now: time.Now})
	if err != nil {
		return nil, err
	}
	return notify.NewDispatcher(notify.Options{
		Queue: deliver.NewQueue(s, (*config.Labels)(nil).Of), Now: time.Now, Receivers: []notify.Receiver{{Name: "hook", Notifier: hook}},
	}), nil
}

// ears count the messages that come, by their IDs.
type ears struct {
	mu    sync.Mutex
	heard map[string]int
	total int
}

func (e *ears) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard[r.Header.Get("Webhook-Id")]++
	e.total++
}

func (e *ears) count() (different, total int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.heard), e.total
}

// childEnv makes the test binary the process that is killed: it tells what is in the database, for ever.
const childEnv = "PINWATCH_TEST_TELL"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(childEnv); dsn != "" {
		if err := tellForEver(dsn, os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func tellForEver(dsn, url string) error {
	s, err := store.Open(context.Background(), dsn, store.Options{})
	if err != nil {
		return err
	}
	d, err := toHook(s, url)
	if err != nil {
		return err
	}
	fmt.Println("telling")
	return d.Run(context.Background())
}

// findings is how many are told.
const findings = 3000

// TestKilled: a process that tells is killed again and again, at any moment. In the end every finding was told, each under
// one ID; some more than once, since that they were sent could not be noted.
func TestKilled(t *testing.T) {
	dsn := filled(t, findings)
	heard := &ears{heard: map[string]int{}}
	server := httptest.NewServer(heard)
	defer server.Close()
	kills := 0
	for different := 0; different < findings && kills < 100; kills++ {
		killAfter(t, dsn, server.URL, heard, 200+97*kills%300)
		different, _ = heard.count()
	}
	s, err := store.Open(t.Context(), dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d, err := toHook(s, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	different, total := heard.count()
	if different != findings || kills < 5 {
		t.Errorf("%d of %d findings were told, %d messages, %d kills", different, findings, total, kills)
	}
	if w, err := s.Waiting(t.Context(), "hook", time.Now(), time.Time{}); err != nil || w.Due != 0 || w.Sent != findings {
		t.Errorf("%+v, %v", w, err)
	}
	t.Logf("%d kills, %d repeats", kills, total-different)
}

// killAfter lets a process tell some more messages, and kills it.
func killAfter(t *testing.T, dsn, url string, heard *ears, messages int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], url)
	cmd.Env = append(os.Environ(), childEnv+"="+dsn)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	_, before := heard.count()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for different, now := heard.count(); now-before < messages && different < findings; different, now = heard.count() {
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v", err)
		case <-tick.C:
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
}

// BenchmarkTell: from the database to a webhook, and back that it was sent. 1,000 findings a second are wanted.
func BenchmarkTell(b *testing.B) {
	server := httptest.NewServer(&ears{heard: map[string]int{}})
	defer server.Close()
	for b.Loop() {
		b.StopTimer()
		s, err := store.Open(b.Context(), filled(b, findings), store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		d, err := toHook(s, server.URL)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := d.Drain(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N*findings)/b.Elapsed().Seconds(), "findings/s")
}
