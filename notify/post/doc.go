// Package post is the one HTTP request by which receivers are told: a POST (or, for heartbeats, a GET) that is bounded in
// time and in what it reads, that follows no redirect, and whose errors name the host and nothing else of an address,
// because the addresses of webhooks are secrets.
//
// What an answer means:
//
//	2xx                             taken
//	400 413 414 415 422 431         notify.Permanent: this message will not be taken as it is
//	any other, with Retry-After     notify.Later: tried again after what was asked for, at most an hour
//	any other, or no whole answer   an error: tried again
//
// 401, 403, 404 and 410 are among the others on purpose. A secret that is being changed, or an endpoint that is gone for
// an hour, must not cost a message.
package post
