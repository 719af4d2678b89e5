package certscan

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// SCT is a SignedCertificateTimestamp (RFC 6962 section 3.2) as it stands in an SCT list. Its slices point into the
// list.
type SCT struct {
	Raw        []byte
	LogID      [sha256.Size]byte
	Timestamp  uint64 // milliseconds since the epoch
	Extensions []byte // CtExtensions
	Signature  []byte // digitally-signed, algorithm bytes and length included
}

// MaxSCTs bounds how many SCTs of a list are read. Browsers ask for two or three; CAs give a handful.
const MaxSCTs = 32

var (
	errSCTList = errors.New("not an SCT list")
	errSCTs    = fmt.Errorf("more than %d SCTs", MaxSCTs)
)

// SCTs reads the SCT list of a certificate: Certificate.SCTList, an OCTET STRING that holds a
// SignedCertificateTimestampList (RFC 6962 section 3.3). What could be read is returned also where there is an error: the
// list is broken from there on, or holds what is no SCT of version 1, which is passed over.
func SCTs(list []byte) ([]SCT, error) {
	tag, body, rest, ok := next(list)
	if tag != tagOctetString || !ok || len(rest) > 0 {
		return nil, errSCTList
	}
	body, rest, ok = cutOpaque(body)
	if !ok || len(rest) > 0 {
		return nil, errSCTList
	}
	var out []SCT
	var failed error
	for n := 1; len(body) > 0; n++ {
		if n > MaxSCTs {
			return out, errSCTs
		}
		var raw []byte
		if raw, body, ok = cutOpaque(body); !ok {
			return out, fmt.Errorf("SCT %d is cut off", n)
		}
		sct, err := readSCT(raw)
		if err == nil {
			out = append(out, sct)
		} else if failed == nil {
			failed = fmt.Errorf("SCT %d %w", n, err)
		}
	}
	return out, failed
}

// readSCT reads a SerializedSCT.
func readSCT(raw []byte) (SCT, error) {
	const fixed = 1 + sha256.Size + 8 // version, log ID, timestamp
	if len(raw) == 0 || raw[0] != 0 {
		return SCT{}, errors.New("is not of version 1")
	}
	if len(raw) < fixed {
		return SCT{}, errors.New("is cut off")
	}
	s := SCT{Raw: raw, LogID: [sha256.Size]byte(raw[1:]), Timestamp: binary.BigEndian.Uint64(raw[1+sha256.Size:])}
	var ok bool
	if s.Extensions, s.Signature, ok = cutOpaque(raw[fixed:]); !ok {
		return SCT{}, errors.New("is cut off in its extensions")
	}
	if len(s.Signature) < 4 || len(s.Signature)-4 != int(binary.BigEndian.Uint16(s.Signature[2:])) {
		return SCT{}, errors.New("has no signature that can be read")
	}
	return s, nil
}

// LeafIndex is where the log says that the entry will be (static-ct-api, "SCT Extension"): 40 bits. ok is false where
// the SCT does not say so, as those of logs of RFC 6962.
func (s *SCT) LeafIndex() (index uint64, ok bool) {
	const leafIndex = 0 // ExtensionType
	for rest := s.Extensions; len(rest) > 0; {
		kind := rest[0]
		var data []byte
		if data, rest, ok = cutOpaque(rest[1:]); !ok {
			return 0, false
		}
		if kind == leafIndex && len(data) == 5 {
			return uint64(data[0])<<32 | uint64(binary.BigEndian.Uint32(data[1:])), true
		}
	}
	return 0, false
}

// cutOpaque takes a TLS opaque<0..2^16-1> from the front of b.
func cutOpaque(b []byte) (value, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if len(b)-2 < n {
		return nil, nil, false
	}
	return b[2 : 2+n : 2+n], b[2+n:], true
}
