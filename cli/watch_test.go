package cli

import (
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
)

// TestWatchScripts runs the scripts in testdata/watch, in which logs grow while the real command follows them. Beside
// the commands of TestScripts they have
//
//	log NAME                     makes a log; $NAME is its URL, $NAME_KEY its key
//	add NAME N | fill NAME       adds N entries that concern nobody, or as many as fill the last tile
//	issue NAME HOST              adds a certificate for a host
//	break NAME CLASS | mend NAME has requests of a class answered with 404, or all as they should be
//	asked NAME CLASS N           wants N requests of a class since the last time
//	list FILE NAME:STATE...      writes a log list with these logs
//	start ARGS...                runs pinwatch in the background
//	hear stdout|stderr REGEXP    waits for something it prints, behind what was heard before
//	signal HUP|INT|TERM          sends it a signal
//	ends CODE                    waits for its end
func TestWatchScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/watch",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PINWATCH_CONFIG", "")
			env.Values["scene"] = &scene{env: env, logs: map[string]*cttest.Log{}, servers: map[string]*cttest.Server{}, urls: map[string]string{}}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "edit": edit,
			"log": play((*scene).log), "add": play((*scene).add), "fill": play((*scene).fill), "issue": play((*scene).issue),
			"break": play((*scene).breakLog), "mend": play((*scene).mend), "asked": play((*scene).asked),
			"list": play((*scene).list), "start": play((*scene).start), "hear": play((*scene).hear),
			"signal": play((*scene).signal), "ends": play((*scene).ends),
		},
	})
}

// scene is what a script plays in.
type scene struct {
	env     *testscript.Env
	logs    map[string]*cttest.Log
	servers map[string]*cttest.Server
	urls    map[string]string

	cmd            *exec.Cmd
	stdout, stderr *ear
}

func play(do func(s *scene, ts *testscript.TestScript, args []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		s, _ := ts.Value("scene").(*scene)
		do(s, ts, args)
	}
}

func (s *scene) log(ts *testscript.TestScript, args []string) {
	name := args[0]
	log := cttest.NewLog(cttest.Config{Origin: "log.example/" + strings.ToLower(name), Now: time.Now})
	s.logs[name], s.servers[name] = log, cttest.NewServer(log)
	server := httptest.NewServer(s.servers[name])
	ts.Defer(server.Close)
	s.urls[name] = server.URL + "/"
	ts.Setenv(name, s.urls[name])
	ts.Setenv(name+"_KEY", base64.StdEncoding.EncodeToString(log.Describe("", true).Key))
}

// ca issues all certificates of the scripts.
func ca() *cttest.CA { return cttest.NewRoot("Root", "scripts").Intermediate("CA", "scripts") }

func (s *scene) add(ts *testscript.TestScript, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	s.strangers(args[0], uint64(n))
}

func (s *scene) fill(_ *testscript.TestScript, args []string) {
	s.strangers(args[0], 256-s.logs[args[0]].Size()%256)
}

func (s *scene) strangers(name string, n uint64) {
	stranger := ca().Issue(cttest.Template{Names: []string{"other.example.net"}, Key: "stranger", Bare: true})
	for range n {
		s.logs[name].AddPrecert(stranger)
	}
	s.logs[name].PublishAll()
}

func (s *scene) issue(_ *testscript.TestScript, args []string) {
	s.logs[args[0]].AddFinal(ca().Issue(cttest.Template{Names: args[1:], Key: "thief", Bare: true}))
	s.logs[args[0]].PublishAll()
}

func (s *scene) breakLog(_ *testscript.TestScript, args []string) {
	s.servers[args[0]].Break(cttest.Class(args[1]), -1, cttest.Status(404))
}

func (s *scene) mend(_ *testscript.TestScript, args []string) { s.servers[args[0]].Mend() }

