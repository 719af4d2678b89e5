package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "serve":
			return serve(args[1:])
		case "limit":
			return limit(args[1:])
		}
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	var b bench
	flags.StringVar(&b.binary, "pinwatch", "", "the pinwatch that is measured")
	flags.StringVar(&b.dir, "dir", filepath.Join(os.TempDir(), "pinwatch-bench"), "where the generated logs are kept")
	flags.Uint64Var(&b.entries, "entries", 1_000_000, "entries of the static log")
	flags.Uint64Var(&b.rfcEntries, "rfc6962", 200_000, "entries of the RFC 6962 log, read in pages of 256")
	flags.IntVar(&b.rounds, "rounds", 3, "how often each is measured; the best counts")
	watches := flags.String("watches", "1,10000,1000000", "how many names are watched")
	delay := flags.String("delay", "50ms", "latency added to each request, for one more row; 0 for none")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if b.binary == "" {
		return errors.New("-pinwatch is missing: the binary to measure")
	}
	b.delay = *delay
	for word := range strings.SplitSeq(*watches, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return fmt.Errorf("-watches %q: a list of numbers is needed", *watches)
		}
		b.watches = append(b.watches, n)
	}
	return b.run()
}
