// Package program tells by running a program, without a shell. The message comes on its standard input, as one JSON
// document. What scripts most often want stands in variables as well:
//
//	PINWATCH_ID        the message's ID, the same however often it is sent
//	PINWATCH_KIND      finding, log_alarm, ...
//	PINWATCH_EVENT     new, reopened, changed, resolved, ...
//	PINWATCH_SEVERITY  info, low, medium, high, critical
//	PINWATCH_TIME      when it happened, in RFC 3339, UTC
//	PINWATCH_THREAD    common to all messages about one matter
//	PINWATCH_TITLE     the message in one line
//	PINWATCH_WATCH     of a finding, the watch; else empty
//	PINWATCH_VERDICT   of a finding, the verdict; else empty
//	PINWATCH_RESOLVED  1 where the matter is over, else empty
//	PINWATCH_TEST      1 where nothing happened, else empty
//
// Titles hold names that strangers chose. So that no script can stumble over them, a variable has at most 256 characters
// of a small set (ASCII letters and digits, space, and .,:=@/_+-), does not begin with a minus, and has an underscore for
// each other character. The whole truth is on standard input.
//
// The program sees of our environment PATH, HOME, USER, LANG, LC_ALL, TZ and TMPDIR, and what the configuration adds:
// none of our secrets. It takes the message over by exiting with 0. Any other exit code, and a time limit that passed
// (then it is killed, with its process group), means that it will be run again with the same message; 75 (EX_TEMPFAIL of
// sysexits.h) is the way to ask for that on purpose.
package program
