package matcher

// Verdict says whether a certificate is what the owner of a watch expects. It never says malicious or mis-issued: that
// cannot be known from here.
type Verdict string

// The verdicts.
const (
	Expected     Verdict = "expected"     // every dimension of pins that the watch has is satisfied
	Unexpected   Verdict = "unexpected"   // some dimension is not
	Unpinned     Verdict = "unpinned"     // the watch has no pins
	Undetermined Verdict = "undetermined" // not enough could be read to decide, and it may concern the watch
)

// Severity ranks findings by what they may mean; higher is worse.
type Severity uint8

// The severities.
const (
	Info     Severity = iota // expected
	Low                      // unpinned: nothing to hold it against; expected by a backup pin alone
	Medium                   // undetermined; a pin outside its window; a pinned key certified by an unknown issuer
	High                     // an unknown key, issuer or chain
	Critical                 // an unknown key or chain certified by an issuer that is pinned
)

// String is the word for the severity in findings.
func (s Severity) String() string {
	return [...]string{"info", "low", "medium", "high", "critical"}[min(s, Critical)]
}

// Reason is the word for why a verdict is not Expected.
type Reason string

// The reasons. The first five make a verdict Unexpected, the next four Undetermined.
const (
	UnknownKey     Reason = "unknown_key"       // the certificate's key is none of the pinned keys
	UnknownIssuer  Reason = "unknown_issuer"    // the issuer's key is none of the pinned issuers
	UnknownChain   Reason = "unknown_chain"     // no key of the chain is pinned
	PinExpired     Reason = "pin_expired"       // only a pin whose window has ended fits
	PinNotYetValid Reason = "pin_not_yet_valid" // only a pin whose window has not begun fits

	NameUncertain   Reason = "name_uncertain"   // whether the certificate is for the watched name is not certain
	KeyUnread       Reason = "key_unread"       // the certificate's key could not be read
	IssuerUnknown   Reason = "issuer_undecided" // which key issued the certificate could not be established
	ChainIncomplete Reason = "chain_incomplete" // no key of the chain as far as it is known is pinned

	// Besides one of the first five, from Background:
	RetiredKey      Reason = "retired_key"      // the key was pinned for the watch once
	PinnedElsewhere Reason = "pinned_elsewhere" // the key is pinned for another watch
	IssuerNameOnly  Reason = "issuer_name_only" // the issuer has the name of a pinned one, and another key

	// The one that an Expected certificate may have:
	BackupInUse Reason = "backup_in_use" // only pins that are marked as backup fit
)

// Judgement is what one watch says of one certificate.
type Judgement struct {
	Verdict  Verdict
	Severity Severity
	Reasons  []Reason // of the dimensions that decided, each once: keys first, then issuers, then chain
	// Whether each dimension is satisfied; nil where the watch has no such pins or it could not be decided.
	KeyPinned, IssuerPinned, ChainPinned *bool
}
