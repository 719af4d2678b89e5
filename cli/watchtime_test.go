package cli

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pinwatch/config"
	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/fetch"
	"pinwatch/matcher"
	"pinwatch/store"
)

// longWatch is a watch in a bubble of time, with logs and a list that are served in memory.
type longWatch struct {
	*testing.T
	cfg            *config.Config
	stdout, stderr *ear

	mu    sync.Mutex
	lists map[string][]byte // by path
	asks  int               // for lists
	logs  map[string]*cttest.Server
}

func newLongWatch(t *testing.T) *longWatch {
	return &longWatch{
		T: t, stdout: newEar(), stderr: newEar(),
		lists: map[string][]byte{}, logs: map[string]*cttest.Server{},
		cfg: &config.Config{
			Store: "sqlite:" + filepath.Join(t.TempDir(), "w.db"),
			Logs:  config.Logs{Lists: []string{"http://localhost/list.json"}, Poll: time.Minute},
			Watch: []matcher.Watch{{Name: "example.com"}},
		},
	}
}

// ServeHTTP serves the list, and each log below its name.
func (w *longWatch) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	list, log := w.lists[r.URL.Path], w.logs[strings.Split(r.URL.Path, "/")[1]]
	if strings.HasSuffix(r.URL.Path, ".json") {
		w.asks++
	}
	w.mu.Unlock()
	switch {
	case log != nil:
		name, _, _ := strings.Cut(r.URL.Path[1:], "/")
		http.StripPrefix("/"+name, log).ServeHTTP(rw, r)
	case list != nil:
		_, _ = rw.Write(list)
	default:
		http.NotFound(rw, r)
	}
}

// log makes a log with 256 entries.
func (w *longWatch) log(name string) *cttest.Log {
	log := cttest.NewLog(cttest.Config{Origin: name + ".example", Now: time.Now})
	stranger := ca().Issue(cttest.Template{Names: []string{"other.example.net"}, Key: "stranger", Bare: true})
	for range 255 {
		log.AddPrecert(stranger)
	}
	log.AddFinal(ca().Issue(cttest.Template{Names: []string{name + ".example.com"}, Key: "thief", Bare: true}))
	log.PublishAll()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logs[name] = cttest.NewServer(log)
	return log
}

// publish has a list name these logs.
func (w *longWatch) publish(list string, logs map[string]*cttest.Log) {
	var all []*ct.Log
	for name, log := range logs {
		l := log.Describe("http://localhost/"+name+"/", true)
		l.State, l.MMD = "usable", 30*24*time.Hour // these logs sign nothing anew
		all = append(all, l)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lists[list] = listJSON(all, time.Now())
}

func (w *longWatch) asked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asks
}

// run runs the watch while the test goes on. The bubble ends with it.
func (w *longWatch) run(test func()) {
	transport, stop := cttest.Serve(w)
	defer stop()
	p := &program{stdout: bufio.NewWriter(w.stdout), stderr: w.stderr, now: time.Now, timed: true}
	s, err := store.Open(w.Context(), w.cfg.Store, store.Options{})
	if err != nil {
		w.Fatal(err)
	}
	watch := &watcher{
		p: p, store: s, lists: newLister(p), leave: true, logger: slog.New(slog.DiscardHandler),
		read: func() (*config.Config, *matcher.Watchlist, error) {
			list, _, err := w.cfg.Check()
			return w.cfg, list, err
		},
		dial: func(*config.Config, *slog.Logger) (*fetch.Client, error) {
			return fetch.New(fetch.Config{Version: "test", Transport: transport})
		},
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- watch.run(ctx, nil) }()
	test()
	cancel()
	if err := <-ended; exitCode(err) != codeInterrupted {
		w.Errorf("the watch ended with %v", err)
	}
	if err := s.Close(); err != nil {
		w.Error(err)
	}
}

// said fails the test unless stderr says it since the last call, and otherwise no line of the kind.
func (w *longWatch) said(kind string, want ...string) {
	w.Helper()
	synctest.Wait()
	w.stderr.mu.Lock()
	fresh := string(w.stderr.text[w.stderr.heard:])
	w.stderr.heard = len(w.stderr.text)
	w.stderr.mu.Unlock()
	var lines []string
	for line := range strings.Lines(fresh) {
		if strings.HasPrefix(line, kind+": ") {
			lines = append(lines, line)
		}
	}
	if len(lines) != len(want) {
		w.Errorf("%s: said\n%swant %q", kind, strings.Join(lines, ""), want)
		return
	}
	for i, line := range lines {
		if !regexp.MustCompile(want[i]).MatchString(line) {
			w.Errorf("said %swant %q", line, want[i])
		}
	}
}

