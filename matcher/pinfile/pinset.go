package pinfile

import (
	"errors"
	"time"

	"pinwatch/matcher"
)

// Format is the word for a way of writing pins down.
type Format string

// The formats that Read knows. Write knows the first six and JSON.
const (
	Android  Format = "android"  // network_security_config.xml
	Apple    Format = "apple"    // NSPinnedDomains in an Info.plist, XML or binary, or the same as JSON
	TrustKit Format = "trustkit" // TrustKit's dictionary in a property list or as JSON
	OkHttp   Format = "okhttp"   // lines of a host pattern and its pins, as for CertificatePinner.Builder.add
	HPKP     Format = "hpkp"     // Public-Key-Pins and Public-Key-Pins-Report-Only headers (RFC 7469)
	TLSA     Format = "tlsa"     // lines of a zone with TLSA records (RFC 6698)
	JSON     Format = "json"     // our own: entries with all that they hold
	Curl     Format = "curl"     // --pinnedpubkey on a command line or in a .curlrc
	Chromium Format = "chromium" // transport_security_state_static: .json with .pins beside it, or .pins alone
	Lines    Format = "pins"     // a pin on each line, without a host
	PEM      Format = "pem"      // certificates, public keys and certificate requests
	DER      Format = "der"      // one of those, binary
	PKCS12   Format = "pkcs12"   // .p12 and .pfx
	JWKS     Format = "jwks"     // a JSON Web Key or a set of them (RFC 7517)
)

// Dimension says which keys of a chain the pins of an entry are compared with; see matcher.Watch.
type Dimension string

// The dimensions.
const (
	Keys    Dimension = "keys"    // the key of the certificate itself
	Issuers Dimension = "issuers" // the key of the CA that issued it
	Chain   Dimension = "chain"   // any key of the chain
)

// Entry is a set of pins for a host, in one dimension. Where a source asks for two dimensions at once there are two
// entries for the host, and both hold.
type Entry struct {
	// Host is a name in lower case without wildcard or trailing dot, an IP address or a CIDR range. It is empty where
	// the source names none: a key or a certificate is for whichever watch names its file.
	Host  string
	Scope matcher.Scope
	// Exclude lists names below Host for which the source has other pins or none, each with everything below it.
	Exclude []string

	Dimension Dimension
	// CA says that only CAs are meant by a Chain, not the certificate itself: iOS and DANE tell the two apart. They
	// find a root in the chain as well as the CA that issued the certificate, so that Issuers would be too narrow.
	CA bool
	// Pins are the pins that could be read. It is empty if there was none to be read, which Remarks then say: such an
	// entry must not be taken for one that accepts any key.
	Pins []matcher.Pin
	// Forbidden are keys that must not be anywhere in the chain, which only Chromium knows.
	Forbidden []matcher.Pin

	// Names are what the certificates and requests in a file without a host are for. It is empty where one of the keys
	// came without names.
	Names []string

	// Expires is the end of the set, if it has one. It is in the NotAfter of the pins too.
	Expires time.Time
	// ReportOnly says that clients report what does not match but do not refuse it.
	ReportOnly bool
	Set        string // the name of the pinset, where it has one
	Line       int    // where the entry begins, from 1; 0 in binary formats
}

// Pinset is what a file holds.
type Pinset struct {
	File    string
	Format  Format
	Entries []Entry
	Remarks []Remark
}

// Err joins the remarks by which something that the file holds was lost. It is nil if all was taken.
func (p *Pinset) Err() error {
	var lost []error
	for i := range p.Remarks {
		if p.Remarks[i].Kind.Lost() {
			lost = append(lost, &p.Remarks[i])
		}
	}
	return errors.Join(lost...)
}
