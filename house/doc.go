// Package house holds the rules of the project as tests; it has no code of its own.
//
//   - Every room imports what ARCHITECTURE.md's table allows it and nothing else. A new package fails until it stands
//     there, and a row without a package fails too.
//   - Every package says what it is for. Files stay within 400 lines, functions below 60. No markers of unfinished
//     work, no sleeping tests.
//   - What README.md shows really happens: its commands are run, their output and exit codes compared.
package house
