package matcher

import (
	"net/netip"
)

// Scope says which host names a watch on a name is about.
type Scope uint8

// The scopes. The zero value is the default.
const (
	Subtree  Scope = iota // the name and every name below it (OkHttp writes it "**.")
	OneLabel              // every name exactly one label below the name, not the name itself (OkHttp: "*.")
	Exact                 // the name alone
)

const scopes = 3

// String is the word for the scope in a configuration.
func (s Scope) String() string {
	switch s {
	case OneLabel:
		return "one-label"
	case Exact:
		return "exact"
	}
	return "subtree"
}

// ParseScope reads the word that String writes; the empty word is the default.
func ParseScope(word string) (Scope, error) {
	switch word {
	case "", "subtree":
		return Subtree, nil
	case "one-label":
		return OneLabel, nil
	case "exact":
		return Exact, nil
	}
	return 0, mistake("write subtree, one-label or exact", "unknown scope %s", quote(word))
}

// sign stands before the name in the ID of a watch.
func (s Scope) sign() string {
	return [scopes]string{Subtree: "", OneLabel: "*.", Exact: "="}[s]
}

// Watch is one thing that is watched: a name with a scope, or a range of IP addresses, and the pins that are expected
// of certificates for it. Exactly one of Name and Prefix is given.
type Watch struct {
	Name  string // in a Watchlist: lower case, A-labels, no trailing dot
	Scope Scope
	// Exclude lists names below Name that the watch is not about, each with everything below it.
	Exclude []string
	// Prefix is a range of addresses; a single address is a range of one (/32 or /128).
	Prefix netip.Prefix

	// Three dimensions of pins; one without pins is not asked for. See Judge.
	Keys    []Pin // the key of the certificate itself
	Issuers []Pin // the key of the CA that issued it
	Chain   []Pin // any key of the chain, that of the certificate included

	Emails bool // also match the hosts of rfc822Name values
	URIs   bool // also match the hosts of uniformResourceIdentifier values
}

// ID is what findings call the watch: the bare name for a subtree, "*.name" for one label, "=name" for an exact name,
// an address or a CIDR range. It differs between any two watches of a Watchlist and does not depend on pins or order.
func (w *Watch) ID() string {
	switch {
	case w.Prefix.IsValid() && w.Prefix.IsSingleIP():
		return w.Prefix.Addr().String()
	case w.Prefix.IsValid():
		return w.Prefix.String()
	}
	return w.Scope.sign() + w.Name
}

// Pinned says whether the watch has any pin.
func (w *Watch) Pinned() bool { return len(w.Keys)+len(w.Issuers)+len(w.Chain) > 0 }
