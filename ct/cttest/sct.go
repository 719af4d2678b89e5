package cttest

import (
	"bytes"
	"errors"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// errNoLeaf is what a log says that has no entry with a leaf hash.
var errNoLeaf = errors.New("no such leaf hash")

// Promise signs an SCT for the precertificate of an issuance (RFC 6962 section 3.2), with the log's time and as the next
// entry. The log keeps the promise if the leaf is added next; nothing makes it do so.
func (l *Log) Promise(i *Issuance) (sct []byte, leaf Leaf) {
	leaf = PrecertLeaf(i)
	l.mu.Lock()
	defer l.mu.Unlock()
	leaf.Timestamp = uint64(l.tick(time.Second).UnixMilli())
	if !l.config.RFC6962 {
		leaf.Extensions = leafIndex(uint64(len(l.leaves)))
	}
	return l.config.Key.SignSCT(&leaf), leaf
}

// SignSCT signs an SCT for the precert_entry that a leaf is.
func (k *Key) SignSCT(leaf *Leaf) []byte {
	signed := cryptobyte.NewBuilder([]byte{0, 0}) // v1, certificate_timestamp
	leaf.timestamped(signed)
	id := k.Hash()
	b := cryptobyte.NewBuilder([]byte{0}) // v1
	b.AddBytes(id[:])
	b.AddUint64(leaf.Timestamp)
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(leaf.Extensions) })
	b.AddBytes(k.digitallySigned(signed.BytesOrPanic()))
	return b.BytesOrPanic()
}

// Finish gives an issuance another final certificate, with these SCTs.
func (ca *CA) Finish(i *Issuance, scts ...[]byte) {
	var list cryptobyte.Builder
	list.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, sct := range scts {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(sct) })
		}
	})
	extension := Extension{ID: oidSCTList, Value: encode(der.OCTET_STRING, list.BytesOrPanic())}
	const wrapper = 7 // the place of the extensions among the fields of a TBSCertificate
	wrapped := cryptobyte.String(field(i.TBS, wrapper))
	var inner, old cryptobyte.String
	if !wrapped.ReadASN1(&inner, der.Tag(3).ContextSpecific().Constructed()) || !inner.ReadASN1(&old, der.SEQUENCE) {
		panic("finish a certificate without extensions")
	}
	var fields [][]byte
	for at := range wrapper {
		fields = append(fields, field(i.TBS, at))
	}
	more := sequence(old, extension.encode())
	fields = append(fields, encode(der.Tag(3).ContextSpecific().Constructed(), more))
	i.Final = ca.Key.sign(sequence(bytes.Join(fields, nil)))
}
