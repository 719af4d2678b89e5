package matcher

import (
	"cmp"
	"slices"
)

// Hit says that a name in a certificate concerns a watch.
type Hit struct {
	Watch int // index into the Watchlist
	Rule  Rule
	// Certain is false where the name could not be read well enough to be sure: a redacted or unreadable label stands
	// where a watched one would, or the bytes were only searched. Such a hit makes a finding undetermined.
	Certain bool
}

// Rule is the word for why a name concerns a watch. Where several rules were needed for one hit, it is the oddest.
type Rule string

// The rules, from the plainest to the oddest.
const (
	RuleExact    Rule = "exact"     // the name is the watched name
	RuleSubtree  Rule = "subtree"   // the name is below the watched name
	RuleOneLabel Rule = "one_label" // the name is one label below the watched name

	RuleWildcard        Rule = "wildcard"         // "*." covers the watched name
	RulePartialWildcard Rule = "partial_wildcard" // the first label is a wildcard in part: "w*.example.org"
	RuleInnerWildcard   Rule = "inner_wildcard"   // a wildcard in another label: "foo.*.example.com"

	RuleStripped  Rule = "stripped"   // the name stood inside a URL, or with a path, port or spaces
	RuleULabel    Rule = "u_label"    // the name was written in UTF-8
	RuleLatin1    Rule = "latin1"     // the name was written in Latin-1
	RuleNULPrefix Rule = "nul_prefix" // what stands before a NUL

	RuleIP     Rule = "ip"      // an iPAddress
	RuleIPText Rule = "ip_text" // an address written out in a dNSName or CN
	RuleEmail  Rule = "email"   // the host of an rfc822Name
	RuleURI    Rule = "uri"     // the host of a uniformResourceIdentifier

	// Never certain:
	RuleUnreadable Rule = "unreadable" // a label that cannot be read stands where a watched one would
	RuleRedacted   Rule = "redacted"   // a "?" stands where a watched label would
	RuleMalformed  Rule = "malformed"  // an iPAddress of a wrong length holds a watched address
	RuleSearch     Rule = "search"     // found among bytes that could not be parsed
)

// settle leaves one hit for each watch in hits, certain ones before doubtful ones, earlier ones before later ones, and
// puts them in the order of the watches. It takes O(n log n) and no memory.
func settle(hits []Hit) []Hit {
	slices.SortStableFunc(hits, func(a, b Hit) int {
		if a.Watch != b.Watch || a.Certain == b.Certain {
			return cmp.Compare(a.Watch, b.Watch)
		}
		if a.Certain {
			return -1
		}
		return 1
	})
	return slices.CompactFunc(hits, func(a, b Hit) bool { return a.Watch == b.Watch })
}
