// Package certscan reads from a certificate what a watcher needs: every name, the key, who issued it, and what makes
// it one issuance. It refuses nothing and, once its buffers have grown, allocates nothing.
//
// A client may accept a certificate that a strict parser rejects, and a log holds both kinds. So the reader walks the
// DER (and, where it can, the BER) instead of parsing it into a structure, and what breaks costs no more than itself:
//
//	Certificate ─┬─ TBSCertificate ─┬─ serial, issuer, validity, SubjectPublicKeyInfo   found, not decoded
//	             │                  ├─ subject ── every CN, every emailAddress ─────────> Names
//	             │                  └─ extensions ─┬─ every subjectAltName ─────────────> Names
//	             │                                 ├─ poison, SCT list ─────────────────> left out of Identity
//	             │                                 └─ basicConstraints, keyUsage, EKU
//	             └─ signatureAlgorithm, signature
//
// What could not be read is a bit in Problems. Where a name may hide in it, Unwalkable says so: then the bytes have
// to be searched instead. All input is hostile: lengths are checked against what is there, nesting and the number of
// names are bounded, and the work is linear in the input.
package certscan
