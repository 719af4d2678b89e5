// Package ct reads Certificate Transparency logs and checks what they say.
//
// It owns the words of RFC 6962 that every other room uses (Log, LogID, TreeHead, Entry), the arithmetic of the
// Merkle tree (Range, LeafHash, VerifyConsistency) and Reader, the one interface behind which the two protocols
// stand: ct/rfc6962 and ct/static.
//
//	Reader.TreeHead ── signature verified ──> TreeHead
//	Reader.Entries  ── one page, in place ──> Batch ── LeafHash ──> Range ── Root ──> equal to a signed root?
//
// The package knows nothing of watches, pins, databases or receivers, and it never decides that an entry does not
// matter. Everything a log sends is hostile: sizes are bounded before anything is allocated for them.
package ct
