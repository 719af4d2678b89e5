package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// valueKind is what a word of a receiver holds.
type valueKind int

const (
	aText       valueKind = iota // one value
	aList                        // several, or one
	aMapping                     // a mapping of texts
	aPath                        // the name of a file, resolved
	aDuration                    // a time span
	aCount                       // a whole number
	aSecret                      // one value, never in the file itself: the word with _env, _file or _credential
	someSecrets                  // several such
	anAddress                    // as secret, or in the file itself where its owner takes it for none
)

// wordSpec is a word of a type of receiver.
type wordSpec struct {
	word     string
	kind     valueKind
	required bool
	choices  []string // of a text; nil: any
}

// ReceiverTypes are the types of receivers, in the order in which they are documented.
func ReceiverTypes() []string {
	return []string{
		"webhook", "email", "exec", "slack", "teams", "discord", "pagerduty", "syslog", "file", "stdout", "url", "heartbeat",
	}
}

// templated are the types whose words for people can be changed.
func templated() []string {
	return []string{"email", "slack", "teams", "discord", "pagerduty", "syslog", "stdout", "url"}
}

// receiverWords are the words that a type has besides those that all have.
func receiverWords(kind string) []wordSpec {
	tls := tlsWords()
	http := append([]wordSpec{{word: "proxy", kind: anAddress}}, tls...)
	formats := []string{"json", "ocsf", "ecs"}
	switch kind {
	case "webhook":
		return append([]wordSpec{
			{word: "url", kind: anAddress, required: true},
			{word: "format", choices: []string{"json", "cloudevents"}},
			{word: "secret", kind: someSecrets},
			{word: "headers", kind: aMapping},
			{word: "headers_env", kind: aMapping},
			{word: "source"},
		}, http...)
	case "email":
		return emailWords()
	case "exec":
		return []wordSpec{
			{word: "command", kind: aList, required: true},
			{word: "env", kind: aMapping},
			{word: "pass_env", kind: aList},
			{word: "timeout", kind: aDuration},
		}
	case "slack", "teams", "discord":
		return append([]wordSpec{{word: "url", kind: aSecret, required: true}}, http...)
	case "pagerduty":
		return append([]wordSpec{{word: "routing_key", kind: aSecret, required: true}, {word: "url"}, {word: "source"}}, http...)
	case "syslog":
		return append([]wordSpec{
			{word: "network", choices: []string{"udp", "tcp", "tls"}, required: true},
			{word: "address", required: true},
			{word: "format", choices: []string{"rfc5424", "cef"}},
			{word: "facility"},
			{word: "hostname"},
			{word: "max_size", kind: aCount},
			{word: "confirm", choices: []string{"close", "none"}},
		}, tls...)
	case "file":
		return []wordSpec{{word: "path", kind: aPath, required: true}, {word: "format", choices: formats}}
	case "stdout":
		return []wordSpec{{word: "format", choices: append([]string{"text"}, formats...)}}
	case "url":
		return []wordSpec{{word: "url", kind: aSecret, required: true}, {word: "timeout", kind: aDuration}, {word: "size", kind: aCount}}
	case "heartbeat":
		return append([]wordSpec{
			{word: "url", kind: anAddress, required: true}, {word: "fail_url", kind: anAddress}, {word: "method", choices: []string{"GET", "POST"}},
		}, http...)
	}
	return nil
}

func tlsWords() []wordSpec {
	return []wordSpec{
		{word: "timeout", kind: aDuration},
		{word: "ca_file", kind: aPath},
		{word: "client_cert_file", kind: aPath},
		{word: "client_key_file", kind: aPath},
	}
}

func emailWords() []wordSpec {
	return append([]wordSpec{
		{word: "from", required: true},
		{word: "to", kind: aList, required: true},
		{word: "server"},
		{word: "security", choices: []string{"starttls", "tls", "none"}},
		{word: "username"},
		{word: "password", kind: aSecret},
		{word: "auth"},
		{word: "helo"},
		{word: "sendmail"},
	}, tlsWords()...)
}

