package program

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// script is a Notifier for a shell script, whose working files lie in DIR.
func script(t *testing.T, text string, timeout time.Duration) (n *Notifier, dir string) {
	t.Helper()
	dir = t.TempDir()
	path := filepath.Join(dir, "tell")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	n, err := New(Config{Argv: []string{path, "one argument", "*"}, Env: map[string]string{"DIR": dir, "TOKEN": "hunter2"}, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return n, dir
}

// TestGolden: the variables that a program sees for a message of every kind, and the message on its standard input.
func TestGolden(t *testing.T) {
	n, dir := script(t, `cat >"$DIR/stdin"; env | grep ^PINWATCH_ | sort >"$DIR/env"`, 0)
	var got bytes.Buffer
	for _, m := range notifytest.Samples() {
		if err := n.Notify(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if stdin := read(t, dir, "stdin"); !bytes.Equal(stdin, want) {
			t.Errorf("%s: on standard input is\n%s", m.ID, stdin)
		}
		got.Write(read(t, dir, "env"))
		got.WriteString("\n")
	}
	notifytest.Golden(t, *update, "variables.golden", got.Bytes())
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEnvironment: of ours only a few harmless variables are seen.
func TestEnvironment(t *testing.T) {
	t.Setenv("PINWATCH_WEBHOOK_SECRET", "hunter2")
	t.Setenv("SMTP_PASSWORD", "hunter2")
	t.Setenv("LD_PRELOAD_TEST", "hunter2")
	t.Setenv("TZ", "Europe/Berlin")
	n, dir := script(t, `env >"$DIR/env"; echo "$# $1 $2" >"$DIR/args"`, 0)
	m := notifytest.Samples()[0]
	if err := n.Notify(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	env := string(read(t, dir, "env"))
	if strings.Contains(strings.Replace(env, "TOKEN=hunter2", "", 1), "hunter2") {
		t.Errorf("the program saw\n%s", env)
	}
	if !strings.Contains(env, "TZ=Europe/Berlin") || !strings.Contains(env, "PATH=") {
		t.Errorf("the program did not see TZ and PATH:\n%s", env)
	}
	if args := string(read(t, dir, "args")); args != "2 one argument *\n" {
		t.Errorf("its arguments were %q", args)
	}
}

func TestVariablesAreTame(t *testing.T) {
	harmless := regexp.MustCompile(`^PINWATCH_[A-Z]+=([A-Za-z0-9_ .,:=@/+][A-Za-z0-9_ .,:=@/+-]{0,255})?$`)
	m := notifytest.Hostile()
	m.Event, m.Watch = "-rf", "a\x00b"
	for _, text := range append(notifytest.HostileTexts(), "-x", "--help", "$(id)", "`id`", "a;b|c&d>e", "a[$(id)]", "~", "!!") {
		m.Title = text
		for _, v := range variables(&m) {
			if !harmless.MatchString(v) {
				t.Errorf("%q becomes %q", text, v)
			}
		}
	}
}

// TestFormatsPage holds the table of docs/notify-formats.md to the variables.
func TestFormatsPage(t *testing.T) {
	var page, have []string
	for _, cells := range notifytest.Rows(t, "../../docs/notify-formats.md", "Programs") {
		page = append(page, cells[0])
	}
	for _, v := range variables(&notify.Message{}) {
		name, _, _ := strings.Cut(v, "=")
		have = append(have, name)
	}
	if !slices.Equal(page, have) {
		t.Errorf("the page has %q, programs see %q", page, have)
	}
}

func TestExit(t *testing.T) {
	tests := []struct{ name, script, want string }{ // want: of the error; empty: taken
		{"taken", "exit 0", ""},
		{"not read", "exec 0<&-; exit 0", ""},
		{"failed", "echo out; echo no such ticket >&2; exit 1", `tell: exit status 1: "no such ticket"`},
		{"failed, told on stdout", "echo out; exit 2", `tell: exit status 2: "out"`},
		{"failed in silence", "exit 3", "tell: exit status 3"},
		{"later", "echo busy >&2; exit 75", `tell: asks to be run again (exit status 75): "busy"`},
		{"killed", "kill -9 $$", "tell: signal: killed"},
		{"hostile", `printf 'a\033[2J\r\nb\377' >&2; exit 1`, `tell: exit status 1: "a\x1b[2J b\xff"`},
		{"a secret", `echo "bad token $TOKEN" >&2; exit 1`, `tell: exit status 1: "bad token ***"`},
	}
	m := notifytest.ManyNames()
	for _, tt := range tests {
		n, _ := script(t, tt.script, 0)
		err := n.Notify(t.Context(), &m)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || err.Error() != tt.want) || notify.IsPermanent(err) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestOutputIsBounded(t *testing.T) {
	n, _ := script(t, `head -c 5000000 /dev/zero | tr '\0' x >&2; echo the end >&2; exit 1`, 0)
	m := notifytest.Samples()[0]
	err := n.Notify(t.Context(), &m)
	if err == nil || len(err.Error()) > 2*maxShown || !strings.Contains(err.Error(), "the end") {
		t.Errorf("%v", err)
	}
}

// TestTimeLimit: what the program started is killed with it. The pipe has an end only when all who hold it are gone.
func TestTimeLimit(t *testing.T) {
	n, dir := script(t, `trap '' TERM; exec 3>"$DIR/pipe"; sleep 1000 & sleep 1000`, 200*time.Millisecond)
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		f, err := os.Open(pipe)
		if err == nil {
			_, err = io.Copy(io.Discard, f)
			f.Close()
		}
		ended <- err
	}()
	m := notifytest.Samples()[0]
	err := n.Notify(t.Context(), &m)
	if err == nil || err.Error() != "tell: killed, it did not end within 200ms" {
		t.Errorf("%v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n, dir := script(t, `: >"$DIR/pipe"; sleep 1000`, 0)
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		if f, err := os.Open(pipe); err == nil { // the program runs
			f.Close()
		}
		cancel()
	}()
	m := notifytest.Samples()[0]
	if err := n.Notify(ctx, &m); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestLeftRunning: what a program leaves behind in the background does not make its success a failure.
func TestLeftRunning(t *testing.T) {
	n, _ := script(t, `sleep 5 & exit 0`, 0)
	m := notifytest.Samples()[0]
	if err := n.Notify(t.Context(), &m); err != nil {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	sh := []string{"sh"}
	tests := []struct {
		config Config
		want   string
	}{
		{Config{}, "no program"},
		{Config{Argv: []string{""}}, "no program"},
		{Config{Argv: []string{"sh", "hunter2\x00"}}, "argument 1 has a NUL"},
		{Config{Argv: []string{"./tell"}}, "absolute"},
		{Config{Argv: []string{"no-such-program-anywhere", "hunter2"}}, `"no-such-program-anywhere"`},
		{Config{Argv: []string{"/etc/passwd"}}, "permission denied"},
		{Config{Argv: sh, Timeout: -1}, "timeout"},
		{Config{Argv: sh, Env: map[string]string{"A B": "hunter2"}}, `"A B"`},
		{Config{Argv: sh, Env: map[string]string{"PINWATCH_ID": "hunter2"}}, "PINWATCH_"},
		{Config{Argv: sh, Env: map[string]string{"A": "hunter2\x00"}}, "variable A"},
	}
	for _, tt := range tests {
		_, err := New(tt.config)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", tt.want, err)
		}
	}
}
