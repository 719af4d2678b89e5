package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// cost is what a process took.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // resident memory, bytes
}

// better keeps the faster of two.
func (c cost) better(than cost) cost {
	if than.wall != 0 && than.wall < c.wall {
		return than
	}
	return c
}

// measure runs a command to its end. Exit codes in allowed are no failure.
func measure(cmd *exec.Cmd, allowed ...int) (cost, error) {
	var talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &talk
	start := time.Now()
	err := cmd.Run()
	c := cost{wall: time.Since(start)}
	if cmd.ProcessState == nil {
		return c, err
	}
	for _, code := range allowed {
		if cmd.ProcessState.ExitCode() == code {
			err = nil
		}
	}
	if err != nil {
		return c, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, talk.String())
	}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.peak = usage.Maxrss * 1024
	}
	return c, nil
}

// server starts this program as the server of dir and returns where it listens.
func server(dir, delay string) (url string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(self, "serve", dir, delay)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("start the server: %w", err)
	}
	return strings.TrimSpace(line), stop, nil
}

// configuration writes a pinwatch.yaml that watches n names of one log, the first of them with certificates in it.
func configuration(dir string, n int, extra string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "store: sqlite:scan.db\nlogs:\n  list: \"\"\n  start: beginning\n  extra:\n    - description: bench\n%swatch:\n", extra)
	for i := range n {
		name := watched[0]
		if i > 0 {
			name = fmt.Sprintf("w%d.watched.example", i)
		}
		fmt.Fprintf(&b, "  - {name: %s}\n", name)
	}
	file := filepath.Join(dir, fmt.Sprintf("watch-%d.yaml", n))
	return file, os.WriteFile(file, []byte(b.String()), 0o644)
}
