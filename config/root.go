package config

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// unknownWord says that word is not a field here, with what was probably meant.
func unknownWord(word string, fields []field) error {
	known := strings.Split(words(fields), ", ")
	if word == "<<" {
		return hinted("write the words out", "merge keys are not supported")
	}
	for _, k := range known {
		if k == meant[word] {
			return didYouMean(word, k)
		}
	}
	return unknown(word, known)
}

// meant are words that people write for ours, too far from them to be typing errors.
var meant = map[string]string{
	"domain": "name", "domains": "watch", "host": "name", "hosts": "watch", "watches": "watch", "watchlist": "watch",
	"retention": "retain", "keep": "retain", "prune": "retain", "database": "store", "db": "store", "email": "contact", "cidr": "ip", "address": "ip",
	"pins": "keys", "spki": "keys", "leaf": "keys", "ca": "issuers", "cas": "issuers", "intermediates": "issuers",
	"public_key": "key", "monitor_url": "monitoring_url", "name": "description", "subdomains": "scope",
	"valid_from": "not_before", "valid_until": "not_after", "expires": "not_after", "expiration": "not_after",
	"sha256": "pin", "hash": "pin",
}

// config reads the top of the document.
func (p *parser) config(root *yaml.Node, c *Config) {
	p.mapping(root, "", []field{
		{"contact", func(n *yaml.Node, where string) { c.Contact = p.contact(n, where) }},
		{"store", func(n *yaml.Node, where string) { c.Store = p.store(n, where) }},
		{"retain", func(n *yaml.Node, where string) { c.Retain = p.retain(n, where) }},
		{"logs", func(n *yaml.Node, where string) { p.logs(n, where, &c.Logs) }},
		{"watch", func(n *yaml.Node, where string) { p.watches(n, where, c) }},
		{"notify", func(n *yaml.Node, where string) { c.Notify = p.receivers(n, where) }},
		{"canary", func(n *yaml.Node, where string) { p.canary(n, where, c) }},
		{"coverage", func(n *yaml.Node, where string) { p.coverage(n, where, c) }},
	})
	p.watchCanary(c)
}

func (p *parser) contact(n *yaml.Node, where string) string {
	s, ok := p.text(n, where)
	if ok {
		p.fail(n, where, CheckContact(s))
	}
	return s
}

// CheckContact says why s cannot be the contact in a User-Agent, if so.
func CheckContact(s string) error {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == '(' || r == ')' }) {
		return hinted("write an address or a URL in plain ASCII", "%s cannot stand in a User-Agent", quote(s))
	}
	return nil
}
