package pinfile

import (
	"errors"
	"fmt"

	"pinwatch/matcher"
)

// ErrNothing is the error of Write when no entry can be written in a format; the remarks say why.
var ErrNothing = errors.New("nothing to write")

// Write writes entries in a format: Android, Apple, TrustKit, OkHttp, HPKP, TLSA or JSON. What comes out is valid for
// its target, and Read reads it. Remarks say what the target cannot express and was written nearly (Inexact) or left
// out (Refused), what it refuses for reasons of its own (Invalid), and where it asks for a second pin (FewPins).
//
// JSON holds everything but the Source of pins, and the Line and the Names of entries.
func Write(format Format, entries []Entry) (data []byte, remarks []Remark, err error) {
	if format == JSON {
		data, err = writeJSON(entries)
		return data, nil, err
	}
	t, ok := targetOf(format)
	if !ok {
		return nil, nil, fmt.Errorf("pins cannot be written in the format %q", string(format))
	}
	w := &writer{target: t, told: map[Remark]bool{}}
	if groups := w.groups(entries); len(groups) > 0 {
		data, err = t.write(w, groups)
		return data, w.remarks, err
	}
	return nil, w.remarks, fmt.Errorf("as %s: %w", format, ErrNothing)
}

// target is what a format can express.
type target struct {
	name       string
	subtree    bool // a host with all names below it
	oneLabel   bool // the names one label below a host
	hostless   bool // pins without a host
	addresses  bool
	dimensions bool // more than any key of the chain
	expires    bool
	reportOnly bool
	excludes   bool
	oneSet     bool   // one entry for a host, in one scope
	overlap    string // what holds where another host is above this one: a text with the names of both
	two        string // what happens to a host with one pin; empty if nothing does
	write      func(*writer, []*group) ([]byte, error)
}

const ownPinsOnly = "only its own pins will hold, not those of %s above it"

func targetOf(f Format) (target, bool) {
	switch f {
	case Android:
		return target{
			name: "Android", subtree: true, expires: true, excludes: true, oneSet: true, overlap: ownPinsOnly,
			two: "Android's documentation asks for a second pin, of a key kept as backup", write: writeAndroid,
		}, true
	case Apple:
		return target{
			name: "iOS", subtree: true, oneLabel: true, addresses: true, dimensions: true, overlap: ownPinsOnly, write: writeApple,
		}, true
	case TrustKit:
		return target{
			name: "TrustKit", subtree: true, expires: true, reportOnly: true, excludes: true, oneSet: true, overlap: ownPinsOnly,
			two:   "TrustKit refuses a host with fewer than two pins, and the app will not start: add the pin of a backup key",
			write: writeTrustKit,
		}, true
	case OkHttp:
		return target{
			name: "OkHttp", subtree: true, oneLabel: true, overlap: "the pins of %s above it will be accepted too", write: writeOkHttp,
		}, true
	case HPKP:
		return target{
			name: "HPKP", subtree: true, hostless: true, reportOnly: true, oneSet: true,
			two: "browsers ignore a header without a backup pin (RFC 7469 section 2.5)", write: writeHPKP,
		}, true
	case TLSA:
		return target{name: "TLSA", dimensions: true, oneSet: true, write: writeTLSA}, true
	case JSON, Curl, Chromium, Lines, PEM, DER, PKCS12, JWKS:
	}
	return target{}, false
}

// writer collects the remarks about what is written.
type writer struct {
	target  target
	remarks []Remark
	told    map[Remark]bool
}

// remark adds a remark about a host, once.
func (w *writer) remark(kind Kind, host, format string, args ...any) {
	r := Remark{Kind: kind, Host: host, Text: fmt.Sprintf(format, args...)}
	if !w.told[r] {
		w.told[r] = true
		w.remarks = append(w.remarks, r)
	}
}

// scope is the scope in which the target can express an entry; not ok if there is none, or no pin.
func (w *writer) scope(e *Entry) (matcher.Scope, bool) {
	_, address := addresses(e.Host)
	switch {
	case len(e.Pins) == 0:
		w.remark(Refused, e.Host, "left out: it has no pins")
	case e.Host == "" && !w.target.hostless:
		w.remark(Refused, e.Host, "left out: %s needs a host for every pin", w.target.name)
	case address && !w.target.addresses:
		w.remark(Refused, e.Host, "left out: %s pins no addresses", w.target.name)
	case address:
		return matcher.Exact, true
	case e.Scope == matcher.Subtree && !w.target.subtree:
		w.remark(Inexact, e.Host, "written for the name alone: %s knows no names below it", w.target.name)
		return matcher.Exact, true
	case e.Scope == matcher.OneLabel && !w.target.oneLabel:
		w.remark(Refused, e.Host, "left out: %s cannot pin the names one label below it without the name itself", w.target.name)
	default:
		return e.Scope, true
	}
	return 0, false
}
