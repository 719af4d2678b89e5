package pinfile

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"pinwatch/matcher"
)

// writeAndroid writes a network security configuration.
func writeAndroid(_ *writer, groups []*group) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n<network-security-config>\n")
	named := map[string]bool{}
	for _, g := range groups {
		named[g.host] = true
	}
	for _, g := range groups {
		b.WriteString("    <domain-config>\n")
		fmt.Fprintf(&b, "        <domain includeSubdomains=\"%t\">%s</domain>\n", g.scope == matcher.Subtree, escape(g.host))
		b.WriteString("        <pin-set")
		if !g.expires.IsZero() {
			fmt.Fprintf(&b, " expiration=%q", g.expires.Format(time.DateOnly))
		}
		b.WriteString(">\n")
		for _, p := range g.chain {
			if p.Label != "" {
				fmt.Fprintf(&b, "            <!-- %s -->\n", comment(p.Label))
			}
			fmt.Fprintf(&b, "            <pin digest=\"SHA-256\">%s</pin>\n", bare(p))
		}
		b.WriteString("        </pin-set>\n    </domain-config>\n")
	}
	for _, g := range groups {
		for _, name := range g.exclude {
			if !named[name] {
				named[name] = true
				fmt.Fprintf(&b, "    <domain-config>\n        <domain includeSubdomains=\"true\">%s</domain>\n    </domain-config>\n", escape(name))
			}
		}
	}
	b.WriteString("</network-security-config>\n")
	return b.Bytes(), nil
}

// comment makes the text of a comment, which two hyphens would end.
func comment(s string) string {
	for s = label(s); strings.Contains(s, "--"); {
		s = strings.ReplaceAll(s, "--", "-")
	}
	return s
}

func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return "" // a strings.Builder does not fail
	}
	return b.String()
}
