package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"time"
)

// source is a log of a server, by its number, and the protocol that it is read by.
type source struct {
	number   int
	protocol string // static or rfc6962
}

// sources are the first n logs of a server, by both protocols in turn.
func sources(n int) []source {
	out := make([]source, n)
	for i := range out {
		out[i] = source{i, protocolOf(i)}
	}
	return out
}

// protocolOf is the protocol that the log of that number is read by, where there are several.
func protocolOf(number int) string { return [...]string{"static", "rfc6962"}[number%2] }

// watched is the name that the generated logs hold certificates for; the first of every watch list.
const watched = "example.com"

// configuration is what a pinwatch.yaml says.
type configuration struct {
	watches int
	logs    []source
	url     string // of the server
	start   string
	poll    time.Duration
}

// write writes the file. The names that are watched are of no log, but for the first. Very many stand in a file of names.
func (c *configuration) write(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	fmt.Fprintf(w, "store: sqlite:scan.db\nlogs:\n  list: \"\"\n  start: %s\n", c.start)
	if c.poll != 0 {
		fmt.Fprintf(w, "  poll: %s\n", c.poll)
	}
	fmt.Fprintf(w, "  extra:\n")
	for _, s := range c.logs {
		log := describe(s.number)
		fmt.Fprintf(w, "    - description: log %d\n      key: %s\n", s.number, base64.StdEncoding.EncodeToString(log.Key))
		at := fmt.Sprintf("%s%d/", c.url, s.number)
		if s.protocol == "static" {
			fmt.Fprintf(w, "      submission_url: %s\n      monitoring_url: %s\n", log.SubmissionURL, at)
		} else {
			fmt.Fprintf(w, "      url: %s\n", at)
		}
	}
	fmt.Fprintf(w, "watch:\n  - {name: %s}\n", watched)
	if c.watches <= usualWatches {
		for name := range c.names() {
			fmt.Fprintf(w, "  - {name: %s}\n", name)
		}
		return w.Flush()
	}
	fmt.Fprintf(w, "  - {names_from: %s}\n", filepath.Base(file)+".names")
	if err := w.Flush(); err != nil {
		return err
	}
	return c.writeNames(file + ".names")
}

// writeNames writes the file of names.
func (c *configuration) writeNames(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	for name := range c.names() {
		fmt.Fprintln(w, name)
	}
	return w.Flush()
}

// names are the watched names but for the first.
func (c *configuration) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 1; i < c.watches; i++ {
			if !yield(fmt.Sprintf("watched-%d.%s", i, [...]string{"com", "net", "org", "de", "it", "co.uk"}[i%6])) {
				return
			}
		}
	}
}
