package pinfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"pinwatch/matcher"
)

// tlsaLine is a line with the type of a TLSA record and the beginning of its data.
var tlsaLine = regexp.MustCompile(`(?i)(^|\s)(TLSA[\s(]+\d+\s+\d+\s+\d+[\s(]|TLSA\s*\(\s*$|TYPE52[\s(]+\\#)`)

// tlsa reads the TLSA records of a zone (RFC 6698). Any record of a host will do; so a host with records for the
// certificate's key and others for that of a CA has one entry for any key of the chain.
func (r *reader) tlsa(lines []line) error {
	r.set.Format = TLSA
	z := zone{r: r}
	at := map[string]int{} // host and scope to index of their entry
	for _, rec := range z.records(lines) {
		host, scope, ok := r.tlsaHost(rec)
		if !ok {
			continue
		}
		dimension, ca, pin, ok := r.tlsaPin(rec)
		if !ok {
			continue
		}
		id := formatPattern(host, scope)
		i, found := at[id]
		if !found {
			i = len(r.set.Entries)
			at[id] = i
			r.add(Entry{Host: host, Scope: scope, Dimension: dimension, CA: ca, Line: rec.line})
		}
		e := &r.set.Entries[i]
		if e.Dimension != dimension || e.CA != ca {
			e.Dimension, e.CA = Chain, false
		}
		e.Pins = append(e.Pins, pin)
	}
	for i := range r.set.Entries {
		r.set.Entries[i].Pins = mergePins(r.set.Entries[i].Pins, nil)
	}
	return r.resolve(mostSpecific)
}

// tlsaHost is the host that a record is about: what follows the port and the protocol, as in _443._tcp.www.example.com.
// It is empty if the record has no owner. An owner such as *.example.com stands for every port of every name below it, and
// of example.com itself, as none of them has records of its own (RFC 4592 section 2.2).
func (r *reader) tlsaHost(rec record) (host string, scope matcher.Scope, ok bool) {
	rest := rec.owner
	if rest == "" {
		return "", matcher.Exact, true
	}
	if name, wild := strings.CutPrefix(rest, "*."); wild && !strings.HasPrefix(name, "_") {
		host, ok = r.host(rec.line, name)
		return host, matcher.Subtree, ok
	}
	for strings.HasPrefix(rest, "_") || strings.HasPrefix(rest, "*") {
		_, rest, _ = strings.Cut(rest, ".")
	}
	if rest == rec.owner || rest == "" {
		r.remark(BadHost, rec.line, "such as _443._tcp.www.example.com.", "the owner %s names no port and host", quote(rec.owner))
		return "", matcher.Exact, false
	}
	host, ok = r.host(rec.line, rest)
	return host, matcher.Exact, ok
}

// tlsaPin reads the data of a record: usage, selector, matching type, and the association in hex, with spaces allowed.
func (r *reader) tlsaPin(rec record) (d Dimension, ca bool, p matcher.Pin, ok bool) {
	field, ok := r.tlsaFields(rec)
	if !ok {
		return "", false, p, false
	}
	switch field.usage {
	case 1, 3: // PKIX-EE, DANE-EE
		d = Keys
	case 0, 2: // PKIX-TA, DANE-TA
		d, ca = Chain, true
	default:
		r.remark(Refused, rec.line, "", "the certificate usage %d is not one of 0 to 3", field.usage)
		return "", false, p, false
	}
	text, why := spkiHash(field)
	if why != "" {
		r.remark(Refused, rec.line, "publish "+strconv.Itoa(int(field.usage))+" 1 1, the SHA-256 of the key",
			"%d %d %d is %s", field.usage, field.selector, field.matching, why)
		return "", false, p, false
	}
	if field.selector == 0 {
		r.remark(Inexact, rec.line, "", "the record asks for one certificate; its key is taken, which others may have too")
	}
	p, ok = r.pin(rec.line, text)
	return d, ca, p, ok
}

// spkiHash gives the SHA-256 of the key that a record is about, in hex, or says why there is none.
func spkiHash(f tlsaFields) (text, why string) {
	switch {
	case f.matching == 2:
		return "", "a SHA-512, which cannot be compared: pins are SHA-256"
	case f.selector == 0 && f.matching == 1:
		return "", "the hash of a whole certificate, which changes with every renewal and is not that of a key"
	case f.selector > 1 || f.matching > 2:
		return "", "of a kind that RFC 6698 does not know"
	case f.matching == 1 && len(f.data) != sha256.Size:
		return "", fmt.Sprintf("said to be a SHA-256, but has %d bytes instead of 32", len(f.data))
	case f.matching == 1:
		return hex.EncodeToString(f.data), ""
	}
	o := parseDER(f.data)
	if f.selector == 1 && o.kind != publicKey || f.selector == 0 && o.kind != certificate {
		return "", "said to be in full, but is neither a key nor a certificate"
	}
	sum := sha256.Sum256(o.spki)
	return hex.EncodeToString(sum[:]), ""
}

type tlsaFields struct {
	usage, selector, matching uint8
	data                      []byte
}

// tlsaFields reads the data of a record, in its own form or in that of unknown types (RFC 3597 section 5).
func (r *reader) tlsaFields(rec record) (f tlsaFields, ok bool) {
	n := rec.data
	if len(n) > 2 && n[0] == `\#` {
		raw, err := hex.DecodeString(strings.Join(n[2:], ""))
		if err == nil && len(raw) > 3 && n[1] == strconv.Itoa(len(raw)) {
			return tlsaFields{raw[0], raw[1], raw[2], raw[3:]}, true
		}
	} else if len(n) > 3 {
		usage, err1 := strconv.ParseUint(n[0], 10, 8)
		selector, err2 := strconv.ParseUint(n[1], 10, 8)
		matching, err3 := strconv.ParseUint(n[2], 10, 8)
		data, err4 := hex.DecodeString(strings.Join(n[3:], ""))
		if err1 == nil && err2 == nil && err3 == nil && err4 == nil {
			return tlsaFields{uint8(usage), uint8(selector), uint8(matching), data}, true
		}
	}
	r.remark(BadPin, rec.line, "write it as 3 1 1 and 64 hex digits", "the TLSA record %s cannot be read", quote(strings.Join(n, " ")))
	return tlsaFields{}, false
}