// TestWatchLoadsListsDaily: once a day, every hour while the list cannot be had; and the logs stay meanwhile.
func TestWatchLoadsListsDaily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLongWatch(t)
		logs := map[string]*cttest.Log{"one": w.log("one"), "two": w.log("two")}
		w.publish("/list.json", logs)
		w.run(func() {
			time.Sleep(time.Minute)
			w.said("note", "following 2 logs of 1 operator", "caught up")
			if n := w.asked(); n != 1 {
				t.Errorf("the list was asked for %d times at the beginning", n)
			}
			logs["three"] = w.log("three")
			w.publish("/list.json", logs)
			time.Sleep(23 * time.Hour)
			w.said("note")
			time.Sleep(time.Hour)
			w.said("note", "three.example is followed from now on: it is new on the list, usable")
			if n := w.asked(); n != 2 {
				t.Errorf("the list was asked for %d times in a day", n)
			}
			if !strings.Contains(w.stdout.String(), "three.example.com") || strings.Contains(w.stdout.String(), "one.example.com") {
				t.Errorf("a new log is read from its beginning, the others from now on; found is\n%s", w.stdout)
			}

			// The list is gone, and with it its copy: hourly, said once a day, and no log is lost.
			w.mu.Lock()
			delete(w.lists, "/list.json")
			w.mu.Unlock()
			if err := os.RemoveAll(cacheDir(w.cfg.Store)); err != nil {
				t.Fatal(err)
			}
			before := w.asked()
			time.Sleep(26 * time.Hour)
			w.said("note")
			if n := w.asked() - before; n < 2 || n > 20 {
				t.Errorf("the list was asked for %d times", n)
			}
			delete(logs, "one")
			w.publish("/list.json", logs)
			time.Sleep(time.Hour + time.Minute)
			w.said("note", "one.example is not followed any more .it is on no list.", "one.example has left and is read to the end, entry 256")
		})
	})
}

// TestWatchTakesUpAListLater: the logs of a list that could not be had at first are not new when it can, and begin where
// "start" says.
func TestWatchTakesUpAListLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLongWatch(t)
		w.cfg.Logs.Lists = append(w.cfg.Logs.Lists, "http://localhost/other.json")
		w.publish("/list.json", map[string]*cttest.Log{"one": w.log("one")})
		w.run(func() {
			time.Sleep(5 * time.Minute)
			w.said("error", "other.json: fetch: .*404")
			w.publish("/other.json", map[string]*cttest.Log{"two": w.log("two")})
			time.Sleep(time.Hour + 10*time.Minute)
			w.said("note", "two.example is followed from now on")
			w.logs["two"].Forget()
			time.Sleep(10 * time.Minute)
			if w.logs["two"].Count(cttest.Head) == 0 || w.stdout.String() != "" {
				t.Errorf("it is not followed, or not from now on; found is\n%s", w.stdout)
			}
		})
	})
}

// TestWatchTellsTroublesThatLast: one failure is no news, many are, once a day; and so is their end.
func TestWatchTellsTroublesThatLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLongWatch(t)
		logs := map[string]*cttest.Log{"one": w.log("one")}
		w.publish("/list.json", logs)
		w.run(func() {
			time.Sleep(30 * time.Second)
			w.said("note", "following 1 log of 1 operator", "caught up")
			log := w.logs["one"]
			log.Break(cttest.Head, 1, cttest.Status(500))
			time.Sleep(10 * time.Minute)
			w.said("warning")
			log.Break(cttest.Head, -1, cttest.Status(500))
			time.Sleep(2 * time.Hour)
			w.said("warning", "one.example: unreachable since .*, tried 3 times: .*500")
			time.Sleep(24 * time.Hour)
			w.said("warning", "one.example: unreachable since .*, tried .* times: .*500")
			log.Mend()
			time.Sleep(time.Hour)
			w.said("note", "one.example is read again")

			// A lie is told at once, and once.
			fork := logs["one"].Fork(10)
			fork.AddFinal(ca().Issue(cttest.Template{Names: []string{"forked.example.net"}, Key: "thief", Bare: true}))
			fork.PublishAll()
			log.Show(fork)
			time.Sleep(5 * time.Minute)
			w.said("error", "one.example misbehaved: shrunk")
			time.Sleep(12 * time.Hour)
			w.said("error")
		})
	})
}

// TestWatchNeedsALog: without any list and any log there is nothing to wait for.
func TestWatchNeedsALog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newLongWatch(t)
		transport, stop := cttest.Serve(w)
		defer stop()
		p := &program{stdout: bufio.NewWriter(w.stdout), stderr: w.stderr, now: time.Now}
		s, err := store.Open(t.Context(), w.cfg.Store, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		watch := &watcher{
			p: p, store: s, lists: newLister(p), logger: slog.New(slog.DiscardHandler),
			read: func() (*config.Config, *matcher.Watchlist, error) { return w.cfg, nil, nil },
			dial: func(*config.Config, *slog.Logger) (*fetch.Client, error) {
				return fetch.New(fetch.Config{Version: "test", Transport: transport})
			},
		}
		err = watch.run(t.Context(), nil)
		if code := exitCode(err); code != codeFailed || errors.Is(err, context.Canceled) {
			t.Errorf("exit code %d: %v", code, err)
		}
		w.said("error", "log list http://localhost/list.json: fetch: .*404")
	})
}
