// Package notify tells people. A Message is what is told, a Notifier a way to tell it (a package of its own for each kind
// of receiver), and the Dispatcher sends what waits in a queue: oldest first, at least once, each receiver for itself.
//
// Nothing here knows of logs, of databases, or why something is unexpected. Texts of a message may hold what strangers
// wrote into certificates: the fields that are for people are escaped by who makes the message (room show), and every
// receiver escapes once more for its own medium (HTML, mail headers, mentions in chats).
package notify
