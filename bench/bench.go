package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"text/tabwriter"

	"pinwatch/ct"
)

// bench is one series of measurements.
type bench struct {
	binary, dir, delay  string
	entries, rfcEntries uint64
	rounds              int
	watches             []int
}

func (b *bench) run() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "work\tentries/s\twall\tCPU\tpeak memory\tto the limit")
	if err := b.protocol(w, "static", b.entries, "0s", b.watches); err != nil {
		return err
	}
	if b.delay != "0" {
		if err := b.protocol(w, "static", b.entries, b.delay, b.watches[:1]); err != nil {
			return err
		}
	}
	if err := b.protocol(w, "rfc6962", b.rfcEntries, "0s", b.watches[:min(2, len(b.watches))]); err != nil {
		return err
	}
	return w.Flush()
}

// protocol measures the limit and scans with each number of watches, in turn so that all see the same machine.
func (b *bench) protocol(w *tabwriter.Writer, protocol string, entries uint64, delay string, watches []int) error {
	dir := filepath.Join(b.dir, fmt.Sprint(entries))
	log, err := makeLog(dir, entries)
	if err != nil {
		return err
	}
	if protocol == "rfc6962" {
		if err := makePages(dir, log); err != nil {
			return err
		}
	}
	url, stop, err := server(dir, delay)
	if err != nil {
		return err
	}
	defer stop()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var best cost
	scans := make([]cost, len(watches))
	for range b.rounds {
		c, err := measure(exec.Command(self, "limit", protocol, url, fmt.Sprint(entries)))
		if err != nil {
			return err
		}
		best = c.better(best)
		for i, n := range watches {
			if c, err = b.scan(dir, protocol, url, log, n); err != nil {
				return err
			}
			scans[i] = c.better(scans[i])
		}
	}
	name := protocol
	if delay != "0s" {
		name += ", " + delay + " a request"
	}
	b.row(w, name+", download and unpack only", entries, best, best)
	for i, n := range watches {
		b.row(w, fmt.Sprintf("%s, scan, %d watches", name, n), entries, scans[i], best)
	}
	return nil
}

// scan measures a whole `pinwatch scan` into an empty store.
func (b *bench) scan(dir, protocol, url string, log *ct.Log, watches int) (cost, error) {
	work, err := os.MkdirTemp(dir, "scan")
	if err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(work)
	extra := fmt.Sprintf("      url: %s\n", url)
	if protocol == "static" {
		extra = fmt.Sprintf("      submission_url: %s\n      monitoring_url: %s\n", log.SubmissionURL, url)
	}
	extra += fmt.Sprintf("      key: %s\n", base64.StdEncoding.EncodeToString(log.Key))
	file, err := configuration(work, watches, extra)
	if err != nil {
		return cost{}, err
	}
	return measure(exec.Command(b.binary, "scan", "-c", file))
}

func (b *bench) row(w *tabwriter.Writer, name string, entries uint64, c, limit cost) {
	fmt.Fprintf(w, "%s\t%.0f\t%.2f s\t%.2f s\t%d MB\t%.2f x\n", name,
		float64(entries)/c.wall.Seconds(), c.wall.Seconds(), c.cpu.Seconds(), c.peak>>20, float64(c.wall)/float64(limit.wall))
}
