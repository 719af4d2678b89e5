package certscan

// Kind says where a name stands.
type Kind byte

// The kinds of names.
const (
	DNSName    Kind = iota + 1 // dNSName of a subjectAltName
	IPAddress                  // iPAddress of a subjectAltName
	Email                      // rfc822Name of a subjectAltName, or emailAddress of the subject
	URI                        // uniformResourceIdentifier of a subjectAltName
	CommonName                 // commonName of the subject
)

// String is the word of RFC 5280 for the kind.
func (k Kind) String() string {
	switch k {
	case DNSName:
		return "dNSName"
	case IPAddress:
		return "iPAddress"
	case Email:
		return "rfc822Name"
	case URI:
		return "uniformResourceIdentifier"
	case CommonName:
		return "commonName"
	}
	return "unknown"
}

// Name is one name of the subject.
type Name struct {
	Kind Kind
	// Tag is the identifier octet as written: of the GeneralName, or of the string of an attribute.
	Tag byte
	// Value is the text or the address: the octets as written, of any length and content. But BMPString and
	// UniversalString are turned into UTF-8, and a TeletexString that is not ASCII makes two names: one as written,
	// one turned from Latin-1 into UTF-8.
	Value []byte
}

// MaxNames bounds the names read from one certificate. It is more than 2 MB can hold.
const MaxNames = 1 << 20

// addName appends a name, up to MaxNames.
func (s *Scanner) addName(kind Kind, tag byte, value []byte) {
	c := &s.cert
	if len(c.Names) >= MaxNames {
		c.Problems |= TooManyNames
		return
	}
	c.Names = append(c.Names, Name{kind, tag, value})
}

// subject reads the names in the contents of a Name (RFC 5280 section 4.1.2.4).
func (s *Scanner) subject(rdns []byte) {
	c := &s.cert
	for len(rdns) > 0 {
		tag, rdn, rest, ok := next(rdns)
		rdns = rest
		if tag != tagSet || !ok {
			c.Problems |= BadSubject
		}
		for len(rdn) > 0 {
			tag, attribute, rest, ok := next(rdn)
			rdn = rest
			if tag != tagSequence || !ok {
				c.Problems |= BadSubject
			}
			s.attribute(attribute)
		}
	}
}

// attribute reads the contents of one AttributeTypeAndValue. Should it hold several values, all are taken.
func (s *Scanner) attribute(b []byte) {
	c := &s.cert
	tag, oid, values, ok := next(b)
	if tag != tagOID || !ok {
		c.Problems |= BadSubject
		return
	}
	kind := attributeKind(oid)
	if kind == 0 {
		return
	}
	if len(values) == 0 {
		c.Problems |= BadName
	}
	for len(values) > 0 {
		tag, body, rest, ok := next(values)
		values = rest
		if !ok { // half a name would be another name
			c.Problems |= BadName
			return
		}
		s.attributeValue(kind, tag, body)
	}
}

// attributeKind is the kind of name that an attribute type stands for, 0 for none.
func attributeKind(oid []byte) Kind {
	if odd(oid) {
		short := fold(oid)
		oid = short[:]
	}
	switch string(oid) {
	case oidCommonName:
		return CommonName
	case oidEmailAddress:
		return Email
	}
	return 0
}

// attributeValue adds the name that a string of the subject is.
func (s *Scanner) attributeValue(kind Kind, tag byte, body []byte) {
	value, ok := s.whole(tag, body)
	start := len(s.scratch)
	switch tag &^ constructed {
	case tagTeletexString:
		if isASCII(value) {
			break
		}
		// What TeletexString holds is Latin-1 to most clients, but the bytes as they are to some.
		s.addName(kind, tag, value)
		s.scratch = appendLatin1(s.scratch, value)
		value = s.scratch[start:len(s.scratch):len(s.scratch)]
	case tagBMPString, tagUniversalString:
		var whole bool
		s.scratch, whole = appendWide(s.scratch, tag&^constructed, value)
		ok = ok && whole
		value = s.scratch[start:len(s.scratch):len(s.scratch)]
	default:
		if !isString(tag &^ constructed) {
			ok = false
		}
	}
	if !ok {
		s.cert.Problems |= BadName
	}
	s.addName(kind, tag, value)
}

// generalNames reads the contents of a subjectAltName (RFC 5280 section 4.2.1.6). The kind of a name follows from the
// number of its tag: certificates with a tag of another class exist, and clients that do not look at the class.
func (s *Scanner) generalNames(b []byte) {
	c := &s.cert
	for len(b) > 0 {
		tag, body, rest, ok := next(b)
		b = rest
		if !ok { // half a name would be another name
			c.Problems |= BadSAN
			return
		}
		var kind Kind
		switch tag & tagNumber {
		case 1:
			kind = Email
		case 2:
			kind = DNSName
		case 6:
			kind = URI
		case 7:
			kind = IPAddress
		case 0, 3, 4, 5, 8:
			continue // otherName, x400Address, directoryName, ediPartyName, registeredID
		default:
			c.Problems |= BadName
			continue
		}
		value, ok := s.whole(tag, body)
		if !ok {
			c.Problems |= BadName
		}
		s.addName(kind, tag, value)
		if tag&constructed != 0 { // some clients do not look at that bit, and take the pieces for the name
			s.addName(kind, tag, body)
		}
	}
}
