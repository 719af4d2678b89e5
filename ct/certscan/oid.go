package certscan

// Object identifiers, as the contents octets of their DER.
const (
	oidCommonName   = "\x55\x04\x03"                         // 2.5.4.3
	oidEmailAddress = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01" // 1.2.840.113549.1.9.1

	oidKeyUsage         = "\x55\x1d\x0f" // 2.5.29.15
	oidSubjectAltName   = "\x55\x1d\x11" // 2.5.29.17
	oidBasicConstraints = "\x55\x1d\x13" // 2.5.29.19
	oidExtKeyUsage      = "\x55\x1d\x25" // 2.5.29.37

	oidSCTList           = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02" // 1.3.6.1.4.1.11129.2.4.2, RFC 6962 section 3.3
	oidPoison            = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x03" // 1.3.6.1.4.1.11129.2.4.3, section 3.1
	oidPrecertificateEKU = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x04" // 1.3.6.1.4.1.11129.2.4.4, section 3.1
)

// odd says whether an OID may be one of the three-octet ones above in a disguise that fold removes.
func odd(oid []byte) bool {
	return len(oid) > 3 && (oid[0] == oidCommonName[0] || oid[0] >= 0x80)
}

// fold reads an OID as the most careless clients have done: padding (0x80) in front of an arc is dropped and arcs are
// taken modulo 2^32, so that 2.5.4.03 and 2.5.4.4294967299 are commonName (Kaminsky, Patterson, Sassaman: PKI Layer
// Cake, 2010). The answer is zero, which is none of the above, unless it is three octets exactly.
func fold(oid []byte) (short [3]byte) {
	n, arc := 0, uint32(0)
	for _, o := range oid {
		arc = arc<<7 | uint32(o&0x7f)
		if o >= 0x80 {
			continue
		}
		if arc > 0x7f || n == len(short) {
			return [3]byte{}
		}
		short[n] = byte(arc)
		n, arc = n+1, 0
	}
	if n < len(short) {
		return [3]byte{}
	}
	return short
}
