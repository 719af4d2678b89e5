package matcher

import "bytes"

// Email appends to dst the hits of an rfc822Name (RFC 5280 section 4.2.1.6) for the watches that ask for emails, and
// returns dst. Its host is what follows the last "@", or all of it.
func (l *Watchlist) Email(dst []Hit, value []byte) []Hit {
	if !l.emails {
		return dst
	}
	before := len(dst)
	dst = l.Host(dst, value[bytes.LastIndexByte(value, '@')+1:])
	return l.keep(dst, before, RuleEmail, func(w *Watch) bool { return w.Emails })
}

// URI appends to dst the hits of a uniformResourceIdentifier (RFC 5280 section 4.2.1.6) for the watches that ask for
// URIs, and returns dst.
func (l *Watchlist) URI(dst []Hit, value []byte) []Hit {
	if !l.uris {
		return dst
	}
	before := len(dst)
	dst = l.Host(dst, uriHost(value))
	return l.keep(dst, before, RuleURI, func(w *Watch) bool { return w.URIs })
}

// uriHost is the host of a URI with its port. A URI without "//" such as sip:user@example.com;transport=tcp has its
// host between the scheme or the last "@" and the parameters (RFC 5922 section 7.1 reads SIP URIs so).
func uriHost(uri []byte) []byte {
	colon := bytes.IndexByte(uri, ':')
	if colon < 0 || !isScheme(uri[:colon]) {
		return authority(bytes.TrimPrefix(uri, []byte("//")))
	}
	rest, found := bytes.CutPrefix(uri[colon+1:], []byte("//"))
	if found {
		return authority(rest)
	}
	rest = authority(rest)
	if end := bytes.IndexByte(rest, ';'); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// keep drops the hits from before on whose watch did not ask for them, and gives the others their rule.
func (l *Watchlist) keep(dst []Hit, before int, rule Rule, asked func(*Watch) bool) []Hit {
	out := dst[:before]
	for _, h := range dst[before:] {
		if asked(l.Watch(h.Watch)) {
			h.Rule = rule
			out = append(out, h)
		}
	}
	return out
}
