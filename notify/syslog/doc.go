// Package syslog tells by syslog messages (RFC 5424) over UDP (RFC 5426), TCP with counted octets (RFC 6587 section
// 3.4.1) or TLS (RFC 5425), with the message as structured data, or as CEF for those who read that.
//
// Nobody answers in syslog, so a message can be lost without anybody knowing. What can be known is used:
//
// Over TCP and TLS every message has a connection of its own. Messages are rare; on a connection that was idle for days
// the other side, or a firewall between, may have forgotten it, and a write to it succeeds nevertheless. When the message
// is written we say so (a half-close), and wait for the other side to close as well, as syslog servers do once they
// have read all there is. A connection that is reset, a TLS alert such as that our certificate is refused, or a server that
// does not close because it hangs, is an error, and the message is sent again. For servers that never close there is
// ConfirmNone. What remains: a server that reads a message and dies before it has written it down.
//
// Over UDP a datagram may vanish anywhere. Only that the port is closed can be noticed, where the host says so at once.
package syslog
