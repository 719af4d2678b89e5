package pinfile

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"

	"pinwatch/matcher"
)

// pinsTimestamp is the name under which a .pins file holds the time of its last change.
const pinsTimestamp = "PinsListTimestamp"

// chromiumSet is a pinset of Chromium.
type chromiumSet struct {
	line            int
	pins, forbidden []matcher.Pin
}

// chromium reads Chromium's list of hosts with pins, whose keys are in the .pins file beside it. A chain is accepted if
// one of its keys is in the pinset and none is forbidden. The longest host rules, even if it has no pins: that is how
// hosts are taken out. See the comments at the top of transport_security_state_static.json.
func (r *reader) chromium(root *node) error {
	r.set.Format = Chromium
	keys, err := r.chromiumKeys()
	if err != nil {
		return err
	}
	sets := map[string]chromiumSet{}
	for _, n := range root.get("pinsets").list() {
		name := n.get("name").str()
		if _, twice := sets[name]; twice {
			return r.fail(Unreadable, n.line, "", "the pinset %s is there twice", quote(name))
		}
		set := chromiumSet{
			n.line, r.named(keys, n.get("static_spki_hashes")), r.named(keys, n.get("bad_static_spki_hashes")),
		}
		r.forbidden(Refused, n.line, set.forbidden)
		sets[name] = set
	}
	bare := map[string]*node{} // hosts without pins, which matter only below others with pins
	pinned := map[string]bool{}
	for _, n := range root.get("entries").list() {
		if n.get("pins") == nil {
			bare[strings.ToLower(n.get("name").str())] = n
		} else if host := r.chromiumEntry(n, sets); host != "" {
			pinned[host] = true
		}
	}
	for _, n := range root.get("entries").list() {
		name := strings.ToLower(n.get("name").str())
		if bare[name] == n && !pinned[name] && below(name, pinned) {
			if host, ok := r.host(n.line, name); ok && !r.declared("", host) {
				r.add(Entry{Host: host, Scope: subtreeIf(n.get("include_subdomains").truth(false)), Line: n.line})
			}
		}
	}
	return r.resolve(mostSpecific)
}

// chromiumEntry reads an entry with pins and gives its host, or "" if there is something wrong.
func (r *reader) chromiumEntry(n *node, sets map[string]chromiumSet) string {
	name := n.get("pins").str()
	set, found := sets[name]
	if !found {
		r.remark(BadPin, n.line, "", "the pinset %s is not in this file", quote(name))
		return ""
	}
	host, ok := r.host(n.line, n.get("name").str())
	if !ok {
		return ""
	}
	if r.declared("", host) {
		r.remark(Refused, n.line, "name it once", "%s has pins a second time", host)
		return ""
	}
	sub := n.get("include_subdomains").truth(false) || n.get("include_subdomains_for_pinning").truth(false)
	r.add(Entry{
		Host: host, Scope: subtreeIf(sub), Dimension: Chain, Pins: set.pins, Forbidden: set.forbidden, Set: name, Line: n.line,
	})
	return host
}

// forbidden tells of keys that an entry forbids. A watch can only expect keys, so that nothing comes of them.
func (r *reader) forbidden(kind Kind, line int, keys []matcher.Pin) {
	if len(keys) > 0 {
		r.remark(kind, line, "", "a watch forbids no keys: a chain with one of these (%d) is expected if it has a pinned one too", len(keys))
	}
}

// pinsName is the name of the .pins file that belongs to a list of hosts.
func pinsName(list string) string {
	return strings.TrimSuffix(strings.TrimSuffix(list, filepath.Ext(list)), "_pins") + ".pins"
}

// chromiumKeys reads the .pins file that belongs to this one.
func (r *reader) chromiumKeys() (map[string]matcher.Pin, error) {
	name := pinsName(r.set.File)
	const todo = "keep the .pins file beside it: it holds the keys"
	if r.opt.Beside == nil {
		return nil, r.fail(Unreadable, 0, todo, "the keys of these pinsets are in %s, which is not at hand", filepath.Base(name))
	}
	data, err := r.opt.Beside(name)
	if err != nil {
		return nil, r.fail(Unreadable, 0, todo, "read the keys of these pinsets: %v", err)
	}
	if len(data) > maxFile {
		return nil, r.fail(Unreadable, 0, "", "%s has %d bytes; at most %d are read", filepath.Base(name), len(data), maxFile)
	}
	keys := map[string]matcher.Pin{}
	for _, k := range r.pinsFile(name, data) {
		keys[k.name] = k.pin
	}
	return keys, nil
}

// named gives the keys with names. A known-bad one was told where it stands.
func (r *reader) named(keys map[string]matcher.Pin, names *node) []matcher.Pin {
	var out []matcher.Pin
	for _, n := range names.list() {
		p, found := keys[n.str()]
		switch {
		case !found:
			r.remark(BadPin, n.line, "", "the .pins file has no key %s", quote(n.str()))
		case p.Source != "":
			out = append(out, p)
		}
	}
	return out
}

// namedKey is a key of a .pins file; its pin has no Source if it could not be read.
type namedKey struct {
	name string
	line int
	pin  matcher.Pin
}

var keyName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// readChromiumPins reads a .pins file by itself: its keys are for the watch that names the file.
func (r *reader) readChromiumPins(data []byte) error {
	r.set.Format = Chromium
	keys := r.pinsFile(r.set.File, data)
	e := Entry{Dimension: Chain}
	for _, k := range keys {
		if k.pin.Source != "" {
			e.Pins = append(e.Pins, k.pin)
		}
	}
	if len(keys) > 0 {
		e.Line = keys[0].line
		r.add(e)
	}
	return nil
}

// pinsFile reads the named keys of a .pins file: a name on a line, and below it a certificate or a public key in PEM, or
// a pin.
func (r *reader) pinsFile(file string, data []byte) []namedKey {
	var out []namedKey
	name, number := "", 0
	for len(data) > 0 {
		number++
		text, rest, _ := bytes.Cut(data, []byte("\n"))
		l := string(bytes.TrimSpace(text))
		switch {
		case l == "" || strings.HasPrefix(l, "#"):
		case strings.HasPrefix(l, pemBegin):
			var k namedKey
			k, rest = r.pemKey(file, number, data)
			number += bytes.Count(data[:len(data)-len(rest)], []byte("\n")) - 1
			k.pin.Label = label(name)
			k.name, name = name, ""
			out = append(out, k)
		case name == pinsTimestamp:
			r.remarkIn(file, Noted, number, "", "the list of keys is of %s (%s)", label(l), pinsTimestamp)
			name = ""
		case name == "" && keyName.MatchString(l):
			name = l
		default:
			k := namedKey{name: name, line: number}
			if p, ok := r.pinIn(file, number, l); ok {
				p.Label = label(name)
				k.pin = p
			}
			out = append(out, k)
			name = ""
		}
		data = rest
	}
	return out
}
