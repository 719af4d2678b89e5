package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"pinwatch/matcher"
)

// Receiver is somebody who is told.
type Receiver struct {
	Name string // in the configuration of which each is unique
	// Unnamed says that the file gives it none: Name is the type, and a number where there are several.
	Unnamed bool
	Type    string // one of ReceiverTypes
	Line    int    // where it stands in the file

	Only     Only
	Digest   Digest
	Limit    MessageLimit
	Template Template
	// Words are those of its type, by the names that they have in the documentation.
	Words map[string]Word
}

// Only says which messages a receiver wants. What is given must all be fulfilled; a list that is nil does not restrict.
type Only struct {
	Watches, Labels, Verdicts, Kinds []string
	Severity                         string // the mildest; empty: any
}

// Digest says that messages are gathered: for a period, or until a time of day, in the zone of the machine.
type Digest struct {
	Every time.Duration
	Daily bool
	At    time.Duration // after midnight
}

// MessageLimit is how many messages a receiver gets in a time; N is 0 for no limit.
type MessageLimit struct {
	N   int
	Per time.Duration
}

// Template is in the words of text/template, written in the file or in files of their own. Empty is not given.
type Template struct {
	Subject, Body         string
	SubjectFile, BodyFile string // paths, resolved
}

// Word is the value of a word that belongs to one type of receiver.
type Word struct {
	Line    int
	Texts   []string          // one, or those of a list
	Pairs   map[string]string // of a mapping
	Secrets []Secret          // where to find the values; then Texts is empty
}

// SecretPlace says where a secret is kept.
type SecretPlace string

// The places of secrets, as they stand behind the word: url_env, url_file, url_credential.
const (
	SecretEnv        SecretPlace = "env"        // a variable of the environment
	SecretFile       SecretPlace = "file"       // a file; one newline at its end does not count
	SecretCredential SecretPlace = "credential" // a credential of systemd: a file in $CREDENTIALS_DIRECTORY
)

// Secret names a secret.
type Secret struct {
	Place SecretPlace
	Name  string // of the variable, the file (resolved) or the credential
}

// Canary is a watch of which certificates are seen all the time. That none is, is an alarm.
type Canary struct {
	Watch  int           // index into Config.Watch
	Period time.Duration // the longest silence
}

// The defaults of what is told of logs and canaries.
const (
	DefaultCanary = 24 * time.Hour
	DefaultBehind = 6 * time.Hour
)

// receivers reads the list under notify.
func (p *parser) receivers(n *yaml.Node, where string) []Receiver {
	var out []Receiver
	names := map[string]int{}
	p.sequence(n, where, func(n *yaml.Node, where string) {
		before := len(p.problems)
		r := p.receiver(n, where)
		if r.Name == "" {
			r.Name, r.Unnamed = freeName(r.Type, names), true
		}
		if line, found := names[r.Name]; found {
			p.complain(n, where, "give them a name each", "the name %s is already that of the receiver in line %d", quote(r.Name), line)
		}
		names[r.Name] = r.Line
		if len(p.problems) == before {
			out = append(out, r)
		}
	})
	return out
}

// freeName is the type, with a number where there is another one of it.
func freeName(kind string, names map[string]int) string {
	name := kind
	for n := 2; names[name] != 0; n++ {
		name = fmt.Sprintf("%s-%d", kind, n)
	}
	return name
}

