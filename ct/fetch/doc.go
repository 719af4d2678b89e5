// Package fetch is the one HTTP GET by which logs and log lists are read, and it is a polite one.
//
// A request names the operator it concerns, and all requests to an operator pass one gate:
//
//	Get ── pause over? ── place in the window? ── spacing kept? ── request ── verdict ──┐
//	 └────────── transient: again, through the same gate, a few times ──────────────────┘
//
// The gate has three parts.
//
//   - The window bounds how many requests are under way, at most 16. It grows by one for each window's worth of
//     successes and is halved when the operator or one of its logs is in trouble. On loopback it is 128 until then.
//   - Spacing bounds requests per second. There is none for a healthy operator but a generous constant; the first rate
//     signal (429, 503, Retry-After, an HTML page where data should be) sets it to half of what was being asked, and
//     each further one halves it again.
//   - A pause follows every failure, exponential with the failures in a row, or as long as Retry-After says. A rate
//     signal pauses the operator; any other failure pauses only the log it came from, and a log that failed is then
//     tried by one request at a time. Waiting happens in the gate and nowhere else, so no failure path can make a
//     request without waiting, however many goroutines share a log.
//
// Bodies are bounded after inflation, and what a server says of their size is believed only where it is too large.
// Everything about time is the standard library's, so tests run in a testing/synctest bubble.
package fetch
