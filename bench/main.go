package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

var ctx = context.Background()

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// processes are the other programs that this one is, by their first argument.
var processes = map[string]func(args []string) error{"serve": serve, "grow": grow, "limit": limit}

// allRows are the parts of the table.
var allRows = []string{"static", "delay", "rfc6962", "logs", "tail", "start"}

func run(args []string) error {
	if len(args) > 0 {
		if process, ok := processes[args[0]]; ok {
			return process(args[1:])
		}
	}
	b, err := parse(args)
	if err != nil {
		return err
	}
	return b.run()
}

func parse(args []string) (*bench, error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	var b bench
	flags.StringVar(&b.binary, "pinwatch", "", "the pinwatch that is measured")
	flags.StringVar(&b.dir, "dir", filepath.Join(os.TempDir(), "pinwatch-bench"), "where what is made is kept")
	flags.Uint64Var(&b.entries, "entries", 1_000_000, "entries of the static log")
	flags.Uint64Var(&b.rfcEntries, "rfc6962", 200_000, "entries of the RFC 6962 log, read in pages of 256")
	flags.Uint64Var(&b.logEntries, "log", 50_000, "entries of each of the logs that are read or followed at once")
	flags.IntVar(&b.logs, "logs", 40, "how many logs are read or followed at once, every second one by RFC 6962")
	flags.DurationVar(&b.delay, "delay", 50*time.Millisecond, "latency added to each request, in row delay")
	flags.IntVar(&b.rate, "rate", 2000, "entries a second that all logs grow by together, in row tail")
	flags.DurationVar(&b.poll, "poll", 10*time.Second, "how often heads are asked for, in row tail")
	flags.DurationVar(&b.tail, "tail", time.Minute, "how long logs are followed, in row tail")
	flags.IntVar(&b.issuances, "issuances", 10_000_000, "issuances in the store, in row start")
	flags.IntVar(&b.rounds, "rounds", 5, "how often each is measured; the median counts")
	flags.StringVar(&b.raw, "raw", "", "a file that every round is appended to, for benchstat")
	watches := flags.String("watches", "1,10000,1000000", "how many names are watched")
	rows := flags.String("rows", strings.Join(allRows, ","), "which parts of the table")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if b.binary == "" {
		return nil, errors.New("-pinwatch is missing: the binary to measure")
	}
	for word := range strings.SplitSeq(*watches, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-watches %q: a list of numbers is needed", *watches)
		}
		b.watches = append(b.watches, n)
	}
	b.rows = strings.Split(*rows, ",")
	for _, row := range b.rows {
		if !slices.Contains(allRows, row) {
			return nil, fmt.Errorf("-rows %q: there are %s", row, strings.Join(allRows, ", "))
		}
	}
	return &b, nil
}
