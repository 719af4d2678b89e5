package cttest

import (
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/crypto/cryptobyte"

	"pinwatch/ct"
)

// Leaf is one entry of a Log. What is left empty the Log fills in when the leaf is added.
type Leaf struct {
	Type          ct.EntryType
	Timestamp     uint64 // milliseconds since the epoch; default: the log's clock
	Cert          []byte // the certificate of an x509_entry, the TBSCertificate of a precert_entry
	IssuerKeyHash [sha256.Size]byte
	Extensions    []byte // CtExtensions; default: leaf_index, or nothing in a log of RFC 6962
	Precert       []byte // pre_certificate of a precert_entry
	Chain         [][]byte
	Fingerprints  []byte // static certificate_chain; default: that of Chain

	// Input is leaf_input, byte for byte, instead of what Type to Extensions say. It may be no MerkleTreeLeaf at all.
	// It is for logs of RFC 6962: tiles do not show it.
	Input []byte
}

// FinalLeaf is the x509_entry of an issuance.
func FinalLeaf(i *Issuance) Leaf {
	return Leaf{Type: ct.X509Entry, Cert: i.Final, Chain: i.Chain}
}

// PrecertLeaf is the precert_entry of an issuance.
func PrecertLeaf(i *Issuance) Leaf {
	return Leaf{
		Type: ct.PrecertEntry, Cert: i.TBS, IssuerKeyHash: i.IssuerKeyHash,
		Precert: i.Precert, Chain: i.PrecertChain,
	}
}

// leafIndex writes CtExtensions with nothing but leaf_index, a 40-bit integer (static-ct-api, "SCT Extension").
func leafIndex(index uint64) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], index)
	return append([]byte{0, 0, 5}, b[3:]...)
}

// timestamped writes TimestampedEntry (RFC 6962 section 3.4). The body of a type that does not exist is written like
// an x509_entry.
func (l *Leaf) timestamped(b *cryptobyte.Builder) {
	b.AddUint64(l.Timestamp)
	b.AddUint16(uint16(l.Type))
	if l.Type == ct.PrecertEntry {
		b.AddBytes(l.IssuerKeyHash[:])
	}
	opaque24(b, l.Cert)
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(l.Extensions) })
}

// merkleTreeLeaf writes MerkleTreeLeaf (RFC 6962 section 3.4): what is hashed, and leaf_input of get-entries.
func (l *Leaf) merkleTreeLeaf() []byte {
	if l.Input != nil {
		return l.Input
	}
	b := cryptobyte.NewBuilder([]byte{0, 0}) // v1, timestamped_entry
	l.timestamped(b)
	return b.BytesOrPanic()
}

// tileLeaf writes TileLeaf (static-ct-api, "Log entries").
func (l *Leaf) tileLeaf() []byte {
	var b cryptobyte.Builder
	l.timestamped(&b)
	if l.Type == ct.PrecertEntry {
		opaque24(&b, l.Precert)
	}
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(l.Fingerprints) })
	return b.BytesOrPanic()
}

// extraData writes extra_data of get-entries: certificate_chain of an x509_entry, PrecertChainEntry of a precert_entry
// (RFC 6962 sections 3.1 and 4.6).
func (l *Leaf) extraData() []byte {
	var b cryptobyte.Builder
	if l.Type == ct.PrecertEntry {
		opaque24(&b, l.Precert)
	}
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, der := range l.Chain {
			opaque24(b, der)
		}
	})
	return b.BytesOrPanic()
}

func opaque24(b *cryptobyte.Builder, value []byte) {
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(value) })
}

// fingerprints are the SHA-256 hashes of a chain, one behind the other.
func fingerprints(chain [][]byte) []byte {
	var out []byte
	for _, der := range chain {
		sum := sha256.Sum256(der)
		out = append(out, sum[:]...)
	}
	return out
}
