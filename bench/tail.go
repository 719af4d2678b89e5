package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// settle is how long logs are followed before it is measured.
	settle = 10 * time.Second
	// followShare is the target for the share of a core that it takes to follow all logs, in percent.
	followShare = 5
	// tellSlack is by how much longer than a poll interval it may take until an entry is told.
	tellSlack = time.Second
)

// follow measures `pinwatch watch` of logs that grow: its processor time, and how long it takes from the head that
// covers an entry for a watched name to the finding.
func (b *bench) follow(t table) error {
	dir, err := b.makeLog(b.logEntries, false)
	if err != nil {
		return err
	}
	srv, err := startServer("grow", dir, strconv.Itoa(b.rate), strconv.Itoa(b.logs))
	if err != nil {
		return err
	}
	defer srv.stop()
	work, err := os.MkdirTemp(b.dir, "watch")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	file := filepath.Join(work, "pinwatch.yaml")
	c := configuration{watches: 10_000, logs: sources(b.logs), url: srv.url, start: "beginning", poll: b.poll}
	if err := c.write(file); err != nil {
		return err
	}
	cmd := exec.Command(b.binary, "watch", "--stdout", "--json", "-c", file)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	told := tellings{entered: map[string]time.Time{}, told: map[string]time.Time{}}
	go told.readEntered(srv.out)
	go told.readTold(out)
	time.Sleep(settle)
	from, err := cpuTime(cmd.Process.Pid)
	if err != nil {
		return err
	}
	start := time.Now()
	time.Sleep(b.tail)
	to, err := cpuTime(cmd.Process.Pid)
	if err != nil {
		return err
	}
	end, peak := time.Now(), peakMemory(cmd.Process.Pid)
	time.Sleep(2*b.poll + settle) // for what entered last
	if err := interrupt(cmd); err != nil {
		return err
	}
	share := 100 * (to - from).Seconds() / end.Sub(start).Seconds()
	t.line(fmt.Sprintf("%d logs followed, polled every %s", b.logs, b.poll),
		fmt.Sprintf("%d\t%.0f s\t-\t%.2f s\t%d MB", b.rate, end.Sub(start).Seconds(), (to-from).Seconds(), peak>>20),
		slices.Concat([]check{{what: "%.1f %% of a core", got: share, target: followShare}},
			told.checks("static", start, end, b.poll+tellSlack), told.checks("rfc6962", start, end, b.poll+tellSlack))...)
	return nil
}

// tellings are the names that entered logs, and were told.
type tellings struct {
	mu            sync.Mutex
	entered, told map[string]time.Time
}

// readEntered reads what the server of growing logs says.
func (t *tellings) readEntered(r io.Reader) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		name, at, _ := strings.Cut(lines.Text(), " ")
		ns, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			continue
		}
		t.mu.Lock()
		t.entered[name] = time.Unix(0, ns)
		t.mu.Unlock()
	}
}

// readTold reads the findings that watch prints.
func (t *tellings) readTold(r io.Reader) {
	for dec := json.NewDecoder(r); ; {
		var finding struct {
			Names []string `json:"names"`
		}
		if err := dec.Decode(&finding); err != nil {
			return
		}
		now := time.Now()
		t.mu.Lock()
		for _, name := range finding.Names {
			if _, before := t.told[name]; !before {
				t.told[name] = now
			}
		}
		t.mu.Unlock()
	}
}

// checks hold how long it took to tell of what entered logs of a protocol between start and end against a bound.
func (t *tellings) checks(protocol string, start, end time.Time, within time.Duration) []check {
	t.mu.Lock()
	defer t.mu.Unlock()
	var took []float64
	untold := 0
	for name, at := range t.entered {
		if at.Before(start) || at.After(end) || protocolOf(logNumber(name)) != protocol {
			continue
		}
		if told, found := t.told[name]; found {
			took = append(took, told.Sub(at).Seconds())
		} else {
			untold++
		}
	}
	if len(took) == 0 {
		return []check{{what: protocol + ": %.0f told", target: 1, least: true}}
	}
	return []check{
		{what: protocol + ": told after %.1f s", got: slices.Max(took), target: within.Seconds()},
		{what: protocol + ": %.0f not told", got: float64(untold), target: 0},
	}
}

// logNumber is the number of the log that a name of growing logs is in.
func logNumber(name string) int {
	number, _, _ := strings.Cut(strings.TrimPrefix(name, "log"), "-")
	n, err := strconv.Atoi(number)
	if err != nil {
		return -1
	}
	return n
}
