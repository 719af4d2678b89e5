package cttest

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"pinwatch/ct"
)

// mold is a TileLeaf from which many are cast that differ where certificates differ.
type mold struct {
	leaf  []byte
	index int // where the 5 bytes of leaf_index are
	chain [][]byte
	spots []spot
}

// spot is what differs: the same bytes at each of the offsets.
type spot struct {
	offsets []int
	length  int
	text    bool // hex digits instead of any bytes
}

// moldName stands for the first label of a mold's names, and is filled with hex digits.
var moldName = strings.Repeat("q", 12)

// molds makes molds of the usual shapes: more precertificates than certificates, with RSA and ECDSA keys and one to
// forty names, from CAs with RSA and ECDSA keys.
func molds() []mold {
	const seed = "mold"
	root := NewRoot("Big Root", seed)
	cas := []*CA{root.Intermediate("Big CA 1", seed), root.IntermediateWith("Big CA 2", NewRSAKey(seed))}
	var out []mold
	for i, names := range []int{1, 2, 1, 2, 3, 2, 1, 40, 2, 1, 2, 5} {
		t := Template{CN: moldName + ".example", Serial: NewStream(fmt.Sprint(seed, i)).Bytes(16)}
		t.Serial[0] = 4
		t.Names = []string{t.CN}
		for n := 1; n < names; n++ {
			t.Names = append(t.Names, fmt.Sprintf("www%d.%s", n, t.CN))
		}
		if i%2 == 0 {
			t.SPKI = StrangerRSA(fmt.Sprint(seed, i), 2048)
		} else {
			t.SPKI = NewKey(fmt.Sprint(seed, i)).SPKI
		}
		issuance := cas[i/2%2].Issue(t)
		leaf := PrecertLeaf(issuance)
		if i%4 == 3 {
			leaf = FinalLeaf(issuance)
		}
		out = append(out, newMold(leaf, &t))
	}
	return out
}

func newMold(leaf Leaf, t *Template) mold {
	leaf.Extensions, leaf.Fingerprints = leafIndex(0), fingerprints(leaf.Chain)
	m := mold{leaf: leaf.tileLeaf(), chain: leaf.Chain}
	var e ct.Entry
	if _, err := e.DecodeTimestamped(m.leaf); err != nil {
		panic(fmt.Sprintf("decode a mold: %v", err))
	}
	m.index = len(e.Timestamped) - 5
	m.spot([]byte(moldName), true)
	m.spot(t.Serial[1:], false)
	m.spot(keyIdentifier(t.SPKI), false)
	if key := field(t.SPKI, 1); len(key) > 256 {
		m.spot(key[len(key)-5-255:len(key)-5-1], false) // an RSA modulus, still odd and as long, before the exponent
	} else {
		m.spot(key[len(key)-64:], false) // an ECDSA point
	}
	signed := leaf.Precert
	if leaf.Type == ct.X509Entry {
		signed = leaf.Cert
		scts := sctList(t.SCTs, encode(2, t.Serial))
		m.spot(scts[len(scts)/2-60:len(scts)/2], false)
		m.spot(scts[len(scts)-60:], false)
	}
	signature := field(signed, 2)
	m.spot(signature[9:], false) // but for the headers
	return m
}

// spot makes a spot of every occurrence of value.
func (m *mold) spot(value []byte, text bool) {
	s := spot{length: len(value), text: text}
	for at := 0; ; {
		i := bytes.Index(m.leaf[at:], value)
		if i < 0 {
			break
		}
		s.offsets = append(s.offsets, at+i)
		at += i + len(value)
	}
	if len(s.offsets) == 0 {
		panic("a mold without what it was made of")
	}
	m.spots = append(m.spots, s)
}

// cast makes the leaf of an index.
func (m *mold) cast(index uint64, stream *Stream) []byte {
	leaf := bytes.Clone(m.leaf)
	binary.BigEndian.PutUint64(leaf, bigTime(index))
	copy(leaf[m.index:], leafIndex(index)[3:])
	for _, s := range m.spots {
		fill := stream.Bytes(s.length)
		if s.text {
			fill = hex.AppendEncode(nil, fill[:s.length/2])
		}
		for _, at := range s.offsets {
			copy(leaf[at:], fill)
		}
	}
	return leaf
}
