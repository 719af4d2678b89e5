package pinfile

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/micromdm/plist"
	"golang.org/x/net/publicsuffix"

	"pinwatch/matcher"
)

// bare is a pin in base64 alone.
func bare(p matcher.Pin) string { return base64.StdEncoding.EncodeToString(p.SPKI[:]) }

// writeApple writes an Info.plist with nothing but NSPinnedDomains.
func writeApple(w *writer, groups []*group) ([]byte, error) {
	byHost := map[string][]*group{}
	for _, g := range groups {
		byHost[g.host] = append(byHost[g.host], g)
	}
	domains := map[string]any{}
	for _, g := range groups {
		if host := byHost[g.host]; host[0] == g {
			if d := w.appleHost(host); d != nil {
				domains[g.host] = d
			}
		}
	}
	if len(domains) == 0 {
		return nil, fmt.Errorf("as apple: %w", ErrNothing)
	}
	return plist.MarshalIndent(map[string]any{"NSAppTransportSecurity": map[string]any{"NSPinnedDomains": domains}}, "\t")
}

// appleHost writes the groups of a host, one for each scope, as one dictionary; nil if that cannot be.
func (w *writer) appleHost(host []*group) map[string]any {
	scopes := map[matcher.Scope]*group{}
	for _, g := range host {
		scopes[g.scope] = g
	}
	exact, below := scopes[matcher.Exact], scopes[matcher.OneLabel]
	if g := scopes[matcher.Subtree]; g != nil {
		w.remark(Inexact, g.host, "iOS pins the names one label below it, but none further below")
		if len(host) > 1 {
			w.remark(Refused, g.host, "left out for a part of it: iOS has one set of pins for a name and those below it")
		}
		return w.appleDomain(g, true)
	}
	if exact == nil {
		w.remark(Refused, below.host, "left out: iOS cannot pin the names below it without the name itself")
		return nil
	}
	if below != nil && !equal(exact, below) {
		w.remark(Refused, exact.host, "left out below it: iOS has one set of pins for a name and those below it")
		below = nil
	}
	return w.appleDomain(exact, below != nil)
}

func (w *writer) appleDomain(g *group, below bool) map[string]any {
	d := map[string]any{"NSIncludesSubdomains": below}
	if len(g.keys) > 0 {
		d["NSPinnedLeafIdentities"] = identitiesOf(g.keys)
	}
	cas := g.cas
	if len(g.issuers) > 0 {
		if len(g.cas)+len(g.chain) > 0 {
			w.remark(Inexact, g.host, "iOS has one set of CAs for a host: that of the issuers is written")
		}
		w.remark(Inexact, g.host, "iOS will accept these issuers anywhere in the chain")
		cas = g.issuers
	} else if len(g.chain) > 0 {
		w.remark(Inexact, g.host, "iOS will look for these keys among the CAs of the chain alone, not in the certificate")
		cas = mergePins(g.cas, g.chain)
	}
	if len(cas) > 0 {
		d["NSPinnedCAIdentities"] = identitiesOf(cas)
	}
	return d
}

func identitiesOf(pins []matcher.Pin) []any {
	out := make([]any, 0, len(pins))
	for _, p := range pins {
		out = append(out, map[string]any{spkiKey: bare(p)})
	}
	return out
}

// writeTrustKit writes an Info.plist with nothing but TrustKit's configuration.
func writeTrustKit(w *writer, groups []*group) ([]byte, error) {
	domains := map[string]any{}
	for _, g := range groups {
		if suffix, _ := publicsuffix.PublicSuffix(g.host); suffix == g.host && g.scope == matcher.Subtree {
			w.remark(Invalid, g.host, "TrustKit refuses a public suffix with the names below it, and the app will not start")
		}
		var hashes []any
		for _, p := range g.chain {
			hashes = append(hashes, bare(p))
		}
		d := map[string]any{
			"TSKIncludeSubdomains": g.scope == matcher.Subtree, "TSKEnforcePinning": !g.reportOnly, "TSKPublicKeyHashes": hashes,
		}
		if !g.expires.IsZero() {
			d["TSKExpirationDate"] = g.expires.Format(time.DateOnly)
		}
		domains[g.host] = d
	}
	for _, g := range groups {
		for _, name := range g.exclude {
			if _, found := domains[name]; !found {
				// Any other key beside it makes TrustKit refuse the configuration.
				domains[name] = map[string]any{trustKitExclude: true}
				w.remark(Inexact, g.host, "TrustKit takes out %s alone: the pins will hold for the names below it", name)
			}
		}
	}
	return plist.MarshalIndent(map[string]any{"TSKConfiguration": map[string]any{
		"TSKSwizzleNetworkDelegates": false, "TSKPinnedDomains": domains,
	}}, "\t")
}
