package ct

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
)

// EntryType is LogEntryType of RFC 6962 section 3.1.
type EntryType uint16

// The entry types that exist. An entry of any other type cannot be decoded: its length is unknown.
const (
	X509Entry    EntryType = 0
	PrecertEntry EntryType = 1
)

// String is the word for the type in findings.
func (t EntryType) String() string {
	switch t {
	case X509Entry:
		return "x509"
	case PrecertEntry:
		return "precert"
	}
	return fmt.Sprintf("type %d", uint16(t))
}

// Entry is one log entry, decoded in place: its slices point into the buffer of its Batch and live no longer than
// that.
type Entry struct {
	Index     uint64
	Timestamp uint64 // milliseconds since the epoch
	Type      EntryType

	// Timestamped is the TimestampedEntry of RFC 6962 section 3.4, byte for byte what the leaf hash covers (behind
	// the two bytes of version and leaf type). It is nil for an entry that cannot be decoded.
	Timestamped []byte
	// Leaf is the whole MerkleTreeLeaf of an entry that cannot be decoded (another version or type, bytes missing or
	// left over), nil for any other. Index is then the only other field that counts.
	Leaf []byte
	// Cert is the certificate of an x509_entry, the TBSCertificate of a precert_entry.
	Cert []byte
	// IssuerKeyHash is the 32 byte issuer_key_hash of a precert_entry, nil for an x509_entry.
	IssuerKeyHash []byte
	// Extensions is CtExtensions; static-ct-api puts leaf_index there.
	Extensions []byte

	// The leaf hash covers nothing below: a log can lie about it without being caught, so what is decided by it must
	// be checked in another way (a fingerprint, a signature).

	// Precert is pre_certificate as submitted, for a static precert_entry.
	Precert []byte
	// Fingerprints are the SHA-256 hashes of the chain, issuer first, 32 bytes each, for a static log.
	Fingerprints []byte
	// ExtraData is extra_data of RFC 6962 section 4.6, still base64: few entries ever need it.
	ExtraData []byte
}

// Time is the entry's timestamp.
func (e *Entry) Time() time.Time { return time.UnixMilli(int64(min(e.Timestamp, maxMillis))).UTC() }

// maxMillis keeps absurd timestamps inside what RFC 3339 can write (year 9999).
const maxMillis = 253402300799999

// LeafHash is the hash of the entry as a leaf of the Merkle tree. It is right for entries that cannot be decoded, too.
func (e *Entry) LeafHash() Hash {
	if e.Leaf == nil {
		return LeafHash(e.Timestamped)
	}
	d := sha256.New()
	d.Write([]byte{0})
	d.Write(e.Leaf)
	return Hash(d.Sum(nil))
}

// Submission is what was sent to the log for an entry, as far as the log still shows it.
type Submission struct {
	// Cert is the DER of the certificate or precertificate as submitted.
	Cert []byte
	// Chain is the submitted chain without Cert, issuer first. A precertificate signing certificate, where there is
	// one, comes first. An element whose bytes the log does not serve is nil.
	Chain [][]byte
}

// Batch is a run of consecutive entries.
type Batch struct {
	Entries []Entry
	release func()
}

// NewBatch makes a batch of entries; release, which may be nil, takes their buffer back.
func NewBatch(entries []Entry, release func()) *Batch {
	return &Batch{Entries: entries, release: release}
}

// Release says that the entries are no longer used and their buffer may serve another batch.
func (b *Batch) Release() {
	if b.release != nil {
		b.release()
		b.release = nil
	}
	b.Entries = nil
}

var errShort = errors.New("entry ends early")

// DecodeTimestamped reads one TimestampedEntry (RFC 6962 section 3.4) from the front of data into e, in place, and
// returns what follows it. e.Index and what the leaf hash does not cover are left as they are.
func (e *Entry) DecodeTimestamped(data []byte) (rest []byte, err error) {
	if len(data) < 10 {
		return nil, errShort
	}
	e.Timestamp = uint64(data[0])<<56 | uint64(data[1])<<48 | uint64(data[2])<<40 | uint64(data[3])<<32 |
		uint64(data[4])<<24 | uint64(data[5])<<16 | uint64(data[6])<<8 | uint64(data[7])
	e.Type = EntryType(uint16(data[8])<<8 | uint16(data[9]))
	rest = data[10:]
	e.IssuerKeyHash = nil
	switch e.Type {
	case X509Entry:
	case PrecertEntry:
		if len(rest) < sha256.Size {
			return nil, errShort
		}
		e.IssuerKeyHash, rest = rest[:sha256.Size:sha256.Size], rest[sha256.Size:]
	default:
		return nil, fmt.Errorf("unknown entry type %d", uint16(e.Type))
	}
	var ok bool
	if e.Cert, rest, ok = CutOpaque24(rest); !ok {
		return nil, errShort
	}
	if e.Extensions, rest, ok = CutOpaque16(rest); !ok {
		return nil, errShort
	}
	n := len(data) - len(rest)
	e.Timestamped = data[:n:n]
	return rest, nil
}

// CutOpaque24 takes a TLS opaque<0..2^24-1> from the front of data.
func CutOpaque24(data []byte) (value, rest []byte, ok bool) {
	if len(data) < 3 {
		return nil, nil, false
	}
	n := int(data[0])<<16 | int(data[1])<<8 | int(data[2])
	if len(data)-3 < n {
		return nil, nil, false
	}
	return data[3 : 3+n : 3+n], data[3+n:], true
}

// CutOpaque16 takes a TLS opaque<0..2^16-1> from the front of data.
func CutOpaque16(data []byte) (value, rest []byte, ok bool) {
	if len(data) < 2 {
		return nil, nil, false
	}
	n := int(data[0])<<8 | int(data[1])
	if len(data)-2 < n {
		return nil, nil, false
	}
	return data[2 : 2+n : 2+n], data[2+n:], true
}
