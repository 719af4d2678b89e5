package main

import (
	"database/sql"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver
)

//go:embed fill.sql
var fillSQL string

// firstRequest is the target for it, in seconds.
const firstRequest = 1

// start measures how soon a scan of many logs makes its first request when the store is full.
func (b *bench) start(t table) error {
	dir, err := b.makeLog(1000, true) // the logs themselves are no work here
	if err != nil {
		return err
	}
	srv, err := startServer("serve", dir, "0s", fmt.Sprint(b.logs))
	if err != nil {
		return err
	}
	defer srv.stop()
	work := filepath.Join(b.dir, fmt.Sprintf("store-%d", b.issuances))
	file := filepath.Join(work, "pinwatch.yaml")
	if err := os.MkdirAll(work, 0o755); err != nil {
		return err
	}
	c := configuration{watches: 1, logs: sources(b.logs), url: srv.url, start: "beginning"}
	if err := c.write(file); err != nil {
		return err
	}
	scan := func() (cost, error) { return srv.measure(exec.Command(b.binary, "scan", "-c", file)) }
	if err := b.fill(work, scan); err != nil {
		return err
	}
	var scans runs
	for range b.rounds {
		c, err := scan()
		if err != nil {
			return err
		}
		scans = b.note(fmt.Sprintf("start/issuances=%d", b.issuances), c, scans)
	}
	t.scans(fmt.Sprintf("start, %d logs, %d issuances in the store", b.logs, b.issuances), 0, scans,
		check{what: "first request after %.2f s", got: scans.median(first), target: firstRequest})
	return nil
}

// fill makes the store, unless it is there: a scan begins the logs, and SQL adds what years would have brought.
func (b *bench) fill(work string, scan func() (cost, error)) error {
	done := filepath.Join(work, "done")
	if _, err := os.Stat(done); err == nil {
		return nil
	}
	fmt.Fprintf(os.Stderr, "making a store of %d issuances in %s ...\n", b.issuances, work)
	if _, err := scan(); err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", filepath.Join(work, "scan.db")+"?_journal_mode=OFF&_synchronous=OFF&_cache_size=-1000000")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	const step = 100_000
	for from := 0; from < b.issuances; from += step {
		args := []any{
			sql.Named("from", from), sql.Named("to", min(from+step, b.issuances)), sql.Named("now", time.Now().UnixMilli()),
		}
		for statement := range strings.SplitSeq(fillSQL, ";\n") {
			if _, err := db.ExecContext(ctx, statement, args...); err != nil {
				return err
			}
		}
	}
	// The journal was off: what the next scan finds must not depend on it.
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	return os.WriteFile(done, nil, 0o644)
}
