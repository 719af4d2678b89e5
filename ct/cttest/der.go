package cttest

import (
	"encoding/asn1"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// encode writes one TLV of the given tag around the concatenated parts.
func encode(tag der.Tag, parts ...[]byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag, func(b *cryptobyte.Builder) {
		for _, part := range parts {
			b.AddBytes(part)
		}
	})
	return b.BytesOrPanic()
}

func sequence(parts ...[]byte) []byte { return encode(der.SEQUENCE, parts...) }

func encodeOID(oid asn1.ObjectIdentifier) []byte {
	var b cryptobyte.Builder
	b.AddASN1ObjectIdentifier(oid)
	return b.BytesOrPanic()
}

func bitString(value []byte) []byte { return encode(der.BIT_STRING, []byte{0}, value) }

// encodeTime writes a Time as RFC 5280 section 4.1.2.5 wants it: UTCTime up to the year 2049, then GeneralizedTime.
func encodeTime(t time.Time) []byte {
	t = t.UTC()
	if y := t.Year(); y >= 1950 && y < 2050 {
		return encode(der.UTCTime, []byte(t.Format("060102150405Z")))
	}
	return encode(der.GeneralizedTime, []byte(t.Format("20060102150405Z")))
}

// Attribute is one attribute of a Name, with a value in a string type of the caller's choice.
type Attribute struct {
	Type  asn1.ObjectIdentifier
	Tag   int // asn1.TagUTF8String, ...
	Value []byte
}

// CommonName is a commonName attribute with a UTF8String.
func CommonName(cn string) Attribute {
	return Attribute{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Tag: asn1.TagUTF8String, Value: []byte(cn)}
}

// EncodeName writes a Name: each attribute is a relative distinguished name of its own.
func EncodeName(attributes ...Attribute) []byte {
	var rdns [][]byte
	for _, a := range attributes {
		rdns = append(rdns, encode(der.SET, sequence(encodeOID(a.Type), encode(der.Tag(a.Tag), a.Value))))
	}
	return sequence(rdns...)
}

// caName is the Name of a CA: country, organisation, common name.
func caName(organisation, cn string) []byte {
	return EncodeName(
		Attribute{asn1.ObjectIdentifier{2, 5, 4, 6}, asn1.TagPrintableString, []byte("XX")},
		Attribute{asn1.ObjectIdentifier{2, 5, 4, 10}, asn1.TagUTF8String, []byte(organisation)},
		CommonName(cn),
	)
}

// Extension is one certificate extension.
type Extension struct {
	ID       asn1.ObjectIdentifier
	Critical bool
	Value    []byte // what the OCTET STRING holds
}

func (e Extension) encode() []byte {
	var critical []byte
	if e.Critical {
		critical = encode(der.BOOLEAN, []byte{0xff})
	}
	return sequence(encodeOID(e.ID), critical, encode(der.OCTET_STRING, e.Value))
}

// tbs holds the encoded fields of a TBSCertificate (RFC 5280 section 4.1.2).
type tbs struct {
	serial, algorithm, issuer, validity, subject, spki []byte
}

// encode writes a version 3 TBSCertificate. Without extensions the field is left out.
func (t *tbs) encode(extensions []Extension) []byte {
	var list []byte
	for _, e := range extensions {
		list = append(list, e.encode()...)
	}
	if len(list) > 0 {
		list = encode(der.Tag(3).ContextSpecific().Constructed(), sequence(list))
	}
	version := encode(der.Tag(0).ContextSpecific().Constructed(), encode(der.INTEGER, []byte{2}))
	return sequence(version, t.serial, t.algorithm, t.issuer, t.validity, t.subject, t.spki, list)
}

// sign makes a Certificate of a TBSCertificate.
func (k *Key) sign(tbs []byte) []byte { return sequence(tbs, k.algorithm(), bitString(k.Sign(tbs))) }

// field returns the i-th element, header included, of the SEQUENCE that raw is.
func field(raw []byte, i int) []byte {
	outer := cryptobyte.String(raw)
	var inner, element cryptobyte.String
	if !outer.ReadASN1(&inner, der.SEQUENCE) {
		panic("field of what is no SEQUENCE")
	}
	for range i + 1 {
		var tag der.Tag
		if !inner.ReadAnyASN1Element(&element, &tag) {
			panic(fmt.Sprintf("no field %d", i))
		}
	}
	return element
}
