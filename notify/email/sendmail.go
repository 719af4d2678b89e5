package email

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"pinwatch/notify"
)

const (
	maxComplaint = 4 << 10         // bytes of a program's output that are kept
	killDelay    = 2 * time.Second // for a program's children to let go of its output
)

// Exit codes of sendmail by which waiting will not mend it (sysexits.h).
const (
	exDataErr = 65
	exNoUser  = 67
	exNoHost  = 68
)

// sendmail is a transport by a program.
type sendmail struct{ path string }

func newSendmail(c *Config) (*sendmail, error) {
	switch {
	case !filepath.IsAbs(c.Sendmail):
		return nil, fmt.Errorf("sendmail: %q is no absolute path", c.Sendmail)
	case c.Username != "" || c.Password != "" || c.Auth != "" || c.Security != "":
		return nil, errors.New("sendmail: security, auth, username and password are for a server")
	}
	return &sendmail{c.Sendmail}, nil
}

// send runs the program. It answers for all recipients at once, and mostly has put the mail into a queue of its own.
func (s *sendmail) send(ctx context.Context, from string, to []string, mail []byte) (settled, error) {
	//nolint:gosec // the program is the operator's choice, and addresses were checked to be no options
	cmd := exec.CommandContext(ctx, s.path, append([]string{"-i", "-f", from, "--"}, to...)...)
	cmd.Stdin = bytes.NewReader(bytes.ReplaceAll(mail, []byte("\r\n"), []byte("\n")))
	var said head
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.Env = environment()
	cmd.WaitDelay = killDelay
	err := cmd.Run()
	result := settled{}
	for _, address := range to {
		result[address] = nil
	}
	if err == nil {
		return result, nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	err = fmt.Errorf("%s: %w", s.path, err)
	if text := notify.Clip(notify.Line(said.String()), 200); text != "" {
		err = fmt.Errorf("%w: %s", err, text)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		switch exit.ExitCode() {
		case exDataErr, exNoUser, exNoHost:
			return nil, notify.Permanent(err)
		}
	}
	return nil, err
}

// environment is what such programs need of ours. Our secrets may be in the rest.
func environment() []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// head keeps the beginning of what is written to it.
type head struct{ bytes.Buffer }

func (t *head) Write(p []byte) (int, error) {
	t.Buffer.Write(p[:min(len(p), maxComplaint-t.Len())])
	return len(p), nil
}