func (s *scene) asked(ts *testscript.TestScript, args []string) {
	if got := strconv.Itoa(s.servers[args[0]].Count(cttest.Class(args[1]))); got != args[2] {
		ts.Fatalf("asked %s times for %s, want %s", got, args[1], args[2])
	}
	s.servers[args[0]].Forget()
}

func (s *scene) list(ts *testscript.TestScript, args []string) {
	var all []*ct.Log
	for _, arg := range args[1:] {
		name, state, _ := strings.Cut(arg, ":")
		log := s.logs[name].Describe(s.urls[name], true)
		log.State = state
		all = append(all, log)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), listJSON(all, time.Now()), 0o600))
}

// listJSON is a log list with these logs, in the v3 schema.
func listJSON(logs []*ct.Log, now time.Time) []byte {
	tiled := []map[string]any{}
	for _, l := range logs {
		tiled = append(tiled, map[string]any{
			"description": l.Description, "log_id": l.ID.String(), "key": base64.StdEncoding.EncodeToString(l.Key), "mmd": int(l.MMD.Seconds()),
			"submission_url": l.SubmissionURL, "monitoring_url": l.MonitoringURL,
			"state": map[string]any{l.State: map[string]any{"timestamp": "2026-07-01T00:00:00Z"}},
		})
	}
	out, err := json.Marshal(map[string]any{
		"log_list_timestamp": now.UTC().Format(time.RFC3339), "version": strconv.FormatInt(now.Unix(), 10),
		"operators": []map[string]any{{"name": "Example", "email": []string{}, "logs": []any{}, "tiled_logs": tiled}},
	})
	if err != nil {
		panic(err) // strings and numbers
	}
	return out
}

func (s *scene) start(ts *testscript.TestScript, args []string) {
	s.stdout, s.stderr = newEar(), newEar()
	s.cmd = exec.Command("pinwatch", args...)
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = ts.MkAbs("."), s.stdout, s.stderr
	s.cmd.Env = append(os.Environ(), "PINWATCH_CONFIG=")
	ts.Check(s.cmd.Start())
	ts.Defer(func() { _ = s.cmd.Process.Kill() })
}

func (s *scene) hear(ts *testscript.TestScript, args []string) {
	e := map[string]*ear{"stdout": s.stdout, "stderr": s.stderr}[args[0]]
	if !e.hear(regexp.MustCompile("(?m)" + args[1])) {
		ts.Fatalf("waited in vain for %q on %s; stdout:\n%s\nstderr:\n%s", args[1], args[0], s.stdout, s.stderr)
	}
}

func (s *scene) signal(ts *testscript.TestScript, args []string) {
	ts.Check(s.cmd.Process.Signal(map[string]os.Signal{
		"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "TERM": syscall.SIGTERM,
	}[args[0]]))
}

func (s *scene) ends(ts *testscript.TestScript, args []string) {
	_ = s.cmd.Wait() // the exit code says more
	if got := strconv.Itoa(s.cmd.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("exit code %s, want %s; stderr:\n%s", got, args[0], s.stderr)
	}
}

// ear hears what a process prints.
type ear struct {
	mu    sync.Mutex
	text  []byte
	heard int // of it
	more  chan struct{}
}

func newEar() *ear { return &ear{more: make(chan struct{}, 1)} }

// Write takes what is printed.
func (e *ear) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.text = append(e.text, b...)
	select {
	case e.more <- struct{}{}:
	default:
	}
	return len(b), nil
}

// String is all that was printed.
func (e *ear) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return string(e.text)
}

// hear waits for a match, a minute at most.
func (e *ear) hear(want *regexp.Regexp) bool {
	limit := time.After(time.Minute)
	for {
		e.mu.Lock()
		at := want.FindIndex(e.text[e.heard:])
		if at != nil {
			e.heard += at[1]
		}
		e.mu.Unlock()
		if at != nil {
			return true
		}
		select {
		case <-e.more:
		case <-limit:
			return false
		}
	}
}
