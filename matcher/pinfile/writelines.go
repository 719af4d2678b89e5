package pinfile

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"

	"pinwatch/matcher"
)

// writeOkHttp writes a line for each pin, with what it is called behind it.
func writeOkHttp(_ *writer, groups []*group) ([]byte, error) {
	var b bytes.Buffer
	for _, g := range groups {
		for _, p := range g.chain {
			fmt.Fprintf(&b, "%s %s", formatPattern(g.host, g.scope), p)
			if p.Label != "" {
				fmt.Fprintf(&b, " # %s", label(p.Label))
			}
			b.WriteByte('\n')
		}
	}
	return b.Bytes(), nil
}

// headerAge is the max-age of a header: 60 days, what RFC 7469 section 4.1 suggests.
const headerAge = 60 * 24 * 60 * 60

// writeHPKP writes a header for each host.
func writeHPKP(_ *writer, groups []*group) ([]byte, error) {
	var b bytes.Buffer
	for _, g := range groups {
		if g.host != "" {
			fmt.Fprintf(&b, "# host: %s\n", g.host)
		}
		b.WriteString("Public-Key-Pins")
		if g.reportOnly {
			b.WriteString("-Report-Only")
		}
		b.WriteString(":")
		for _, p := range g.chain {
			fmt.Fprintf(&b, " pin-sha256=%q;", bare(p))
		}
		fmt.Fprintf(&b, " max-age=%d", headerAge)
		if g.scope == matcher.Subtree {
			b.WriteString("; includeSubDomains")
		}
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// writeTLSA writes records for HTTPS: 3 1 1 for the certificate's own key, 2 1 1 for that of a CA. Any record will do
// for a client, so that a key that may be either has one of each.
func writeTLSA(w *writer, groups []*group) ([]byte, error) {
	var b bytes.Buffer
	for _, g := range groups {
		leaf, cas := g.keys, slices.Concat(g.issuers, g.cas)
		switch {
		case len(leaf) > 0 && len(g.issuers)+len(g.cas)+len(g.chain) > 0:
			w.remark(Inexact, g.host, "any TLSA record will do for a client: those of the certificate's own keys are written alone")
			cas = nil
		case len(g.issuers) > 0 && len(g.cas)+len(g.chain) > 0:
			w.remark(Inexact, g.host, "any TLSA record will do for a client: those of the issuers are written alone")
			cas = g.issuers
		default:
			leaf = append(leaf, g.chain...)
			cas = append(cas, g.chain...)
		}
		if len(g.issuers) > 0 && cas != nil {
			w.remark(Inexact, g.host, "clients will accept these issuers anywhere in the chain")
		}
		for _, p := range leaf {
			fmt.Fprintf(&b, "_443._tcp.%s. IN TLSA 3 1 1 %s\n", g.host, hex.EncodeToString(p.SPKI[:]))
		}
		for _, p := range cas {
			fmt.Fprintf(&b, "_443._tcp.%s. IN TLSA 2 1 1 %s\n", g.host, hex.EncodeToString(p.SPKI[:]))
		}
	}
	return b.Bytes(), nil
}
