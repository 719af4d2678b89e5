package monitor_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/fetch"
	"pinwatch/ct/rfc6962"
	"pinwatch/ct/static"
	"pinwatch/monitor"
)

// network serves a log in memory, to be read by one of the protocols.
func (w *world) network(log *cttest.Log, monitoring bool) (*cttest.Server, monitor.Source, func()) {
	w.Helper()
	server := cttest.NewServer(log)
	transport, stop := cttest.Serve(server)
	client, err := fetch.New(fetch.Config{Version: "test", Contact: "test@example.com", Transport: transport})
	if err != nil {
		w.Fatal(err)
	}
	src := monitor.Source{Log: log.Describe("http://log.example/", monitoring)}
	src.Log.MMD = 0 // the heads of test logs are of July
	if get := client.Bound("test", "log"); monitoring {
		src.Reader, err = static.New(src.Log, get)
	} else {
		src.Reader, err = rfc6962.New(src.Log, get)
	}
	if err != nil {
		w.Fatal(err)
	}
	return server, src, func() { client.Close(); stop() }
}

func drop(n int) func([]json.RawMessage) []json.RawMessage {
	return func(rows []json.RawMessage) []json.RawMessage { return rows[:max(len(rows)-n, 0)] }
}

// faults are what networks, caches and tired servers do. Each ends by itself, and afterwards every entry must have been
// processed exactly once, without an alarm.
var faults = map[string]cttest.Fault{
	"429":                     cttest.Status(429),
	"429 with seconds":        cttest.RetryAfter(30),
	"429 with a date":         cttest.RetryAt(time.Date(2000, 1, 1, 0, 1, 0, 0, time.UTC)), // a minute into the bubble
	"500":                     cttest.Status(500),
	"502":                     cttest.Status(502),
	"503":                     cttest.Status(503),
	"404":                     cttest.Status(404),
	"timeout":                 cttest.Hang(),
	"stall":                   cttest.Stall(40),
	"slow":                    cttest.Slow(20, time.Second),
	"reset":                   cttest.Reset(40),
	"truncated":               cttest.Truncate(7),
	"wrong length":            cttest.WrongLength(9),
	"HTML":                    cttest.HTML(),
	"gzip bomb":               cttest.GzipBomb(200 << 20),
	"endless":                 cttest.Endless(),
	"redirect loop":           cttest.RedirectLoop(),
	"redirect to another log": cttest.Redirect("http://evil.example/"),
	"corrupt byte":            cttest.CorruptByte(60),
	"corrupt last byte":       cttest.CorruptByte(-3),
	"no entries":              cttest.RewriteEntries(drop(1 << 20)),
	"too few entries":         cttest.RewriteEntries(drop(3)),
	"too many entries": cttest.RewriteEntries(func(rows []json.RawMessage) []json.RawMessage {
		return append(rows, rows...)
	}),
}

func TestFaults(t *testing.T) {
	for _, monitoring := range []bool{true, false} {
		classes := []cttest.Class{cttest.Head, cttest.Entries, cttest.Tiles, cttest.Issuers}
		if !monitoring {
			classes = []cttest.Class{cttest.Head, cttest.Entries, cttest.Consistency}
		}
		for _, class := range classes {
			for name, fault := range faults {
				if strings.HasSuffix(name, "entries") && (monitoring || class != cttest.Entries) {
					continue // a fault of get-entries
				}
				if class == cttest.Issuers && name == "404" {
					continue // an issuer that is not there is not waited for: see ct/static
				}
				t.Run(fmt.Sprint(protocol(monitoring), "/", class, "/", name), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { faultThatEnds(t, monitoring, class, fault, strings.HasPrefix(name, "corrupt")) })
				})
			}
		}
	}
}

func protocol(monitoring bool) string {
	if monitoring {
		return "static"
	}
	return "rfc6962"
}

func faultThatEnds(t *testing.T, monitoring bool, class cttest.Class, fault cttest.Fault, corrupting bool) {
	w := newWorld(t)
	log := cttest.NewLog(cttest.Config{Origin: origin, RFC6962: !monitoring, PageCap: 8})
	var want []string
	for i := range 30 {
		w.strangers(log, 24)
		log.AddFinal(w.issue(fmt.Sprintf("h%d.example.com", i), "thief"))
		if i >= 12 { // behind the start
			want = append(want, fmt.Sprintf("example.com unexpected [unknown_key] [h%d.example.com] 1", i))
		}
	}
	log.PublishAll()
	server, src, stop := w.network(log, monitoring)
	defer stop()
	defer w.store.Close()
	src.Start.Index = 301
	n := 4
	if corrupting {
		n = 1 // one bad answer of a cache; a log that insists is accused
	}
	server.Break(class, n, fault)

	passes := 0
	for ; passes < 10; passes++ {
		res := w.scan(src)
		if k := kind(res[0]); k != "" {
			t.Fatalf("the log is accused of %s: %v", k, res[0].Err)
		}
		if res[0].Complete() {
			break
		}
		time.Sleep(20 * time.Minute) // the bubble's
	}
	if passes == 10 {
		t.Error("not complete after ten passes")
	}
	if diff := cmp.Diff(want, w.findings()); diff != "" {
		t.Error(diff)
	}
	if w.alarms() != 0 {
		t.Errorf("%d alarms", w.alarms())
	}
	// 450 entries are 58 pages of 8, or 3 tiles; heads, proofs and what was asked again come to it.
	if n := len(server.Requests()); n > 150 {
		t.Errorf("%d requests", n)
	}
}

