// Demo writes the demo log: a static-ct log in a directory, with a configuration that watches it, a log list that has
// it, and a manifest of the entries that are there to be found. All of it follows from one seed.
//
//	go generate ./ct/cttest/demo
package main

import (
	"fmt"
	"os"
)

//go:generate go run . ../../../testdata/demo

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: demo DIRECTORY")
		os.Exit(2)
	}
	if err := newDemo().write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
