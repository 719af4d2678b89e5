package matcher

import "slices"

// Background is what is known of the keys of a certificate besides the certificate: from others that were seen, and
// from pins that are or were. It adds reasons for the person who reads a finding; no verdict depends on it.
type Background struct {
	KeySeen      bool // a certificate that was seen before has the same key
	KeyRetired   bool // the key was pinned for the watch, and is not any more
	KeyElsewhere bool // the key is pinned for another watch
	IssuerNamed  bool // a pinned issuer, which has another key, issued under the name of this one
}

// reasons adds to the reasons why keys are not satisfied. Whose key it is only matters where the key is unknown.
func (b Background) reasons(why []Reason) []Reason {
	var out []Reason
	key := slices.Contains(why, UnknownKey) || slices.Contains(why, UnknownChain)
	issuer := slices.Contains(why, UnknownIssuer) || slices.Contains(why, UnknownChain)
	for _, add := range []struct {
		known  bool
		reason Reason
	}{
		{key && b.KeyRetired, RetiredKey},
		{key && b.KeyElsewhere, PinnedElsewhere},
		{key && b.KeySeen, KeySeenBefore},
		{issuer && b.IssuerNamed, IssuerNameOnly},
	} {
		if add.known {
			out = append(out, add.reason)
		}
	}
	return out
}
