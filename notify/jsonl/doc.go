// Package jsonl tells by writing lines of JSON to a file or to standard output, for log shippers and SIEMs. A line is
//
//	json  the message as it is
//	ocsf  a Detection Finding (class 2004) of the Open Cybersecurity Schema Framework, version 1.5.0
//	ecs   a document in the fields of the Elastic Common Schema, version 8.11; what has no field there is below pinwatch
//
// docs/notify-formats.md has the mappings. Lines are ASCII: all else is escaped, so that no name of a certificate can
// steer a terminal that shows them.
//
// A message is taken over when its line is on the disk (fsync). The file is opened anew for each message, so it can be
// renamed, compressed or removed by whoever rotates logs, without a signal. A line goes out in one write. Where a crash
// or a full disk has cut one, the next begins on a line of its own, and the cut message comes again as a whole.
package jsonl
