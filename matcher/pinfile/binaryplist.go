package pinfile

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"
)

// The marks of a binary property list. It begins with bplistHead, objects follow, then a table of their offsets, and
// 32 bytes of trailer: 6 unused, the sizes of an offset and of a reference, and as 64-bit numbers the count of objects,
// the reference of the root, and the offset of the table.
const (
	bplistHead    = "bplist00"
	bplistTrailer = 32
)

// bplist reads a binary property list. Every object may be referred to by many; nodes are counted each time they are
// reached, so that a small file cannot stand for a huge document, nor one that holds itself for an endless one.
type bplist struct {
	data    []byte // without the trailer
	offsets []byte // the table
	offSize int
	refSize int
	objects uint64
	nodes   int
	chars   int // bytes of text so far
}

// binaryPlist reads a property list as Xcode puts it into an app.
func (r *reader) binaryPlist(data []byte) error {
	n, err := parseBinaryPlist(data)
	if err != nil {
		return r.fail(Unreadable, 0, "", "%s", err.text)
	}
	return r.dictionary(n)
}

func parseBinaryPlist(data []byte) (*node, *syntaxError) {
	if len(data) < len(bplistHead)+bplistTrailer || !bytes.HasPrefix(data, []byte(bplistHead)) {
		return nil, syntax(0, "the binary property list is cut short, or of another version than 00")
	}
	body, trailer := data[:len(data)-bplistTrailer], data[len(data)-bplistTrailer:]
	p := &bplist{
		data: body, offSize: int(trailer[6]), refSize: int(trailer[7]),
		objects: binary.BigEndian.Uint64(trailer[8:]),
	}
	root, table := binary.BigEndian.Uint64(trailer[16:]), binary.BigEndian.Uint64(trailer[24:])
	if p.offSize < 1 || p.offSize > 8 || p.refSize < 1 || p.refSize > 8 ||
		table > uint64(len(body)) || p.objects > (uint64(len(body))-table)/uint64(p.offSize) {
		return nil, syntax(0, "the trailer of the binary property list does not fit the file")
	}
	p.offsets = body[table:]
	return p.object(root, 0)
}

// bigEndian reads a number of up to 8 bytes.
func bigEndian(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// object reads the object with a reference.
func (p *bplist) object(ref uint64, depth int) (*node, *syntaxError) {
	if p.nodes++; p.nodes > maxNodes || depth > maxDepth {
		return nil, syntax(0, "the property list has more than %d values, or more than %d in each other", maxNodes, maxDepth)
	}
	if ref >= p.objects {
		return nil, syntax(0, "the property list refers to object %d of %d", ref, p.objects)
	}
	at := bigEndian(p.offsets[int(ref)*p.offSize:][:p.offSize])
	if at >= uint64(len(p.data)) {
		return nil, syntax(0, "object %d lies outside of the property list", ref)
	}
	mark, rest := p.data[at], p.data[at+1:]
	if mark>>4 == 0xd || mark>>4 == 0xa {
		return p.collection(mark, rest, depth)
	}
	return p.scalar(mark, rest)
}

// count reads the count behind a mark: its low four bits, or a number that follows if they are all set.
func count(mark byte, rest []byte) (n uint64, after []byte, err *syntaxError) {
	if mark&0xf != 0xf {
		return uint64(mark & 0xf), rest, nil
	}
	if len(rest) == 0 || rest[0]>>4 != 1 || rest[0]&0xf > 3 || len(rest) < 1+1<<(rest[0]&0xf) {
		return 0, nil, syntax(0, "a count in the property list cannot be read")
	}
	size := 1 << (rest[0] & 0xf)
	return bigEndian(rest[1 : 1+size]), rest[1+size:], nil
}

// take gives n units of a size from rest.
func take(rest []byte, n uint64, size int) ([]byte, *syntaxError) {
	if n > uint64(len(rest)/size) {
		return nil, syntax(0, "the property list is cut short in an object")
	}
	return rest[:int(n)*size], nil
}

func (p *bplist) collection(mark byte, rest []byte, depth int) (*node, *syntaxError) {
	n, rest, err := count(mark, rest)
	if err != nil {
		return nil, err
	}
	size := p.refSize
	if mark>>4 == 0xd {
		size *= 2 // all keys, then all values
	}
	refs, err := take(rest, n, size)
	if err != nil {
		return nil, err
	}
	var values []*node
	for i := 0; i < len(refs); i += p.refSize {
		v, err := p.object(bigEndian(refs[i:][:p.refSize]), depth+1)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	if mark>>4 == 0xa {
		return &node{kind: isArray, items: values}, nil
	}
	members := make([]member, n)
	for i := range members {
		if !values[i].is(isText) {
			return nil, syntax(0, "a key of a dictionary is not a text")
		}
		members[i] = member{values[i].text, 0, values[int(n)+i]}
	}
	return dict(0, members)
}

func (p *bplist) scalar(mark byte, rest []byte) (*node, *syntaxError) {
	switch {
	case mark == 0x08 || mark == 0x09:
		return &node{kind: isBool, yes: mark == 0x09}, nil
	case mark>>4 == 1 && mark&0xf <= 3:
		return bplistNumber(rest, 1<<(mark&0xf))
	case mark == 0x33:
		return bplistDate(rest)
	case mark>>4 == 5 || mark>>4 == 6:
		return p.string(mark, rest)
	}
	return &node{kind: isOther}, nil // null, a number with a fraction, bytes, a UID, a set: none of them holds a pin
}

func bplistNumber(rest []byte, size int) (*node, *syntaxError) {
	b, err := take(rest, 1, size)
	if err != nil {
		return nil, err
	}
	text := "0"
	if bigEndian(b) != 0 {
		text = "1" // nothing but its truth is ever asked for
	}
	return &node{kind: isNumber, text: text}, nil
}

// epoch2001 is the beginning of 2001, from which Apple counts seconds.
const epoch2001 = 978307200

func bplistDate(rest []byte) (*node, *syntaxError) {
	b, err := take(rest, 1, 8)
	if err != nil {
		return nil, err
	}
	n := &node{kind: isOther}
	if seconds := math.Float64frombits(bigEndian(b)); math.Abs(seconds) < 1e11 {
		n.text = time.Unix(epoch2001+int64(seconds), 0).UTC().Format(time.RFC3339)
	}
	return n, nil
}

// string reads a text of ASCII or UTF-16.
func (p *bplist) string(mark byte, rest []byte) (*node, *syntaxError) {
	n, rest, err := count(mark, rest)
	if err != nil {
		return nil, err
	}
	size := 1
	if mark>>4 == 6 {
		size = 2
	}
	b, err := take(rest, n, size)
	if err != nil {
		return nil, err
	}
	if p.chars += len(b); p.chars > maxFile {
		return nil, syntax(0, "the texts of the property list come to more than %d bytes", maxFile)
	}
	if size == 2 {
		b = utf16Text(b, binary.BigEndian)
	}
	return &node{kind: isText, text: string(b)}, nil
}