// receiver reads one receiver: its type first, since that decides which words there are.
func (p *parser) receiver(n *yaml.Node, where string) Receiver {
	n = p.resolve(n)
	r := Receiver{Line: n.Line, Words: map[string]Word{}}
	if n.Kind != yaml.MappingNode {
		p.complain(n, where, "write \"- type: webhook\" and what belongs to it", "%s, where a mapping is expected", kind(n))
		return r
	}
	types := ReceiverTypes()
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "type" {
			r.Type, _ = p.choice(n.Content[i+1], join(where, "type"), types)
			if r.Type == "" {
				return r
			}
		}
	}
	if r.Type == "" {
		p.complain(n, where, "one of "+strings.Join(types, ", "), "\"type\" is missing")
		return r
	}
	specs := receiverWords(r.Type)
	fields := []field{
		{"type", func(*yaml.Node, string) {}},
		{"name", func(n *yaml.Node, where string) { r.Name = p.receiverName(n, where) }},
		{"only", func(n *yaml.Node, where string) { r.Only = p.only(n, where) }},
		{"digest", func(n *yaml.Node, where string) { r.Digest = p.digest(n, where) }},
		{"limit", func(n *yaml.Node, where string) { r.Limit = p.messageLimit(n, where) }},
	}
	if slices.Contains(templated(), r.Type) {
		fields = append(fields, field{"template", func(n *yaml.Node, where string) { r.Template = p.template(n, where) }})
	}
	for _, s := range specs {
		fields = append(fields, s.fields(p, &r)...)
	}
	before := len(p.problems)
	p.mapping(n, where, fields)
	for _, s := range specs {
		if _, given := r.Words[s.word]; s.required && !given && len(p.problems) == before {
			p.complain(n, where, s.advice(), "%q is missing", s.word)
		}
	}
	return r
}

