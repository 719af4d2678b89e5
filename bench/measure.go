package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// cost is what a process took.
type cost struct {
	wall, cpu time.Duration
	first     time.Duration // from the start of the process to its first request
	peak      int64         // resident memory, bytes
}

// note writes a round down and adds it to those before.
func (b *bench) note(name string, c cost, before runs) runs {
	if b.raw != "" {
		if err := appendRaw(b.raw, name, c); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
		}
	}
	return append(before, c)
}

// appendRaw writes a line as Go's benchmarks do.
func appendRaw(file, name string, c cost) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	name = strings.NewReplacer(", ", "/", " ", "-").Replace(name)
	_, err = fmt.Fprintf(f, "Benchmark/%s 1 %d ns/op %.3f cpu-s/op %d peak-B/op\n", name, c.wall.Nanoseconds(), c.cpu.Seconds(), c.peak)
	return err
}

// server is a process of this program that serves logs.
type server struct {
	url  string // ends in a slash; the logs are below it by their numbers
	out  *bufio.Reader
	stop func()
}

// startServer starts this program as a server and waits until it says where it listens.
func startServer(args ...string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{out: bufio.NewReader(out), stop: func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }}
	line, err := s.out.ReadString('\n')
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("start the server: %w", err)
	}
	s.url = strings.TrimSpace(line)
	return s, nil
}

// firstPath is where a server tells when the first request came since it was last asked, in nanoseconds since the epoch;
// 0 if there was none.
const firstPath = "/first"

// firstRequests notes when the first request comes, and tells.
func firstRequests(h http.Handler) http.Handler {
	var first atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == firstPath {
			fmt.Fprint(w, first.Swap(0))
			return
		}
		first.CompareAndSwap(0, time.Now().UnixNano())
		h.ServeHTTP(w, r)
	})
}

func (s *server) first() (time.Time, error) {
	resp, err := http.Get(strings.TrimSuffix(s.url, "/") + firstPath)
	if err != nil {
		return time.Time{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 32)) // a number
	if err != nil {
		return time.Time{}, err
	}
	ns, err := strconv.ParseInt(string(raw), 10, 64)
	return time.Unix(0, ns), err
}

// newFindings is the exit code of a scan that has something to tell.
const newFindings = 3

// measure runs a command that reads from the server, to its end.
func (s *server) measure(cmd *exec.Cmd) (cost, error) {
	if _, err := s.first(); err != nil {
		return cost{}, err
	}
	var talk bytes.Buffer
	cmd.Stderr = &talk
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	var c cost
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		c.peak = watchMemory(cmd.Process.Pid, stop)
	}()
	err := cmd.Wait()
	c.wall = time.Since(start)
	close(stop)
	<-stopped
	if err != nil && cmd.ProcessState.ExitCode() != newFindings {
		return c, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, talk.String())
	}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	first, err := s.first()
	c.first = max(0, first.Sub(start))
	return c, err
}

// watchMemory follows the peak of a process's resident memory until stop. Its rusage would not do: that begins with the
// memory of the process that started it.
func watchMemory(pid int, stop <-chan struct{}) (peak int64) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		peak = max(peak, peakMemory(pid))
		select {
		case <-tick.C:
		case <-stop:
			return peak
		}
	}
}

// peakMemory is VmHWM of /proc/PID/status in bytes, 0 where there is none.
func peakMemory(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	kb, _ := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	return kb << 10
}

// cpuTime is the processor time that a running process has taken.
func cpuTime(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest) // utime and stime are fields 14 and 15 of proc(5), the command was the second
	if len(fields) < 13 {
		return 0, fmt.Errorf("read the processor time of process %d", pid)
	}
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100, nil // USER_HZ
}

// interrupt ends a process that ends only so.
func interrupt(cmd *exec.Cmd) error {
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	err := cmd.Wait()
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 130 {
		return nil
	}
	return err
}
