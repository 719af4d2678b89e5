// Package email tells by mail, over SMTP or with the sendmail program of the machine.
//
// Over SMTP the connection is encrypted and the server's certificate checked (STARTTLS required, or TLS from the start).
// Plain text is spoken only where that is asked for in so many words, and a password is never sent over it, but to
// loopback addresses.
//
// A message is plain text and HTML, with the finding as an attachment. Its Message-ID depends on the message's ID alone:
// when a message is sent again, because the answer of the server was lost, mail systems can see that it is the same one.
// All mails of a Thread refer to one Message-ID that never existed as a mail, by which mail programs keep them together.
//
// Recipients are taken or refused one by one in SMTP (RFC 5321 section 4.2.1). One that is refused for good (5xx) costs
// the others nothing, and one that is to be tried later (4xx) is tried alone: who has taken the message does not get it
// again, as long as the process lives. What else goes wrong (no connection, a wrong certificate, a password that is
// refused, a sender that is) is for the operator to mend, and the message waits.
package email
