package matcher

import "slices"

// Background is what is known of the keys of a certificate besides the certificate: from others that were seen, and
// from pins that are or were. No verdict depends on it.
type Background struct {
	KeyRetired   bool // the key was pinned for the watch, and is not any more
	KeyElsewhere bool // the key is pinned for another watch
	IssuerNamed  bool // a pinned issuer, which has another key, issued under the name of this one
}

// Reasons are what the background adds to the reasons of a Judgement, for the person who reads the finding. Whose key it
// is only matters where the key is unknown, and likewise for the issuer.
func (b Background) Reasons(why []Reason) []Reason {
	var out []Reason
	key := slices.Contains(why, UnknownKey) || slices.Contains(why, UnknownChain)
	issuer := slices.Contains(why, UnknownIssuer) || slices.Contains(why, UnknownChain)
	for _, add := range []struct {
		known  bool
		reason Reason
	}{
		{key && b.KeyRetired, RetiredKey},
		{key && b.KeyElsewhere, PinnedElsewhere},
		{issuer && b.IssuerNamed, IssuerNameOnly},
	} {
		if add.known {
			out = append(out, add.reason)
		}
	}
	return out
}
