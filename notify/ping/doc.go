// Package ping tells a service that we are alive, so that somebody hears when we are not: an HTTP request to an address
// after each heartbeat that is well, to that address with /fail behind it after one that is not, and with /start where
// work begins. That is how healthchecks.io and those who copy it listen; FailURL is for others.
//
// A heartbeat that comes late proves nothing. It is tried three times within a few seconds and then not again: the error
// is a permanent one, and the next heartbeat tells the same.
package ping
