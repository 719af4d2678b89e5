package certscan

// extensions reads the contents of [3]: a SEQUENCE OF Extension (RFC 5280 section 4.1.2.9).
func (s *Scanner) extensions(b []byte) {
	c := &s.cert
	tag, list, rest, ok := next(b)
	if tag != tagSequence || !ok || len(rest) > 0 {
		c.Problems |= BadExtensions
	}
	if tag != tagSequence {
		return
	}
	for len(list) > 0 {
		tag, body, rest, ok := next(list)
		list = rest
		if !ok {
			c.Problems |= BadExtensions
		}
		if tag != tagSequence {
			c.Problems |= BadExtension
			continue
		}
		s.extension(body)
	}
}

// extension reads the contents of one Extension. Extensions that say nothing to a watcher are passed over by their
// OID.
func (s *Scanner) extension(b []byte) {
	c := &s.cert
	tag, oid, rest, ok := next(b)
	if tag != tagOID || !ok {
		c.Problems |= BadExtension
		return
	}
	if odd(oid) {
		short := fold(oid)
		oid = short[:]
	}
	switch string(oid) {
	case oidSubjectAltName:
		s.subjectAltName(rest)
	case oidBasicConstraints:
		s.basicConstraints(rest)
	case oidKeyUsage:
		s.keyUsage(rest)
	case oidExtKeyUsage:
		s.extKeyUsage(rest)
	case oidPoison:
		c.Poison = true
		s.extensionValue(rest, BadSCT)
	case oidSCTList:
		c.SCTList = s.extensionValue(rest, BadSCT)
	}
}

// extensionValue reads what follows extnID: critical, which may be left out, and extnValue, whose octets it returns.
// p is the problem if that is not what stands there.
func (s *Scanner) extensionValue(b []byte, p Problem) []byte {
	c := &s.cert
	tag, body, rest, ok := next(b)
	if tag == tagBoolean {
		tag, body, rest, ok = next(rest)
	}
	if tag&^constructed != tagOctetString {
		c.Problems |= p
		return nil
	}
	value, whole := s.whole(tag, body)
	if !ok || !whole || len(rest) > 0 {
		c.Problems |= p
	}
	return value
}

// sequence returns the contents of the one SEQUENCE that b holds. p is the problem if it does not.
func (c *Certificate) sequence(b []byte, p Problem) []byte {
	tag, body, rest, ok := next(b)
	if tag != tagSequence || !ok || len(rest) > 0 {
		c.Problems |= p
	}
	if tag != tagSequence {
		return nil
	}
	return body
}

func (s *Scanner) subjectAltName(b []byte) {
	s.generalNames(s.cert.sequence(s.extensionValue(b, BadSAN), BadSAN))
}

// basicConstraints reads cA (RFC 5280 section 4.2.1.9). Any BOOLEAN that is not zero is TRUE, as in BER.
func (s *Scanner) basicConstraints(b []byte) {
	c := &s.cert
	body := c.sequence(s.extensionValue(b, BadUsage), BadUsage)
	if len(body) == 0 || body[0] != tagBoolean {
		return
	}
	_, value, _, ok := next(body)
	if !ok || len(value) != 1 {
		c.Problems |= BadUsage
	}
	for _, o := range value {
		c.CA = c.CA || o != 0
	}
}

// keyUsage reads keyCertSign, bit 5 of the BIT STRING (RFC 5280 section 4.2.1.3).
func (s *Scanner) keyUsage(b []byte) {
	c := &s.cert
	tag, bits, rest, ok := next(s.extensionValue(b, BadUsage))
	if tag != tagBitString || !ok || len(bits) == 0 || len(rest) > 0 {
		c.Problems |= BadUsage
		return
	}
	if len(bits) > 1 && bits[1]&(0x80>>5) != 0 { // bits[0] counts the unused bits
		c.CertSign = true
	}
}

// extKeyUsage looks for the key purpose of precertificate signing certificates among the KeyPurposeIds.
func (s *Scanner) extKeyUsage(b []byte) {
	c := &s.cert
	purposes := c.sequence(s.extensionValue(b, BadUsage), BadUsage)
	for len(purposes) > 0 {
		tag, oid, rest, ok := next(purposes)
		purposes = rest
		if tag != tagOID || !ok {
			c.Problems |= BadUsage
			return
		}
		if string(oid) == oidPrecertificateEKU {
			c.PrecertSigner = true
		}
	}
}
