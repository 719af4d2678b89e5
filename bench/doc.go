// Command bench measures pinwatch from end to end: whole scans of generated logs on loopback, with verification,
// matching and the store, each beside a program that only downloads the same bytes. It prints a table.
//
//	make bench-e2e
//
// The logs are made once, by ct/cttest, below -dir, and used again. Each program runs in a process of its own, so that
// its CPU time and peak memory are its own: this command starts itself as the server and as the limit program.
package main
