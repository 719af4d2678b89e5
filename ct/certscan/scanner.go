package certscan

// Scanner reads certificates, one at a time, into buffers that it uses again. Its zero value is ready. It is for one
// goroutine.
type Scanner struct {
	cert    Certificate
	scratch []byte // text that had to be put together or turned into UTF-8
}

// Buffers that one certificate made larger than this are not kept for the next: one hostile certificate must not cost
// memory for ever.
const (
	keepNames   = 1 << 14
	keepScratch = 1 << 18
)

// reset makes the Scanner ready for the next input.
func (s *Scanner) reset(raw []byte) *Certificate {
	names := s.cert.Names[:0]
	if cap(names) > keepNames {
		names = nil
	}
	s.scratch = s.scratch[:0]
	if cap(s.scratch) > keepScratch {
		s.scratch = nil
	}
	s.cert = Certificate{Raw: raw, Names: names}
	return &s.cert
}

// Certificate reads a DER Certificate (RFC 5280 section 4.1): the entry of an x509_entry, a precertificate as
// submitted, a CA certificate. The result is valid until the next call and as long as der is not changed.
func (s *Scanner) Certificate(der []byte) *Certificate {
	c := s.reset(der)
	tag, body, rest, ok := next(der)
	if len(rest) > 0 {
		c.Problems |= Trailing
	}
	if tag != tagSequence || !ok {
		c.Problems |= BadFrame
	}
	if tag == tagSequence {
		s.signature(s.tbs(body))
	}
	return c
}

// TBS reads a DER TBSCertificate: the entry of a precert_entry (RFC 6962 section 3.2). The result is valid until the
// next call and as long as tbs is not changed.
func (s *Scanner) TBS(tbs []byte) *Certificate {
	c := s.reset(tbs)
	if rest := s.tbs(tbs); len(rest) > 0 {
		c.Problems |= Trailing
	}
	return c
}

// signature reads what follows the TBSCertificate: the algorithm and the BIT STRING.
func (s *Scanner) signature(b []byte) {
	c := &s.cert
	tag, _, rest, ok := next(b)
	if tag != tagSequence || !ok {
		c.Problems |= BadSignature
		return
	}
	c.SignatureAlgorithm = b[:len(b)-len(rest)]
	tag, body, rest, ok := next(rest)
	if tag != tagBitString || !ok || len(body) == 0 || len(rest) > 0 {
		c.Problems |= BadSignature
		return
	}
	c.Signature = body[1:] // behind the number of unused bits
}

// tbs reads the TBSCertificate at the front of b and returns what follows it.
func (s *Scanner) tbs(b []byte) (rest []byte) {
	c := &s.cert
	tag, body, rest, ok := next(b)
	if tag != tagSequence || !ok {
		c.Problems |= BadFrame
	}
	if tag != tagSequence {
		return rest
	}
	c.TBS = b[: len(b)-len(rest) : len(b)-len(rest)]

	if len(body) > 0 && body[0] == tagVersion {
		body = s.version(body)
	}
	_, c.Serial, body = c.field(body, tagInteger, BadSerial)
	_, _, body = c.field(body, tagSequence, BadTBS) // signature: the algorithm again
	c.Issuer, _, body = c.field(body, tagSequence, BadIssuer)
	_, validity, body := c.field(body, tagSequence, BadValidity)
	subject, names, body := c.field(body, tagSequence, BadSubject)
	key, algorithm, body := c.field(body, tagSequence, BadSPKI)
	c.Subject, c.SPKI = subject, key
	c.validity(validity)
	if len(algorithm) == 0 || algorithm[0] != tagSequence {
		c.Problems |= BadSPKI
	}
	s.subject(names)
	s.optional(body)
	return rest
}

// version passes over [0] at the front of b. Its length and that of the INTEGER in it may disagree: clients in Go
// believed the inner one until 2021, and logs still do, others the outer one. What leads on to a serial number is
// taken; as what is read then is only one of two readings, the bytes have to be searched, too.
func (s *Scanner) version(b []byte) (rest []byte) {
	_, _, outer, outerOK := next(b)
	start, n, ok := header(b)
	if !ok || start > len(b) {
		return b
	}
	if n == indefinite && outerOK {
		return outer
	}
	_, _, inner, innerOK := next(b[start:])
	switch {
	case outerOK && innerOK && len(outer) == len(inner):
		return outer
	case innerOK && len(inner) > 0 && inner[0] == tagInteger:
		s.cert.Problems |= BadTBS
		return inner
	case outerOK:
		s.cert.Problems |= BadTBS
		return outer
	}
	return b
}

// field takes the element at the front of b, which should have the tag want; p is the problem if it does not. An
// element with another tag is taken all the same, for what stands there is what a client would take; but not one of
// the context class, because then the field is left out. The element is nil when it is cut off.
func (c *Certificate) field(b []byte, want byte, p Problem) (element, body, rest []byte) {
	tag, body, rest, ok := next(b)
	if tag != want || !ok {
		c.Problems |= p
		if tag&classBits == contextClass {
			return nil, nil, b
		}
		if !ok {
			return nil, body, nil
		}
	}
	n := len(b) - len(rest)
	return b[:n:n], body, rest
}

// optional reads what follows subjectPublicKeyInfo: the unique identifiers and the extensions.
func (s *Scanner) optional(b []byte) {
	c := &s.cert
	for len(b) > 0 {
		tag, _, rest, ok := next(b)
		if tag == tagExtensions {
			rest = s.wrapped(b)
		}
		b = rest
		switch tag {
		case tagExtensions:
		case contextClass | 1, contextClass | 2, contextClass | constructed | 1, contextClass | constructed | 2:
			if !ok {
				c.Problems |= BadTBS
			}
		default:
			c.Problems |= BadTBS
		}
	}
}

// wrapped reads [3] at the front of b and returns what follows it. As with the version, the list in it may claim to be
// longer than [3]: then it is read to its own end, as clients in Go did and logs do.
func (s *Scanner) wrapped(b []byte) (rest []byte) {
	_, body, outer, ok := next(b)
	if !ok {
		s.cert.Problems |= BadExtensions
	}
	if start, n, ok := header(b); ok && n != indefinite && start <= len(b) {
		tag, _, inner, ok := next(b[start:])
		if ok && tag == tagSequence && len(inner) < len(outer) {
			s.cert.Problems |= BadExtensions
			body, outer = b[start:len(b)-len(inner)], inner
		}
	}
	s.extensions(body)
	return outer
}

// whole returns the octets of a string, put together when it was written in pieces. ok is false when pieces are
// broken.
func (s *Scanner) whole(tag byte, body []byte) (value []byte, ok bool) {
	if tag&constructed == 0 {
		return body, true
	}
	start := len(s.scratch)
	s.scratch, ok = appendPieces(s.scratch, body, maxDepth)
	return s.scratch[start:len(s.scratch):len(s.scratch)], ok
}
