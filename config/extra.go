package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

func (p *parser) extras(n *yaml.Node, where string) []Extra {
	var out []Extra
	lines := map[string]int{}
	p.sequence(n, where, func(n *yaml.Node, where string) {
		e := p.extra(n, where)
		if first, found := lines[string(e.Key)]; found && e.Key != nil {
			p.complain(n, where, "a key is one log: leave one of them out", "the key of the log in line %d again", first)
			return
		}
		lines[string(e.Key)] = e.Line
		out = append(out, e)
	})
	return out
}

// extra reads one log and says what is missing.
func (p *parser) extra(n *yaml.Node, where string) Extra {
	e := Extra{Line: n.Line}
	before := len(p.problems)
	hasKey := false
	p.mapping(n, where, []field{
		{"description", func(n *yaml.Node, where string) { e.Description, _ = p.text(n, where) }},
		{"operator", func(n *yaml.Node, where string) { e.Operator, _ = p.text(n, where) }},
		{"url", func(n *yaml.Node, where string) { e.URL = p.url(n, where) }},
		{"submission_url", func(n *yaml.Node, where string) { e.SubmissionURL = p.url(n, where) }},
		{"monitoring_url", func(n *yaml.Node, where string) { e.MonitoringURL = p.monitoringURL(n, where) }},
		{"head_url", func(n *yaml.Node, where string) { e.HeadURL = p.url(n, where) }},
		{"key", func(n *yaml.Node, where string) { e.Key, hasKey = p.logKey(n, where), true }},
		{"start", func(n *yaml.Node, where string) {
			s := p.start(n, where)
			e.Start = &s
		}},
	})
	if len(p.problems) > before {
		return e // what is missing may be what was misspelt
	}
	if !hasKey {
		p.complain(n, where, "give the base64 of the log's public key (DER SubjectPublicKeyInfo)", "\"key\" is missing")
	}
	p.fail(n, where, e.check())
	return e
}

// check says what is wrong with the combination of URLs.
func (e *Extra) check() error {
	const either = "give either \"url\" (RFC 6962), or \"submission_url\" and \"monitoring_url\" (static-ct-api)"
	tiles := e.SubmissionURL != "" || e.MonitoringURL != ""
	switch {
	case e.URL != "" && tiles:
		return hinted(either, "a log is read in one way")
	case e.URL == "" && !tiles:
		return hinted(either, "no URL")
	case tiles && e.MonitoringURL == "":
		return hinted("give the prefix of the tiles, https or file", "\"monitoring_url\" is missing")
	case tiles && e.SubmissionURL == "" && e.HeadURL == "":
		return hinted("give the URL that the log's checkpoints name, or \"head_url\" if it has get-sth in their place",
			"\"submission_url\" is missing")
	case e.HeadURL != "" && e.URL != "":
		return hinted("leave it out", "\"head_url\" is only for a log with \"monitoring_url\"")
	}
	return nil
}

func (p *parser) url(n *yaml.Node, where string) string {
	s, ok := p.text(n, where)
	if !ok {
		return ""
	}
	p.fail(n, where, checkURL(s))
	return s
}

// monitoringURL also takes a directory.
func (p *parser) monitoringURL(n *yaml.Node, where string) string {
	s, ok := p.text(n, where)
	if !ok {
		return ""
	}
	scheme, _, found := strings.Cut(s, ":")
	if found && strings.EqualFold(scheme, "file") {
		u, err := fileURL(s, p.dir)
		p.fail(n, where, err)
		return u
	}
	err := checkURL(s)
	switch {
	case err == nil:
	case strings.Contains(s, "://"):
		err = hinted("logs are read over http(s), or from a directory as file:path", "%v", err)
	default:
		err = hinted("for a directory write "+quote("file:"+s), "%v", err)
	}
	p.fail(n, where, err)
	return s
}

func (p *parser) logKey(n *yaml.Node, where string) []byte {
	s, ok := p.text(n, where)
	if !ok {
		return nil
	}
	key, err := parseLogKey(s)
	p.fail(n, where, err)
	return key
}

// minRSA is the least size of an RSA key, in bits (RFC 6962 section 2.1.4).
const minRSA = 2048

const logKeyForm = "copy it whole, on one line: the log's page or its log list has it next to log_id, as \"key\""

// parseLogKey reads the base64 of a DER SubjectPublicKeyInfo with a key that RFC 6962 section 2.1.4 allows.
func parseLogKey(s string) ([]byte, error) {
	if strings.Contains(s, "-----BEGIN") {
		return nil, hinted("leave the lines with ----- out and join the others", "PEM, where base64 alone is expected")
	}
	// Long keys are folded in YAML, which leaves spaces.
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	switch {
	case err != nil:
		return nil, hinted(logKeyForm, "%s is not base64", quote(s))
	case len(der) == sha256.Size:
		return nil, hinted("log lists have it next to log_id, as \"key\"", "a log ID, which is only the hash of the key")
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, hinted(logKeyForm, "not a public key in DER (SubjectPublicKeyInfo)")
	}
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return nil, fmt.Errorf("a key on the curve %s: logs have P-256 or RSA", key.Params().Name)
		}
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < minRSA {
			return nil, fmt.Errorf("an RSA key of %d bits: logs have at least %d", bits, minRSA)
		}
	default:
		return nil, errors.New("neither an ECDSA nor an RSA key: logs have no other")
	}
	return der, nil
}
