// Package gunzip unpacks gzip (RFC 1952, RFC 1951) that is in memory as a whole, into memory.
//
// Nearly all that a static log costs is to unpack its tiles. A reader for streams keeps a window of what it wrote, copies
// out of it, and asks for its input byte by byte; with all of the input and all of the output at hand none of that is
// needed, and it goes twice as fast as compress/gzip.
//
// The input is hostile: all of it is checked, the output is bounded, and room for it grows with what was unpacked.
package gunzip
