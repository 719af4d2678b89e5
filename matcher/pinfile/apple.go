package pinfile

import "pinwatch/matcher"

const spkiKey = "SPKI-SHA256-BASE64"

// dictionary reads what a property list or JSON holds of Apple's pins and TrustKit's. An Info.plist may hold both.
func (r *reader) dictionary(root *node) error {
	r.set.Format = Apple
	if !root.is(isDict) {
		return r.fail(Unknown, root.line, knownFormats, "this document is no dictionary")
	}
	found := false
	for _, domains := range root.find("NSPinnedDomains") {
		found = true
		r.apple(domains)
	}
	for _, domains := range trustKitDomains(root) {
		if !found {
			r.set.Format = TrustKit
		}
		found = true
		r.trustKit(domains)
	}
	if !found {
		return r.fail(NoPins, 0, "an Info.plist holds pins under NSAppTransportSecurity, NSPinnedDomains",
			"there is neither NSPinnedDomains nor a TrustKit configuration in this dictionary")
	}
	return r.resolve(mostSpecific)
}

// apple reads NSPinnedDomains. A leaf identity must be the certificate's key, a CA identity that of any CA or sub-CA in
// the chain; where there are both, both must be met. NSIncludesSubdomains reaches one label below the domain.
// See Apple's documentation of NSPinnedDomains, NSPinnedCAIdentities and NSIncludesSubdomains.
func (r *reader) apple(domains *node) {
	for _, m := range domains.members {
		host, ok := r.host(m.line, m.key)
		if !ok {
			continue
		}
		if r.declared("apple", host) {
			r.remark(Refused, m.line, "name it once", "%s is named a second time", host)
			continue
		}
		if host != m.key {
			r.remark(Invalid, m.line, "write "+host, "iOS matches no host with %s", quote(m.key))
		}
		scopes := []matcher.Scope{matcher.Exact}
		if m.value.get("NSIncludesSubdomains").truth(false) {
			scopes = append(scopes, matcher.OneLabel)
		}
		leaf := r.identities(m.value.get("NSPinnedLeafIdentities"))
		cas := r.identities(m.value.get("NSPinnedCAIdentities"))
		if leaf == nil && cas == nil {
			r.remark(Invalid, m.line, "give it NSPinnedLeafIdentities or NSPinnedCAIdentities", "iOS asks for identities, and %s has none", host)
			continue
		}
		for _, scope := range scopes {
			if leaf != nil {
				r.add(Entry{Host: host, Scope: scope, Dimension: Keys, Pins: leaf, Line: m.line})
			}
			if cas != nil {
				r.add(Entry{Host: host, Scope: scope, Dimension: Chain, CA: true, Pins: cas, Line: m.line})
			}
		}
	}
}

// identities reads a list of identities; nil if there is none.
func (r *reader) identities(list *node) []matcher.Pin {
	if !list.is(isArray) || len(list.items) == 0 {
		return nil
	}
	pins := []matcher.Pin{}
	for _, item := range list.items {
		hash := item.get(spkiKey)
		if !hash.is(isText) {
			r.remark(BadPin, item.line, "", "an identity without "+spkiKey)
		} else if p, ok := r.base64Pin(hash.line, hash.text, "iOS"); ok {
			pins = append(pins, p)
		}
	}
	return pins
}
