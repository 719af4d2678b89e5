// Command bench measures pinwatch from end to end: whole scans of generated logs on loopback, with verification,
// matching and the store, each beside a program that only downloads the same bytes; how it follows logs that grow; and how
// soon it begins with a large store. It prints a table of medians, with the targets and whether they are met. What counts
// are ratios of programs that ran in turn: the machine may have other work, too.
//
//	make bench-e2e
//	make bench-e2e ARGS='-rows static,rfc6962 -rounds 5 -raw new.txt'
//
// What is made for it is made once, by ct/cttest, below -dir, and used again. Each program runs in a process of its own,
// so that its CPU time and peak memory are its own: this command starts itself as the servers and as the limit program.
// -raw keeps every round in the format of Go's benchmarks, for benchstat.
package main
