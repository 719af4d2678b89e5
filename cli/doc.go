// Package cli is the command line: a file for each command, flags and environment, wiring, exit codes and printing.
//
//	Run ── args.go: flags may stand behind arguments ── urfave/cli ── a command ── an error or nil
//	                                                                                   │
//	                                exit.go: the one place that makes exit codes and error: lines of it
//
// stdout is data, stderr is talk. Everything that comes from a certificate, a log or a configuration is escaped before
// it is shown (room show): it may have been written by somebody who wants to deceive the reader or the terminal.
//
// The package decides nothing. It knows how things are asked for and how they look, and leaves to other rooms how a
// name matches, how a certificate is read and how a log is followed.
package cli
