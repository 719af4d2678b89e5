package ct

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	ctgo "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"
)

// Promise is what an SCT in a certificate promises: that the log will show the entry of its precertificate (RFC 6962
// section 3.2).
type Promise struct {
	Timestamp     uint64 // milliseconds since the epoch
	IssuerKeyHash [sha256.Size]byte
	TBS           []byte // TBSCertificate without poison and SCT list
	Extensions    []byte // CtExtensions
	Signature     []byte // digitally-signed, algorithm bytes and length included
}

// maxTBS and maxExtensions are what their length prefixes can say (RFC 6962 section 3.4).
const (
	maxTBS        = 1<<24 - 1
	maxExtensions = 1<<16 - 1
)

// Timestamped is the TimestampedEntry that the log promised, byte for byte. It is nil for what fits in no entry.
func (p *Promise) Timestamped() []byte {
	if len(p.TBS) > maxTBS || len(p.Extensions) > maxExtensions {
		return nil
	}
	out := binary.BigEndian.AppendUint64(nil, p.Timestamp)
	out = binary.BigEndian.AppendUint16(out, uint16(PrecertEntry))
	out = append(out, p.IssuerKeyHash[:]...)
	out = append(out, byte(len(p.TBS)>>16), byte(len(p.TBS)>>8), byte(len(p.TBS)))
	out = append(out, p.TBS...)
	out = binary.BigEndian.AppendUint16(out, uint16(len(p.Extensions)))
	return append(out, p.Extensions...)
}

// VerifyPromise checks that the log signed the promise.
func (v *Verifier) VerifyPromise(p *Promise) error {
	entry := p.Timestamped()
	if entry == nil {
		return errors.New("larger than any entry")
	}
	var ds tls.DigitallySigned
	rest, err := tls.Unmarshal(p.Signature, &ds)
	if err != nil || len(rest) > 0 {
		return errors.New("no signature that can be read")
	}
	// What is signed is version, signature type certificate_timestamp, and the entry.
	return v.v.VerifySignature(append([]byte{byte(ctgo.V1), byte(ctgo.CertificateTimestampSignatureType)}, entry...), ds)
}

// ErrNoEntry says that a log has no entry with a leaf hash, by its own word.
var ErrNoEntry = errors.New("the log has no such entry")

// LeafReader is a Reader that knows the leaf hash of any entry.
type LeafReader interface {
	// LeafAt returns the leaf hash of the entry at index, proved against head, which must cover it.
	LeafAt(ctx context.Context, index uint64, head *TreeHead, fresh bool) (Hash, error)
}

// Finder is a Reader that finds entries by their leaf hash.
type Finder interface {
	// Find returns the index of the entry with a leaf hash, proved against head; ErrNoEntry where the log says that there
	// is none.
	Find(ctx context.Context, leaf Hash, head *TreeHead) (uint64, error)
}

// EntriesOf is the Reader that entries come from: r itself, unless it has the heads of another source.
func EntriesOf(r Reader) Reader {
	if h, ok := r.(headsOf); ok {
		return h.Reader
	}
	return r
}