// A fault that does not end is an error of the log: bounded requests, no alarm about anything else, position safe.
func TestFaultsThatDoNotEnd(t *testing.T) {
	for _, monitoring := range []bool{true, false} {
		for name, fault := range map[string]cttest.Fault{
			"429": cttest.Status(429), "500": cttest.Status(500), "timeout": cttest.Hang(), "HTML": cttest.HTML(),
			"no entries": cttest.RewriteEntries(drop(1 << 20)), "truncated": cttest.Truncate(7),
		} {
			if monitoring && name == "no entries" {
				continue
			}
			t.Run(fmt.Sprint(protocol(monitoring), "/", name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					log := cttest.NewLog(cttest.Config{Origin: origin, RFC6962: !monitoring})
					w.strangers(log, 300)
					log.PublishAll()
					server, src, stop := w.network(log, monitoring)
					defer stop()
					defer w.store.Close()
					server.Break(cttest.Entries, -1, fault)
					start := time.Now()
					res := w.scan(src)
					if res[0].Err == nil || kind(res[0]) != "" || res[0].To != 0 {
						t.Errorf("%+v", res[0])
					}
					n := len(server.Requests())
					t.Logf("%d requests in %s", n, time.Since(start))
					if n > 40 {
						t.Errorf("%d requests", n)
					}
				})
			})
		}
	}
}

// What a log says in its own name is an alarm, once, and does not go away by asking again.
func TestLies(t *testing.T) {
	foreign := cttest.NewLog(cttest.Config{Origin: origin, Key: cttest.NewKey("foreign")})
	for _, monitoring := range []bool{true, false} {
		for name, tt := range map[string]struct {
			lie  func(w *world, server *cttest.Server, log *cttest.Log)
			kind ct.Kind
		}{
			"foreign signature": {func(w *world, server *cttest.Server, _ *cttest.Log) {
				w.strangers(foreign, 5)
				foreign.PublishAll()
				server.Break(cttest.Head, -1, cttest.From(foreign))
			}, ct.BadSignature},
			"split view": {func(w *world, server *cttest.Server, log *cttest.Log) {
				fork := log.Fork(200)
				w.strangers(fork, 300)
				for fork.Head().Timestamp <= log.Head().Timestamp {
					fork.PublishAll()
				}
				server.Show(fork)
			}, ct.Fork},
			"equal size, another root": {func(w *world, server *cttest.Server, log *cttest.Log) {
				fork := log.Fork(299)
				fork.AddFinal(w.issue("www.example.com", "thief"))
				for fork.Head().Timestamp <= log.Head().Timestamp {
					fork.PublishAll()
				}
				server.Show(fork)
			}, ct.Fork},
			"shrunk": {func(w *world, server *cttest.Server, log *cttest.Log) {
				fork := log.Fork(250)
				for fork.Head().Timestamp <= log.Head().Timestamp {
					fork.PublishAll()
				}
				server.Show(fork)
			}, ct.Shrunk},
			"entries of another history": {func(w *world, server *cttest.Server, log *cttest.Log) {
				fork := log.Fork(300)
				fork.AddFinal(w.issue("www.example.com", "thief"))
				w.strangers(fork, 9)
				fork.PublishAll()
				w.strangers(log, 10)
				log.PublishAll()
				server.Break(cttest.Entries, -1, cttest.From(fork))
			}, ct.RootMismatch},
		} {
			t.Run(fmt.Sprint(protocol(monitoring), "/", name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					log := cttest.NewLog(cttest.Config{Origin: origin, RFC6962: !monitoring})
					w.strangers(log, 300)
					log.PublishAll()
					server, src, stop := w.network(log, monitoring)
					defer stop()
					defer w.store.Close()
					if res := w.scan(src); !res[0].Complete() {
						t.Fatalf("%+v", res[0])
					}
					tt.lie(w, server, log)
					for range 2 {
						res := w.scan(src)
						if kind(res[0]) != tt.kind || res[0].To != res[0].From {
							t.Errorf("kind %q: %v", kind(res[0]), res[0].Err)
						}
					}
					if w.alarms() != 1 {
						t.Errorf("%d alarms", w.alarms())
					}
					if got := w.findings(); len(got) != 0 {
						t.Errorf("told of what the log did not sign: %v", got)
					}
				})
			})
		}
	}
}
