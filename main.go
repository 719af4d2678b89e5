// Command pinwatch watches Certificate Transparency logs for certificates that their owners did not expect.
package main

import (
	"os"

	"pinwatch/cli"
)

func main() { os.Exit(cli.Run(os.Args, os.Stdin, os.Stdout, os.Stderr)) }