var receiverName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._ -]{0,63}$`)

func (p *parser) receiverName(n *yaml.Node, where string) string {
	s, ok := p.text(n, where)
	if ok && !receiverName.MatchString(s) {
		p.complain(n, where, "", "%s is no name: up to 64 letters, digits, dots, spaces and hyphens are", quote(s))
	}
	return s
}

// MessageKinds are the kinds of messages that receivers choose from.
func MessageKinds() []string {
	return []string{"finding", "log_alarm", "pin_health", "coverage", "undetermined", "canary", "heartbeat"}
}

func (p *parser) only(n *yaml.Node, where string) Only {
	var o Only
	p.mapping(n, where, []field{
		{"watches", func(n *yaml.Node, where string) { o.Watches = p.some(n, where) }},
		{"labels", func(n *yaml.Node, where string) { o.Labels = p.some(n, where) }},
		{"verdicts", func(n *yaml.Node, where string) {
			o.Verdicts = p.choices(n, where, []string{"unexpected", "unpinned", "undetermined"})
		}},
		{"severity", func(n *yaml.Node, where string) {
			o.Severity, _ = p.choice(n, where, []string{"info", "low", "medium", "high", "critical"})
		}},
		{"kinds", func(n *yaml.Node, where string) { o.Kinds = p.choices(n, where, MessageKinds()) }},
	})
	return o
}

// some reads a list that is not empty: an empty one would let nothing through.
func (p *parser) some(n *yaml.Node, where string) []string {
	before := len(p.problems)
	out := p.texts(n, where)
	if len(out) == 0 && len(p.problems) == before {
		p.complain(n, where, "leave the word out for all", "an empty list")
	}
	return out
}

func (p *parser) choices(n *yaml.Node, where string, known []string) []string {
	out := p.some(n, where)
	for _, s := range out {
		if !slices.Contains(known, s) {
			p.fail(n, where, unknown(s, known))
		}
	}
	return out
}

// maxDigest bounds how long messages are gathered.
const maxDigest = 31 * 24 * time.Hour

// digest reads a period, or a time of day.
func (p *parser) digest(n *yaml.Node, where string) Digest {
	s, ok := p.text(n, where)
	if !ok {
		return Digest{}
	}
	if at, err := time.Parse("15:04", s); err == nil {
		return Digest{Daily: true, At: time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute}
	}
	every, err := time.ParseDuration(s)
	if err != nil || every < time.Minute || every > maxDigest {
		p.complain(n, where, "write a period such as 24h, or a time of day such as \"08:00\"", "%s is neither a time of day nor a period of 1m to %s",
			quote(s), maxDigest)
	}
	return Digest{Every: every}
}

// messageLimit reads a number and a time, such as 20/h.
func (p *parser) messageLimit(n *yaml.Node, where string) MessageLimit {
	s, ok := p.text(n, where)
	if !ok {
		return MessageLimit{}
	}
	number, unit, found := strings.Cut(s, "/")
	count, err := strconv.ParseUint(strings.TrimSpace(number), 10, 31)
	unit = strings.TrimSpace(unit)
	if unit != "" && !strings.ContainsAny(unit[:1], "0123456789") {
		unit = "1" + unit
	}
	if days, isDays := strings.CutSuffix(unit, "d"); isDays && days == "1" {
		unit = "24h"
	}
	per, perErr := time.ParseDuration(unit)
	if !found || err != nil || perErr != nil || count == 0 || per < time.Second || per > maxDigest {
		p.complain(n, where, "write a number and a time, such as 20/h or 5/10m", "%s is no limit", quote(s))
	}
	return MessageLimit{N: int(count), Per: per}
}

func (p *parser) template(n *yaml.Node, where string) Template {
	var t Template
	p.mapping(n, where, []field{
		{"subject", func(n *yaml.Node, where string) { t.Subject, _ = p.text(n, where) }},
		{"body", func(n *yaml.Node, _ string) { t.Body = p.resolve(n).Value }},
		{"subject_file", func(n *yaml.Node, where string) { t.SubjectFile = p.file(n, where) }},
		{"body_file", func(n *yaml.Node, where string) { t.BodyFile = p.file(n, where) }},
	})
	if t.Subject != "" && t.SubjectFile != "" || t.Body != "" && t.BodyFile != "" {
		p.complain(n, where, "", "one text is given in the file and as a file of its own")
	}
	return t
}

// file reads a path.
func (p *parser) file(n *yaml.Node, where string) string {
	s, ok := p.text(n, where)
	if !ok {
		return ""
	}
	if s == "" || strings.ContainsRune(s, 0) {
		p.complain(n, where, "", "%s names no file", quote(s))
		return ""
	}
	return under(p.dir, s)
}

// canary reads a domain, or a mapping with it, and makes a watch of it.
func (p *parser) canary(n *yaml.Node, where string, c *Config) {
	n = p.resolve(n)
	name, period := "", DefaultCanary
	before := len(p.problems)
	if n.Kind != yaml.MappingNode {
		name, _ = p.text(n, where)
	} else {
		p.mapping(n, where, []field{
			{"name", func(n *yaml.Node, where string) { name, _ = p.text(n, where) }},
			{"period", func(n *yaml.Node, where string) {
				var ok bool
				if period, ok = p.duration(n, where, "24h"); ok && (period < time.Hour || period > maxDigest) {
					p.complain(n, where, "", "%s is not between 1h and %s", period, maxDigest)
				}
			}},
		})
	}
	if name == "" && len(p.problems) == before {
		p.complain(n, where, "name a domain for which certificates are issued every day", "no domain")
	}
	p.canaryAt, p.canaryName, c.Canary = n, name, &Canary{Period: period}
}

// watchCanary adds the watch of the canary behind all others.
func (p *parser) watchCanary(c *Config) {
	if p.canaryAt == nil {
		return
	}
	c.Canary.Watch = len(c.Watch)
	c.Watch = append(c.Watch, matcher.Watch{Name: p.canaryName})
	c.places = append(c.places, place{line: p.canaryAt.Line, index: -1})
}

// coverage reads when it is told that not everything is looked at.
func (p *parser) coverage(n *yaml.Node, where string, c *Config) {
	p.mapping(n, where, []field{
		{"behind", func(n *yaml.Node, where string) {
			var ok bool
			if c.Behind, ok = p.duration(n, where, "6h"); ok && (c.Behind < time.Minute || c.Behind > maxDigest) {
				p.complain(n, where, "", "%s is not between 1m and %s", c.Behind, maxDigest)
			}
		}},
	})
}

// ReceiverProblem says that err is about a receiver.
func (c *Config) ReceiverProblem(r *Receiver, err error) Problem {
	return Problem{Path: c.Path, Line: r.Line, Where: "notify " + r.Name, Text: err.Error(), Hint: hint(err)}
}
