// Package deliver joins what is found and what is told: it makes messages of what the store holds, says which matters last
// (logs that are silent or behind, pins that cannot be read, a canary that is silent), and makes the receivers of a
// configuration.
//
// Each message says what happened, why it matters, what to do next, and how to have it not told again rightly. What
// strangers wrote (names, subjects) is escaped as for a terminal; receivers escape once more for their own medium.
package deliver
