// Package show holds what all who show findings have in common: the JSON of a finding, which is a contract, the
// sentences that explain it, and the escaping of text that somebody else wrote.
package show
