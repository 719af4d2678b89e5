// Command demo writes the demo log: a static-ct log in a directory, with a configuration that watches it, a log list
// that has it, and a manifest of the entries that are there to be found. All of it follows from one seed.
//
//	go generate ./ct/cttest/demo
//
// It also writes logs of any size to measure with, with one entry in a thousand for a watched name:
//
//	go run ./ct/cttest/demo -big 1000000 DIRECTORY
package main

import (
	"flag"
	"fmt"
	"os"
)

//go:generate go run . ../../../testdata/demo

func main() {
	entries := flag.Uint64("big", 0, "write a log of so many entries instead of the demo")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: demo [-big ENTRIES] DIRECTORY")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	write := newDemo().write
	if *entries > 0 {
		write = func(dir string) error { return writeBig(dir, *entries) }
	}
	if err := write(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
