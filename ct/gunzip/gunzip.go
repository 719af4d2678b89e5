package gunzip

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// What can be wrong with the input, other than that it ends early, which is io.ErrUnexpectedEOF.
var (
	ErrHeader   = errors.New("not gzip")
	ErrCorrupt  = errors.New("corrupt gzip")
	ErrTooLarge = errors.New("unpacks to more than is allowed")
)

// Unpacker holds the tables that unpacking needs, so that they can be used again. The zero value is ready.
type Unpacker struct {
	lits    litTable
	dsts    dstTable
	isFixed bool // the tables hold the fixed codes
	lengths [maxLits + maxDsts]uint8
}

// Append appends what the gzip members in packed hold to dst, limit bytes at most. With an error it returns dst with what
// could be unpacked, which was not checked. It does not grow a dst with room for 260 bytes more than come out.
func (u *Unpacker) Append(dst, packed []byte, limit int) ([]byte, error) {
	start := len(dst)
	for {
		rest, err := header(packed)
		if err != nil {
			return dst, err
		}
		in := input{data: rest}
		base := len(dst)
		if dst, err = u.inflate(dst, &in, base, start+limit); err != nil {
			return dst[:min(len(dst), start+limit)], err
		}
		in.align()
		if rest = rest[in.at:]; len(rest) < 8 {
			return dst, io.ErrUnexpectedEOF
		}
		sum, size := binary.LittleEndian.Uint32(rest), binary.LittleEndian.Uint32(rest[4:])
		if sum != crc32.ChecksumIEEE(dst[base:]) || size != uint32(len(dst)-base) {
			return dst, ErrCorrupt
		}
		if packed = rest[8:]; len(packed) == 0 {
			return dst, nil
		}
	}
}

// Flags of a member's header (RFC 1952 section 2.3.1).
const (
	flagSum     = 1 << 1
	flagExtra   = 1 << 2
	flagName    = 1 << 3
	flagComment = 1 << 4
	flagsKnown  = 1<<5 - 1
)

// header skips the header of a member (RFC 1952 section 2.3).
func header(data []byte) (rest []byte, err error) {
	if len(data) < 10 {
		return nil, io.ErrUnexpectedEOF
	}
	flags := data[3]
	if data[0] != 0x1f || data[1] != 0x8b || data[2] != 8 || flags > flagsKnown {
		return nil, ErrHeader
	}
	rest = data[10:]
	if flags&flagExtra != 0 {
		if len(rest) < 2 || len(rest)-2 < int(binary.LittleEndian.Uint16(rest)) {
			return nil, io.ErrUnexpectedEOF
		}
		rest = rest[2+int(binary.LittleEndian.Uint16(rest)):]
	}
	for _, text := range []byte{flagName, flagComment} {
		if flags&text != 0 {
			end := bytes.IndexByte(rest, 0)
			if end < 0 {
				return nil, io.ErrUnexpectedEOF
			}
			rest = rest[end+1:]
		}
	}
	if flags&flagSum != 0 {
		if len(rest) < 2 {
			return nil, io.ErrUnexpectedEOF
		}
		if uint16(crc32.ChecksumIEEE(data[:len(data)-len(rest)])) != binary.LittleEndian.Uint16(rest) {
			return nil, ErrHeader
		}
		rest = rest[2:]
	}
	return rest, nil
}
