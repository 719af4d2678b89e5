// Package loglist reads the lists that say which Certificate Transparency logs there are: the v3 schema of Google
// (log_list_schema.json) and Apple, and whatever others write in that schema.
//
//	file or URL ── Load ──> signature ── Parse ──> List ── Union ──> List ── Select ──> logs to follow, and why not
//	                 │ ^                            │
//	                 v │ last good copy             └── Diff ──> what came, left and changed
//	                cache
//
// A list decides what is watched at all, so it is where a watcher is blinded most cheaply. The rules:
//
//   - A list is refused whole when it cannot be read (truncated, oversized, not JSON, an operator without a name) or
//     leaves no log. One bad log is refused alone, with a reason, and listed in List.Refused.
//   - A log's ID must be the SHA-256 of its key, and the key one that RFC 6962 allows. Keys whose private half is
//     public (Google's "mimic" logs) are refused whoever lists them.
//   - Google's lists must verify against Google's key, which is compiled in. Any other list is its owner's word.
//   - A list that cannot be fetched, does not verify, is older than one seen before, or suddenly carries mimics never
//     replaces the last good copy; the copy is used and a Warning says so. Nothing of this is silent.
//   - In doubt a log is followed: unknown states, entries without a state, the more followed of two states.
//
// Beyond the schema one word of our own is understood in a tiled log: "head_url", the prefix of ct/v1/get-sth for a
// log that serves tiles with RFC 6962 tree heads; submission_url may then be left out.
//
// The package holds no clock and starts no goroutine: now is passed in.
package loglist
