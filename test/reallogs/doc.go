// Package reallogs runs logs that were written by others, in the process of the test: a static-ct log by Tessera, and
// an RFC 6962 log by Trillian with the front end of certificate-transparency-go. What reads these reads real logs.
//
// It is a module of its own, so that what these logs are built of does not become pinwatch's.
package reallogs
