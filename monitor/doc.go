// Package monitor follows logs: one tailer for each, from its position to its tree head.
//
//	TreeHead ── signature, no fork, no shrinking ──> head, stored
//	   │
//	pages of entries, read ahead in parallel, handed on in order
//	   │  by each worker: leaf hashes, certscan, matcher; most entries match nothing
//	stretch (at most 256 pages) ─ compact range proved against the head ──┐ not equal: read again past caches,
//	   │                                                                  │ then *ct.Misbehaviour; position stays
//	candidates ── chain, signatures, verdict                              │
//	   │                                                                  │
//	store.Commit: issuances, sightings, findings, undetermined bytes, coverage, position: one transaction
//
// A position therefore never covers an entry that is not verified against a signed head, and nothing is told of an
// entry that the log only claimed to have. A log's failure is that log's alone; only the store's failure stops all.
//
// LookBack goes back over what was read for other names, with the same tailers: they begin elsewhere, and what they write
// leaves the position alone. Recheck goes back to the entries that could not be read, and Inspect says of a certificate
// from anywhere what would be said of it in a log. Both read, match and judge as the tailers do.
package monitor
