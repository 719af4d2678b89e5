package pinfile

import (
	"strings"

	"pinwatch/matcher"
)

// trustKitExclude is how the key kTSKExcludeSubdomainFromParentPolicy is really written in a property list: TrustKit's
// constant of that name has this for its value (TSKTrustKitConfig.m).
const trustKitExclude = "kSKExcludeSubdomainFromParentPolicy"

// trustKitKey gives a key of TrustKit as its documentation names it, without kTSK: in a property list the keys have TSK
// in front, in the JSON of its wrappers they begin with a small letter.
func trustKitKey(key string) string {
	key = strings.TrimPrefix(key, "k")
	return strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(key, "TSK"), "SK"))
}

// trust gives the value of a key of TrustKit.
func (n *node) trust(key string) *node {
	if !n.is(isDict) {
		return nil
	}
	for _, m := range n.members {
		if trustKitKey(m.key) == strings.ToLower(key) {
			return m.value
		}
	}
	return nil
}

// trustKitDomains finds the dictionaries of pinned domains. The first version of TrustKit had them at the top.
func trustKitDomains(root *node) []*node {
	out := append(root.find("TSKPinnedDomains"), root.find("kTSKPinnedDomains")...)
	if len(out) > 0 {
		return out
	}
	for _, m := range root.members {
		if strings.Contains(m.key, ".") && m.value.trust("PublicKeyHashes") != nil {
			return []*node{root}
		}
	}
	return nil
}

// trustKit reads pinned domains. Pins hold for any key of the chain. The name itself rules, or else the longest name
// above it that includes its subdomains. See the documentation in TSKTrustKitConfig.h.
func (r *reader) trustKit(domains *node) {
	for _, m := range domains.members {
		if !m.value.is(isDict) {
			continue // a setting that stands beside the domains, as in the first version
		}
		host, ok := r.host(m.line, m.key)
		if !ok {
			continue
		}
		if r.declared("trustkit", host) {
			r.remark(Refused, m.line, "name it once", "%s is named a second time", host)
			continue
		}
		e := Entry{
			Host: host, Line: m.line,
			Scope:      subtreeIf(m.value.trust("IncludeSubdomains").truth(false)),
			ReportOnly: !m.value.trust("EnforcePinning").truth(true),
		}
		if m.value.trust("ExcludeSubdomainFromParentPolicy").truth(false) {
			r.add(e)
			continue
		}
		e.Dimension = Chain
		if day := m.value.trust("ExpirationDate"); day != nil {
			text, _, _ := strings.Cut(day.text, "T") // a <date> has a time too
			e.Expires = r.date(day.line, text)
		}
		e.Pins = r.hashes(m.value.trust("PublicKeyHashes"))
		until(e.Pins, e.Expires)
		if e.Pins == nil {
			r.remark(Invalid, m.line, "", "TrustKit refuses %s without public key hashes", host)
			continue
		}
		if len(e.Pins) == 1 {
			r.remark(FewPins, m.line, "", "TrustKit refuses %s with fewer than two pins, and the app will not start", host)
		}
		if e.ReportOnly {
			r.remark(NotEnforced, m.line, "", "TrustKit only reports other keys of %s (kTSKEnforcePinning)", host)
		}
		r.add(e)
	}
}

// hashes reads a list of pins; nil if there is none.
func (r *reader) hashes(list *node) []matcher.Pin {
	if !list.is(isArray) || len(list.items) == 0 {
		return nil
	}
	pins := []matcher.Pin{}
	for _, item := range list.items {
		if !item.is(isText) {
			r.remark(BadPin, item.line, "", "a public key hash that is not a text")
		} else if p, ok := r.base64Pin(item.line, item.text, "TrustKit"); ok {
			pins = append(pins, p)
		}
	}
	return pins
}
