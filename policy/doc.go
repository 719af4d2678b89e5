// Package policy makes the watch list that certificates are held against, with all its pins, and says what is wrong with
// them.
//
//	pinwatch.yaml ── keys, issuers, chain ───────────────────────┐
//	files of pins_from ── pinfile ── those that the watch covers ─┼──> matcher.Watchlist
//	store ── the last good pins of a file that cannot be read ────┤
//	store ── what people authorised, what a watch learned ────────┘
//
// A file that vanishes, or can be read no longer, keeps the pins that it gave last, and every reading says so: an allow
// list that fails must neither let everything pass nor nothing. Only a file that never gave pins is an error.
//
// What should be looked at is Health, a value with a severity and a name that lasts as long as the matter: Policy.Warnings
// has what reading the files showed, and Policy.Check all of it, with what the record shows of the pins and what clients
// that enforce them would have refused.
//
// The package reads the files, and the record through the reader that it is given. It has no clock.
package policy
