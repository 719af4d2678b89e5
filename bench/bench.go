package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// Targets: what whole scans must reach on two cores that they share with the server.
const (
	staticToLimit  = 1.2 // times the wall time of the program that only downloads the same tiles and unpacks them
	rfc6962ToLimit = 3   // times that of the one that downloads the same pages and drops them
	fewToUsual     = 1.1 // times the scan with usualWatches, for scans with fewer
	manyToUsual    = 1.25
	usualWatches   = 10_000
	oneLogMemory   = 150 // MB
	allLogsMemory  = 300 // MB
	delayedToNear  = 80  // percent of the entries a second
)

// bench is one series of measurements.
type bench struct {
	binary, dir, raw                string
	rows                            []string
	entries, rfcEntries, logEntries uint64
	logs, rate, rounds, issuances   int
	delay, poll, tail               time.Duration
	watches                         []int
}

func (b *bench) run() error {
	t := newTable(os.Stdout)
	parts := map[string]func() error{
		"static":  func() error { return b.series(t, "static", b.entries, b.watches, staticToLimit) },
		"delay":   func() error { return b.delayed(t) },
		"rfc6962": func() error { return b.series(t, "rfc6962", b.rfcEntries, b.usual(), rfc6962ToLimit) },
		"logs":    func() error { return b.manyLogs(t) },
		"tail":    func() error { return b.follow(t) },
		"start":   func() error { return b.start(t) },
	}
	for _, row := range allRows {
		if !slices.Contains(b.rows, row) {
			continue
		}
		if err := parts[row](); err != nil {
			return errors.Join(fmt.Errorf("row %s: %w", row, err), t.Flush()) // what was measured is shown all the same
		}
	}
	return t.Flush()
}

// usual is the number of watches that is measured where one will do.
func (b *bench) usual() []int {
	if slices.Contains(b.watches, usualWatches) {
		return []int{usualWatches}
	}
	return b.watches[:1]
}

// series measures the limit program and scans with several numbers of watches, of one log; in turn, so that all see the
// same machine.
func (b *bench) series(t table, protocol string, entries uint64, watches []int, toLimit float64) error {
	dir, err := b.makeLog(entries, protocol == "rfc6962")
	if err != nil {
		return err
	}
	srv, err := startServer("serve", dir, "0s", "1")
	if err != nil {
		return err
	}
	defer srv.stop()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var limits runs
	scans := map[int]runs{}
	for range b.rounds {
		c, err := srv.measure(exec.Command(self, "limit", protocol, srv.url+"0/", fmt.Sprint(entries)))
		if err != nil {
			return err
		}
		limits = b.note(protocol+"/limit", c, limits)
		for _, n := range watches {
			if c, err = b.scan(srv, n, source{0, protocol}); err != nil {
				return err
			}
			scans[n] = b.note(fmt.Sprintf("%s/watches=%d", protocol, n), c, scans[n])
		}
	}
	t.scans(protocol+", download only", entries, limits)
	for _, n := range watches {
		t.scans(fmt.Sprintf("%s, scan, %d watches", protocol, n), entries, scans[n], scanChecks(n, scans, limits, toLimit)...)
	}
	return nil
}

// scanChecks are the targets of a scan with n watches: it is held against the limit program, and against the scan with
// the usual number.
func scanChecks(n int, scans map[int]runs, limits runs, toLimit float64) []check {
	limit := check{what: "%.2f x the download", got: scans[n].to(limits, wall), target: toLimit}
	usual, found := scans[usualWatches]
	if n <= usualWatches || !found {
		checks := []check{limit, memory(scans[n], oneLogMemory)}
		if n < usualWatches && found {
			checks = append(checks, check{what: "%.2f x 10,000 watches", got: scans[n].to(usual, wall), target: fewToUsual})
		}
		return checks
	}
	return []check{
		{what: "%.2f x 10,000 watches", got: scans[n].to(usual, wall), target: manyToUsual},
		{what: "%.2f x, from the first request on", got: scans[n].to(usual, reading), target: manyToUsual},
	}
}

// delayed measures scans of a log that takes its time to answer, beside scans of one that does not.
func (b *bench) delayed(t table) error {
	dir, err := b.makeLog(b.entries, false)
	if err != nil {
		return err
	}
	delays := []time.Duration{0, b.delay}
	servers := make([]*server, len(delays))
	for i, d := range delays {
		if servers[i], err = startServer("serve", dir, d.String(), "1"); err != nil {
			return err
		}
		defer servers[i].stop()
	}
	scans := make([]runs, len(delays))
	for range b.rounds {
		for i, srv := range servers {
			c, err := b.scan(srv, 1, source{0, "static"})
			if err != nil {
				return err
			}
			scans[i] = b.note(fmt.Sprintf("delay=%s", delays[i]), c, scans[i])
		}
	}
	t.scans(fmt.Sprintf("static, scan, %s more a request", b.delay), b.entries, scans[1],
		check{what: "%.0f %% of the speed without", got: 100 * scans[0].to(scans[1], wall), target: delayedToNear, least: true},
		memory(scans[1], oneLogMemory))
	return nil
}

// manyLogs scans all logs at once.
func (b *bench) manyLogs(t table) error {
	dir, err := b.makeLog(b.logEntries, true)
	if err != nil {
		return err
	}
	srv, err := startServer("serve", dir, "0s", fmt.Sprint(b.logs))
	if err != nil {
		return err
	}
	defer srv.stop()
	var scans runs
	for range b.rounds {
		c, err := b.scan(srv, 1, sources(b.logs)...)
		if err != nil {
			return err
		}
		scans = b.note(fmt.Sprintf("logs=%d", b.logs), c, scans)
	}
	t.scans(fmt.Sprintf("%d logs at once, both protocols", b.logs), uint64(b.logs)*b.logEntries, scans, memory(scans, allLogsMemory))
	return nil
}

// scan measures a whole `pinwatch scan` into an empty store.
func (b *bench) scan(srv *server, watches int, logs ...source) (cost, error) {
	work, err := os.MkdirTemp(b.dir, "scan")
	if err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(work)
	c := configuration{watches: watches, logs: logs, url: srv.url, start: "beginning"}
	file := filepath.Join(work, "pinwatch.yaml")
	if err := c.write(file); err != nil {
		return cost{}, err
	}
	return srv.measure(exec.Command(b.binary, "scan", "-c", file))
}
