package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"pinwatch/notify"
)

const (
	// DefaultTimeout is how long a program may run.
	DefaultTimeout = 30 * time.Second

	// pipesDelay is how long output is waited for after the program has ended, while something that it started still
	// holds its standard output.
	pipesDelay = time.Second

	maxInput  = 8 << 20 // of a message, in bytes
	maxOutput = 2 << 10 // that is kept of what a program says, in bytes
	maxShown  = 300     // of what a program says in an error, in bytes

	tempFail = 75 // EX_TEMPFAIL
)

// Config is a program.
type Config struct {
	// Argv is the program, as an absolute path or a name to be found in PATH, and its arguments.
	Argv []string
	// Env has more variables for it; their values may be secrets.
	Env map[string]string
	// Timeout is how long it may run; 0 is DefaultTimeout.
	Timeout time.Duration
}

// Notifier tells one program.
type Notifier struct {
	path    string
	args    []string
	env     []string
	secrets []string // the values of Config.Env
	timeout time.Duration
}

// New reads the configuration and looks for the program; it is not run. Errors show no variable's value, nor arguments.
func New(c Config) (*Notifier, error) {
	if len(c.Argv) == 0 || c.Argv[0] == "" {
		return nil, errors.New("exec: no program")
	}
	for i, arg := range c.Argv {
		if strings.ContainsRune(arg, 0) {
			return nil, fmt.Errorf("exec: argument %d has a NUL", i)
		}
	}
	if c.Timeout < 0 {
		return nil, fmt.Errorf("exec: timeout: %v is negative", c.Timeout)
	}
	if filepath.Base(c.Argv[0]) != c.Argv[0] && !filepath.IsAbs(c.Argv[0]) {
		return nil, fmt.Errorf("exec: %q is neither an absolute path nor a name to be found in PATH", c.Argv[0])
	}
	path, err := exec.LookPath(c.Argv[0])
	if err != nil {
		return nil, err // it says exec: and the name
	}
	n := &Notifier{path: path, args: c.Argv[1:], timeout: c.Timeout}
	if n.timeout == 0 {
		n.timeout = DefaultTimeout
	}
	if n.env, err = newEnv(c.Env); err != nil {
		return nil, fmt.Errorf("exec: %w", err)
	}
	for _, value := range c.Env {
		if len(value) > 3 {
			n.secrets = append(n.secrets, value)
		}
	}
	return n, nil
}

// Notify implements notify.Notifier.
func (n *Notifier) Notify(ctx context.Context, m *notify.Message) error {
	input, err := notify.Encode(m, maxInput)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	var stdout, stderr tail
	cmd := exec.CommandContext(limited, n.path, n.args...) //nolint:gosec // running what its owner configured is its purpose
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &stdout, &stderr
	cmd.Env = slices.Concat(n.env, variables(m))
	cmd.WaitDelay = pipesDelay
	ownGroup(cmd)
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case limited.Err() != nil:
		err = fmt.Errorf("killed, it did not end within %v", n.timeout)
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil // the latter: it ended well and has left something running
	case cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == tempFail:
		err = fmt.Errorf("asks to be run again (exit status %d)", tempFail)
	}
	said := stderr.bytes
	if len(bytes.TrimSpace(said)) == 0 {
		said = stdout.bytes
	}
	return n.failed(err, said)
}

// failed is err with the name of the program, and what it said last.
func (n *Notifier) failed(err error, said []byte) error {
	text := string(said)
	for _, secret := range n.secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return fmt.Errorf("%s: %w", filepath.Base(n.path), err)
	}
	text = text[max(0, len(text)-maxShown):]
	return fmt.Errorf("%s: %w: %s", filepath.Base(n.path), err, strconv.QuoteToASCII(text))
}

// tail keeps the end of what is written to it.
type tail struct{ bytes []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.bytes = append(t.bytes, p[max(0, len(p)-maxOutput):]...)
	if extra := len(t.bytes) - maxOutput; extra > 0 {
		t.bytes = append(t.bytes[:0], t.bytes[extra:]...)
	}
	return len(p), nil
}
