// Package static reads logs that serve static-ct-api v1.1 (https://c2sp.org/static-ct-api), over HTTP or from a
// directory of tiles, behind ct.Reader.
//
//	checkpoint          a signed note: the tree head
//	tile/<L>/<N>        hash tiles: proofs are computed from them, never trusted
//	tile/data/<N>       data tiles: 256 entries each, the last one partial (.p/<W>)
//	issuer/<sha256>     the certificates of the chains
//
// Hash tiles are only used through golang.org/x/mod/sumdb/tlog, which authenticates every tile against the root of a
// signed head before a hash of it is used.
package static
