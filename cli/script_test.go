package cli

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"pinwatch/store"
)

var update = flag.Bool("update", false, "write the expectations in the scripts anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"pinwatch": func() { os.Exit(Run(os.Args, os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the real command as the scripts in testdata/script say; they read as its manual. Each begins in a
// directory with a copy of the demo log and its configuration, in demo. $LOG is the same log by HTTP.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			demo := filepath.Join(env.WorkDir, "demo")
			if err := os.CopyFS(demo, os.DirFS("../testdata/demo")); err != nil {
				return err
			}
			if err := forget(demo); err != nil {
				return err
			}
			server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(demo, "log"))))
			env.Defer(server.Close)
			env.Setenv("LOG", server.URL)
			env.Setenv("PINWATCH_CONFIG", "")
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, errors.New("unknown condition")
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"edit":  edit,
			"hold":  hold,
		},
	})
}

// forget removes what a scan of the demo log as README.md has it left beside its configuration.
func forget(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, "pinwatch.db*"))
	for _, path := range left {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}

// exits runs a command that must end with an exit code: exits CODE COMMAND...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// edit changes bytes of a file: edit FILE truncate N | append TEXT | replace OLD NEW | byte OFFSET VALUE.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: edit FILE truncate N | append TEXT | replace OLD NEW | byte OFFSET VALUE")
	}
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	text := string(data)
	switch args[1] {
	case "truncate":
		n, err := strconv.Atoi(args[2])
		ts.Check(err)
		text = text[:n]
	case "append":
		text += args[2]
	case "replace":
		if !strings.Contains(text, args[2]) {
			ts.Fatalf("%q is not in %s", args[2], args[0])
		}
		text = strings.ReplaceAll(text, args[2], args[3])
	case "byte":
		at, err := strconv.Atoi(args[2])
		ts.Check(err)
		value, err := strconv.ParseUint(args[3], 10, 8)
		ts.Check(err)
		text = text[:at] + string([]byte{byte(value)}) + text[at+1:]
	default:
		ts.Fatalf("unknown edit %s", args[1])
	}
	ts.Check(os.WriteFile(path, []byte(text), 0o600))
}

// hold takes the lock of a database until the script ends, as a scan does that is under way: hold FILE
func hold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hold FILE")
	}
	s, err := store.Open(context.Background(), "sqlite:"+ts.MkAbs(args[0]), store.Options{})
	ts.Check(err)
	unlock, err := s.Lock("another scan")
	ts.Check(err)
	ts.Defer(func() {
		ts.Check(unlock())
		ts.Check(s.Close())
	})
}

// TestExitCodesAreInTheReadme holds the table of exit codes against the one that users read.
func TestExitCodesAreInTheReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+) \| (.*) \|$`).FindAllStringSubmatch(string(readme), -1) {
		got[m[1]] = m[2]
	}
	want := map[string]string{}
	for _, e := range exitCodes {
		want[strconv.Itoa(e.code)] = e.meaning
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
