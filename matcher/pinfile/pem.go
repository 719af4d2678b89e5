package pinfile

import (
	"bytes"
	"encoding/pem"
	"strings"
)

const pemBegin = "-----BEGIN "

// pemBlock is a block of a PEM file, or what begins like one.
type pemBlock struct {
	line  int
	text  []byte
	block *pem.Block // nil if it cannot be decoded
}

// nextPEM gives the next block, one that is broken too, and what follows it.
func nextPEM(data []byte, line int) (b pemBlock, rest []byte, found bool) {
	at := bytes.Index(data, []byte(pemBegin))
	if at < 0 {
		return pemBlock{}, nil, false
	}
	line += bytes.Count(data[:at], []byte("\n"))
	data = data[at:]
	end := len(data)
	if next := bytes.Index(data[len(pemBegin):], []byte(pemBegin)); next >= 0 {
		end = len(pemBegin) + next
	}
	if stop := bytes.Index(data[:end], []byte("\n-----END ")); stop >= 0 {
		if n := bytes.IndexByte(data[stop+1:end], '\n'); n >= 0 {
			end = stop + 1 + n + 1
		}
	}
	block, _ := pem.Decode(data[:end])
	return pemBlock{line, data[:end], block}, data[end:], true
}

// pem reads the keys of certificates, public keys and requests.
func (r *reader) pem(data []byte) error {
	r.set.Format = PEM
	var objects []object
	for line := 1; ; {
		b, rest, found := nextPEM(data, line)
		if !found {
			return r.objects(objects)
		}
		objects = append(objects, r.pemObject(b))
		line += bytes.Count(data[:len(data)-len(rest)], []byte("\n"))
		data = rest
	}
}

// pemObject says what a block holds. Secrets are recognised by their type and not looked into.
func (r *reader) pemObject(b pemBlock) object {
	if b.block == nil {
		title, _, _ := strings.Cut(string(b.text[:min(len(b.text), 100)]), "\n")
		return object{kind: unknown, line: b.line, what: "a PEM block that cannot be decoded: " + quote(strings.TrimSpace(title))}
	}
	o := object{kind: unknown, what: "a PEM block of the type " + quote(b.block.Type)}
	switch der := b.block.Bytes; {
	case strings.Contains(b.block.Type, "PRIVATE KEY"):
		o = object{kind: privateKey}
	case strings.HasSuffix(b.block.Type, "PARAMETERS") || strings.HasSuffix(b.block.Type, "CRL"):
		o.kind = besides
	case b.block.Type == "TRUSTED CERTIFICATE": // openssl's, with what it is trusted for behind the certificate
		o = parseDER(firstElement(der))
	default:
		o = parseDER(der)
	}
	o.line = b.line
	return o
}

// pemKey reads the block at the beginning of data for a .pins file and gives what follows it.
func (r *reader) pemKey(file string, line int, data []byte) (namedKey, []byte) {
	b, rest, _ := nextPEM(data, line)
	k := namedKey{line: line}
	o := r.pemObject(b)
	if o.spki == nil {
		r.remarkIn(file, BadPin, line, "", "there is neither a certificate nor a public key in this block")
		return k, rest
	}
	k.pin = o.pin(file, line)
	return k, rest
}