// advice says what to write for a word that is missing.
func (s *wordSpec) advice() string {
	switch s.kind {
	case aSecret, someSecrets, anAddress:
		return fmt.Sprintf("write %[1]s_env, %[1]s_file or %[1]s_credential", s.word)
	}
	if s.choices != nil {
		return "one of " + strings.Join(s.choices, ", ")
	}
	return ""
}

// fields are the words in the file that give the value.
func (s *wordSpec) fields(p *parser, r *Receiver) []field {
	plain := field{s.word, func(n *yaml.Node, where string) { s.set(p, r, n, where, s.read(p, n, where)) }}
	if s.kind != aSecret && s.kind != someSecrets && s.kind != anAddress {
		return []field{plain}
	}
	if s.kind != anAddress {
		plain.read = func(n *yaml.Node, where string) {
			p.complain(p.word, where, s.advice(), "%s is a secret, and is not written here", s.word)
		}
	}
	out := []field{plain}
	for _, place := range []SecretPlace{SecretEnv, SecretFile, SecretCredential} {
		out = append(out, field{s.word + "_" + string(place), func(n *yaml.Node, where string) {
			s.set(p, r, n, where, Word{Secrets: s.secrets(p, n, where, place)})
		}})
	}
	return out
}

// set keeps a value. A secret that is given twice is an error: which one holds would be a guess.
func (s *wordSpec) set(p *parser, r *Receiver, n *yaml.Node, where string, w Word) {
	if old, given := r.Words[s.word]; given {
		p.complain(n, where, "", "%s is already given in line %d", s.word, old.Line)
		return
	}
	w.Line = n.Line
	r.Words[s.word] = w
}

func (s *wordSpec) read(p *parser, n *yaml.Node, where string) Word {
	switch s.kind {
	case aList:
		return Word{Texts: p.some(n, where)}
	case aMapping:
		return Word{Pairs: p.pairs(n, where)}
	case aPath:
		return Word{Texts: []string{p.file(n, where)}}
	case aDuration:
		d, ok := p.duration(n, where, "30s")
		if ok && (d <= 0 || d > time.Hour) {
			p.complain(n, where, "", "%s is not between 0 and 1h", d)
		}
		return Word{Texts: []string{d.String()}}
	}
	v, ok := p.text(n, where)
	if ok && s.choices != nil && !slices.Contains(s.choices, v) {
		p.fail(n, where, unknown(v, s.choices))
	}
	if _, err := strconv.ParseUint(v, 10, 31); ok && s.kind == aCount && err != nil {
		p.complain(n, where, "", "%s is no whole number", quote(v))
	}
	return Word{Texts: []string{v}}
}

// secrets reads where secrets are, which is one place unless there may be several.
func (s *wordSpec) secrets(p *parser, n *yaml.Node, where string, place SecretPlace) []Secret {
	var out []Secret
	p.sequence(n, where, func(n *yaml.Node, where string) {
		name := ""
		switch place {
		case SecretEnv:
			name = p.variable(n, where)
		case SecretFile:
			name = p.file(n, where)
		case SecretCredential:
			var ok bool
			if name, ok = p.text(n, where); ok && (name == "" || strings.ContainsAny(name, "/\x00") || name == "." || name == "..") {
				p.complain(n, where, "write its name alone", "%s cannot be the name of a credential", quote(name))
			}
		}
		out = append(out, Secret{Place: place, Name: name})
	})
	if len(out) != 1 && s.kind != someSecrets {
		p.complain(n, where, "", "%d places, where one is expected", len(out))
	}
	return out
}

// pairs reads a mapping of texts.
func (p *parser) pairs(n *yaml.Node, where string) map[string]string {
	n = p.resolve(n)
	if n.Kind != yaml.MappingNode {
		p.complain(n, where, "", "%s, where a mapping is expected", kind(n))
		return nil
	}
	out := map[string]string{}
	for i := 0; i+1 < len(n.Content) && p.nodes < maxNodes; i += 2 {
		key, ok := p.text(n.Content[i], where)
		if !ok {
			continue
		}
		if _, found := out[key]; found {
			p.complain(n.Content[i], where, "", "%s is given twice", quote(key))
		}
		out[key], _ = p.text(n.Content[i+1], join(where, key))
	}
	return out
}
