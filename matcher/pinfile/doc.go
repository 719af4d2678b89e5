// Package pinfile reads and writes sets of pins in the formats in which people keep them already: the pinning files of
// Android, iOS, TrustKit, OkHttp, HPKP, curl, Chromium and DANE, and certificates, keys and requests themselves.
//
//	Load(path, directory or glob) ── file by file ──┐
//	                                                Read(name, bytes)
//	  what is it? (detect.go)    binary plist, DER, XML, JSON, PEM, or lines of text
//	  its reader                 android.go, apple.go, trustkit.go, chromium.go, tlsa.go, pem.go, ...
//	  pins                       each by matcher.ParsePin, with the file and line where it stands
//	  overlap.go                 which of two entries rules a name is the format's own affair: it is worked out here
//	                             and written down as Exclude
//	                                                └──> Pinset: Entries, and Remarks about all that is not in them
//	Watches(entries)             what a Watchlist is made of
//	Write(format, entries)       the same, written for an app, a server or a zone
//
// What an entry means stays what the source meant. A pin that a client looks for anywhere in the chain is of the
// dimension Chain, one that must be the certificate's own key is of Keys. Nothing is dropped in silence: what could not
// be taken, or could not be said exactly, is a Remark with its line, and Pinset.Err gives those by which a pin or a name
// was lost.
//
// A file is input like any other: sizes, nesting and counts are bounded before anything is allocated for them, and what
// does not hold to its format is an error. Only Load touches files.
package pinfile
