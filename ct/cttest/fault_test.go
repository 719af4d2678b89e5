package cttest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	ctgo "github.com/google/certificate-transparency-go"

	"pinwatch/ct/cttest"
)

// answer is what a client gets to see of a request.
type answer struct {
	code   int
	header http.Header
	body   []byte // of at most 1 MB
	err    error
	took   time.Duration
}

func request(transport http.RoundTripper, path string) answer {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	start := time.Now()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://log.example"+path, nil)
	if err != nil {
		return answer{err: err}
	}
	client := http.Client{Transport: transport}
	resp, err := client.Do(r)
	if err != nil {
		return answer{err: err, took: time.Since(start)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return answer{resp.StatusCode, resp.Header, body, err, time.Since(start)}
}

func TestFaults(t *testing.T) {
	log := newLog(cttest.Config{}, 300)
	good := log.Head().Raw
	for _, test := range []struct {
		name  string
		fault cttest.Fault
		check func(answer) bool
	}{
		{"Status", cttest.Status(503), func(a answer) bool { return a.code == 503 }},
		{"RetryAfter", cttest.RetryAfter(7), func(a answer) bool { return a.code == 429 && a.header.Get("Retry-After") == "7" }},
		{"RetryAt", cttest.RetryAt(time.Unix(0, 0)), func(a answer) bool {
			return a.code == 429 && a.header.Get("Retry-After") == "Thu, 01 Jan 1970 00:00:00 GMT"
		}},
		{"HTML", cttest.HTML(), func(a answer) bool { return a.code == 200 && bytes.Contains(a.body, []byte("<html>")) }},
		{"Redirect", cttest.Redirect("/tile/0/000"), func(a answer) bool { return len(a.body) == 8192 }},
		{"RedirectLoop", cttest.RedirectLoop(), func(a answer) bool { return a.err != nil }},
		{"Hang", cttest.Hang(), func(a answer) bool { return a.err != nil && a.code == 0 && a.took == time.Hour }},
		{"Stall", cttest.Stall(5), func(a answer) bool { return len(a.body) == 5 && a.err != nil && a.took == time.Hour }},
		{"Reset", cttest.Reset(5), func(a answer) bool { return len(a.body) == 5 && errors.Is(a.err, io.ErrUnexpectedEOF) && a.took == 0 }},
		{"Slow", cttest.Slow(4, time.Minute), func(a answer) bool { return bytes.Equal(a.body, good) && a.took >= 3*time.Minute }},
		{"WrongLength", cttest.WrongLength(3), func(a answer) bool { return len(a.body) == len(good) && errors.Is(a.err, io.ErrUnexpectedEOF) }},
		{"Endless", cttest.Endless(), func(a answer) bool { return len(a.body) == 1<<20 }},
		{"Truncate", cttest.Truncate(9), func(a answer) bool { return a.err == nil && bytes.Equal(a.body, good[:len(good)-9]) }},
		{"CorruptByte", cttest.CorruptByte(-2), func(a answer) bool {
			return len(a.body) == len(good) && bytes.Equal(a.body[:len(good)-2], good[:len(good)-2]) && !bytes.Equal(a.body, good)
		}},
		{"GzipBomb", cttest.GzipBomb(100 << 20), func(a answer) bool {
			r, err := gzip.NewReader(bytes.NewReader(a.body))
			if err != nil {
				return false
			}
			n, err := io.Copy(io.Discard, r)
			return err == nil && n == 100<<20 && len(a.body) < 1<<20
		}},
		{"From", cttest.From(newLog(cttest.Config{}, 5)), func(a answer) bool { return bytes.Contains(a.body, []byte("\n5\n")) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := cttest.NewServer(log)
				transport, stop := cttest.Serve(server)
				defer stop()
				server.Break(cttest.Head, -1, test.fault)
				if a := request(transport, "/checkpoint"); !test.check(a) {
					t.Errorf("status %d, %d bytes, %v, after %v", a.code, len(a.body), a.err, a.took)
				}
				server.Mend()
				if a := request(transport, "/checkpoint"); !bytes.Equal(a.body, good) || a.err != nil {
					t.Errorf("mended: status %d, %d bytes, %v", a.code, len(a.body), a.err)
				}
			})
		})
	}
}

func TestRewriteKeepsTheEncoding(t *testing.T) {
	server := cttest.NewServer(newLog(cttest.Config{}, 256))
	_, good := get(t, server, "/tile/data/000")
	server.Break(cttest.Entries, 1, cttest.CorruptByte(100))
	_, bad := get(t, server, "/tile/data/000")
	if len(bad) != len(good) || bad[100] != good[100]^0x10 {
		t.Errorf("%d bytes, want %d with one of them changed", len(bad), len(good))
	}
}

func TestRewriteEntries(t *testing.T) {
	server := cttest.NewServer(newLog(cttest.Config{RFC6962: true}, 10))
	for _, test := range []struct {
		change func([]json.RawMessage) []json.RawMessage
		want   int
	}{
		{func([]json.RawMessage) []json.RawMessage { return nil }, 0},
		{func(e []json.RawMessage) []json.RawMessage { return e[:2] }, 2},
		{func(e []json.RawMessage) []json.RawMessage { return append(e, e...) }, 8},
	} {
		server.Mend()
		server.Break(cttest.Entries, 1, cttest.RewriteEntries(test.change))
		var body ctgo.GetEntriesResponse
		ask(t, server, &body, "get-entries?start=0&end=3")
		if len(body.Entries) != test.want {
			t.Errorf("%d entries, want %d", len(body.Entries), test.want)
		}
	}
}

func TestServerCountsAndBreaksByClass(t *testing.T) {
	server := cttest.NewServer(newLog(cttest.Config{}, 300))
	server.Break(cttest.Tiles, 2, cttest.Status(500))
	server.BreakIf(func(class cttest.Class, r *http.Request) cttest.Fault {
		if class == cttest.Entries && r.URL.Path == "/tile/data/001.p/44" {
			return cttest.Status(404)
		}
		return nil
	})
	var codes []int
	for _, path := range []string{
		"/checkpoint", "/tile/0/000", "/tile/0/000", "/tile/0/000", "/tile/data/000", "/tile/data/001.p/44",
		"/issuer/00", "/ct/v1/get-sth-consistency?first=1&second=2", "/ct/v1/get-sth", "/favicon.ico",
	} {
		code, _ := get(t, server, path)
		codes = append(codes, code)
	}
	if got, want := fmt.Sprint(codes), "[200 500 500 200 200 404 404 200 200 404]"; got != want {
		t.Errorf("status %s, want %s", got, want)
	}
	for class, want := range map[cttest.Class]int{
		cttest.Head: 2, cttest.Tiles: 3, cttest.Entries: 2, cttest.Issuers: 1, cttest.Consistency: 1, cttest.Other: 1,
	} {
		if got := server.Count(class); got != want {
			t.Errorf("%d requests of %s, want %d", got, class, want)
		}
	}
	if server.Forget(); len(server.Requests()) != 0 {
		t.Error("it remembers what it was to forget")
	}
}

func TestPublishHead(t *testing.T) {
	log := newLog(cttest.Config{}, 5)
	lie := log.Head()
	lie.Signature, lie.Root[0] = nil, lie.Root[0]^1
	log.PublishHead(lie)
	_, raw := get(t, log, "/checkpoint")
	if want := cttest.Checkpoint("log.example/2026", cttest.NewKey("log log.example/2026"), 5, lie.Root, lie.Timestamp); !bytes.Equal(raw, want) {
		t.Errorf("checkpoint\n%swant\n%s", raw, want)
	}
}
