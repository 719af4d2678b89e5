// Package rfc6962 reads logs that speak the protocol of RFC 6962 section 4, behind ct.Reader.
//
//	get-sth ───────────── signature verified ──────────────────────────────> TreeHead
//	get-entries ───────── JSON scanned ── leaves decoded in place ─────────> Batch
//	get-sth-consistency ──────────────────────────────────────────────────> Consistency
//	get-entry-and-proof ─ inclusion verified ── left siblings of the path ─> Frontier
//	get-proof-by-hash ──┘ where the former is not served
//
// get-entries is where the time goes, so it has a scanner of its own for the one shape that logs answer in. Anything
// that it does not know (an escape, a further member) is left to encoding/json, which is slower and decides.
//
// Logs give as many entries at once as they like. The Reader starts with a page that is larger than what most allow,
// learns from what comes back, and asks in multiples of what it learned.
package rfc6962
