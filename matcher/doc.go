// Package matcher says which watches a certificate concerns, and whether its keys are the ones their owner pinned.
//
// It is pure and total: the same bytes give the same answer, whatever the bytes are. It has no clock but the time
// that is handed in, it touches no file and no network, and it never panics.
//
//	New(watches, lists) names checked (IDNA, public suffixes), a tree of every watched name and its parents (tree.go)
//	   │                lists, which may be long: lines taken apart side by side (list.go), filed in their order (filing.go)
//	   │
//	   ├─ Host(name)    a dNSName or CN of any shape
//	   │     plain lower case ── walk the labels from the right, one lookup each ──> hits (lookup.go)
//	   │     upper case, "*." in front ── the same after folding, without allocating
//	   │     anything else ── every way a client might read it (reading.go) ── label by label (pattern.go)
//	   ├─ IP(bytes)     an iPAddress
//	   ├─ Email, URI    their host, for watches that ask for it
//	   └─ Search(bytes) what no parser could walk: watched names in ASCII, UTF-16 or UTF-32
//
//	Watch.Judge(facts)  the verdict of one watch about the keys of one certificate
//	Holders()           whose pins there are: watches, and lists as a whole (holder.go)
//
// Wherever there is doubt, the doubt is resolved towards telling: a hit too many costs a look, a hit too few costs
// the purpose of the tool. The direction is written at the line that takes it.
package matcher
