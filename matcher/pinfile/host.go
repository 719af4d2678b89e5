package pinfile

import (
	"errors"
	"net/netip"
	"strings"

	"pinwatch/matcher"
)

// host reads the name of a host, or an address or range where a format allows them, into the form that a Watchlist
// gives it. A name that no watch could have becomes a remark with what is wrong about it.
func (r *reader) host(line int, text string) (string, bool) {
	name := strings.ToLower(strings.TrimSuffix(strings.TrimSpace(text), "."))
	if _, ok := addresses(name); ok {
		return name, true
	}
	if strings.Contains(name, "*") {
		r.remark(BadHost, line, "write the name without it", "%s has a wildcard where none can be", quote(text))
		return "", false
	}
	l, err := matcher.New([]matcher.Watch{{Name: name}})
	if err != nil {
		todo := ""
		if m, ok := errors.AsType[*matcher.Mistake](err); ok {
			todo = m.Hint()
		}
		r.remark(BadHost, line, todo, "%s", err)
		return "", false
	}
	return l.Watch(0).Name, true
}

// addresses reads an address, which is a range of one, or a range in CIDR notation.
func addresses(host string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(host); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(host)
	return p, err == nil
}

// pattern reads a host pattern of OkHttp: "**." stands for any number of labels or none, "*." for exactly one.
func (r *reader) pattern(line int, text string) (host string, scope matcher.Scope, ok bool) {
	scope = matcher.Exact
	rest := strings.TrimSpace(text)
	if after, found := strings.CutPrefix(rest, "**."); found {
		rest, scope = after, matcher.Subtree
	} else if after, found := strings.CutPrefix(rest, "*."); found {
		rest, scope = after, matcher.OneLabel
	}
	host, ok = r.host(line, rest)
	return host, scope, ok
}

// formatPattern writes a name and a scope as OkHttp does.
func formatPattern(host string, scope matcher.Scope) string {
	switch scope {
	case matcher.Subtree:
		return "**." + host
	case matcher.OneLabel:
		return "*." + host
	case matcher.Exact:
	}
	return host
}

// subtreeIf is the scope of a host with a switch for its subdomains.
func subtreeIf(subdomains bool) matcher.Scope {
	if subdomains {
		return matcher.Subtree
	}
	return matcher.Exact
}
