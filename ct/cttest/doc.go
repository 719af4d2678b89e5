// Package cttest makes certificates and logs to test with. It is for tests and for the generator of the demo log.
//
// A CA issues what a Template asks for: the precertificate, the final certificate and the entry a log makes of them,
// or certificates so odd that strict parsers refuse them. A Log holds entries in a Merkle tree, signs heads of it and
// can be forked. A Server shows a Log by both protocols (RFC 6962 and static-ct-api), counts what is asked of it and
// breaks in the ways a test wants it to break:
//
//	ca := cttest.NewRoot("Test Root", "seed").Intermediate("Test CA", "seed")
//	log := cttest.NewLog(cttest.Config{Origin: "log.example/2026"})
//	log.AddPrecert(ca.Issue(cttest.Template{Names: []string{"www.example.com"}}))
//	log.Publish(log.Size())
//	server := cttest.NewServer(log)
//	server.Break(cttest.Head, 3, cttest.Status(503))
//
// All of it follows from seeds: keys, signatures (RFC 6979, PKCS #1 v1.5), serial numbers and times. The same calls
// give the same bytes, on any machine. The trees and their proofs are those of golang.org/x/mod/sumdb/tlog, so that no
// test has our own arithmetic check itself. Keys that follow from a seed are no secret: they are good for nothing else.
//
// What cannot go wrong but by a mistake in the calling test panics.
package cttest
