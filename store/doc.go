// Package store keeps the record in SQLite: logs and their positions, every verified tree head, what was read under
// which watch list, and each issuance that concerns a watch, with its bytes.
//
//	logs ──< tree_heads          every signed head that was verified, for ever
//	 │  └──< alarms              broken promises, with the signed evidence
//	 ├────< coverage >── runs    entries [from, to), verified to which head, under which policy
//	 ├────< lookbacks >── runs   likewise, those that were read later for other names
//	 ├────< undetermined         entries that could not be read in full, with their bytes
//	 └────< sightings >── issuances ──< findings ──< finding_events
//	             └── certificates
//
// Commit is the one way in for anything that was read from a log. It writes all that follows from a stretch of
// entries, the position included, in one transaction: a position never covers an entry whose outcome is not stored,
// and a stretch that is committed a second time changes nothing. LookBack does so for names that were added later, and
// leaves position and coverage alone. What could not be read then is kept, and Reread writes
// what a better reader or another watch list makes of it.
//
// What is recorded is judged again when watches or pins change (Rejudge), without a log: the evidence is kept.
//
// One process follows logs at a time (Lock). Others may read at any moment and may change the state of a finding. Who
// reads much, for a report, does so on one Snapshot. Backup copies the database, Prune takes away what was expected and
// is old, both while it is written; Vacuum makes the file smaller; Check holds all that should hold against it.
//
// The package knows no DER and no HTTP, nor why a verdict is what it is: hashes are 32 bytes, verdicts are words, of
// which "expected" is the one that need not be told and may go. It starts no goroutine, reads no clock and writes no
// log. Times are UTC and precise to the millisecond. Sizes and indices are stored as signed 64-bit integers; larger ones
// are refused.
package store
