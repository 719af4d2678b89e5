package pinfile

import (
	"strings"
	"time"

	"pinwatch/matcher"
)

// pinSet is a <pin-set> of Android.
type pinSet struct {
	pins    []matcher.Pin
	expires time.Time
}

// android reads a network security configuration. A name is ruled by the <domain> that names it or, with
// includeSubdomains, by the longest one above it; a <domain-config> without a <pin-set> has that of the one around it.
// Pins hold for any key of the chain. See XmlConfigSource and ApplicationConfig in android.security.net.config.
func (r *reader) android(root *element) error {
	r.set.Format = Android
	for _, e := range root.children {
		switch e.name {
		case "base-config":
			r.anchors(e)
			for _, c := range e.children {
				if c.name == "pin-set" || c.name == "domain" {
					r.remark(Invalid, c.line, "move it into a <domain-config>", "Android refuses a <%s> in <base-config>", c.name)
				}
			}
		case "domain-config":
			r.domainConfig(e, nil)
		case "debug-overrides":
			r.remark(Ignored, e.line, "", "<debug-overrides> are left aside: they rule no app that is released")
		}
	}
	return r.resolve(mostSpecific)
}

// domainConfig reads a <domain-config> and those inside it. inherited is the pin set of the one around it; nil is none.
func (r *reader) domainConfig(e *element, inherited *pinSet) {
	r.anchors(e)
	set, own := inherited, false
	var domains, nested, reporting []*element
	for _, c := range e.children {
		switch c.name {
		case "pin-set":
			if own {
				r.remark(Refused, c.line, "make one of them", "a second <pin-set> in one <domain-config>, which Android refuses")
				continue
			}
			set, own = r.pinSet(c), true
		case "domain":
			domains = append(domains, c)
		case "domain-config":
			nested = append(nested, c)
		case "trustkit-config":
			if v, _ := c.attr("enforcePinning"); v == "false" {
				reporting = append(reporting, c)
			}
		}
	}
	for _, c := range reporting {
		if set != nil {
			r.remark(NotEnforced, c.line, "",
				"TrustKit only reports here (enforcePinning); Android 7 and later enforce the pins by themselves")
		}
	}
	if len(domains) == 0 {
		r.remark(Invalid, e.line, "", "Android refuses a <domain-config> without a <domain>")
	}
	for _, d := range domains {
		r.domain(d, set)
	}
	for _, n := range nested {
		r.domainConfig(n, set)
	}
}

// domain reads a <domain>. One without pins is an entry without a dimension until the overlaps are resolved.
func (r *reader) domain(e *element, set *pinSet) {
	host, ok := r.host(e.line, e.text)
	if !ok {
		return
	}
	if r.declared("", host) {
		r.remark(Refused, e.line, "name it once", "%s is named a second time, which Android refuses", host)
		return
	}
	sub, _ := e.attr("includeSubdomains")
	if sub != "" && sub != "true" && sub != "false" {
		r.remark(Invalid, e.line, "write true or false", "includeSubdomains is %s, which is taken for true", quote(sub))
		sub = "true"
	}
	entry := Entry{Host: host, Scope: subtreeIf(sub == "true"), Line: e.line}
	if set != nil {
		entry.Dimension, entry.Pins, entry.Expires = Chain, set.pins, set.expires
	}
	r.add(entry)
}

func (r *reader) pinSet(e *element) *pinSet {
	s := &pinSet{}
	if day, found := e.attr("expiration"); found {
		s.expires = r.date(e.line, day)
	}
	bad := 0
	for _, c := range e.children {
		if c.name != "pin" {
			continue
		}
		if digest, _ := c.attr("digest"); !strings.EqualFold(digest, "SHA-256") {
			r.remark(BadPin, c.line, "", "a pin with the digest %s; Android knows SHA-256 alone", quote(digest))
			bad++
		} else if p, ok := r.base64Pin(c.line, c.text, "Android"); ok {
			p.Label = label(c.note)
			s.pins = append(s.pins, p)
		} else {
			bad++
		}
	}
	until(s.pins, s.expires)
	if len(s.pins)+bad == 0 {
		r.remark(Noted, e.line, "", "an empty <pin-set>: nothing is pinned here, nor inherited")
		return nil
	}
	return s
}

// anchors tells of trust anchors for which the pins of a configuration, or of all of them, do not count.
func (r *reader) anchors(config *element) {
	for _, e := range config.children {
		if e.name != "trust-anchors" {
			continue
		}
		for _, c := range e.children {
			if v, _ := c.attr("overridePins"); c.name == "certificates" && v == "true" {
				src, _ := c.attr("src")
				r.remark(NotEnforced, c.line, "",
					"the app accepts any key from the CAs of %s here (overridePins); for pinwatch it is unexpected all the same", quote(src))
			}
		}
	}
}
