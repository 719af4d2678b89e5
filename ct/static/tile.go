package static

import (
	"crypto/sha256"
	"fmt"

	"pinwatch/ct"
)

// tileWidth is the number of entries of a full data tile and of hashes of a full hash tile.
const tileWidth = 256

// DecodeTile reads the TileLeaf structures of a data tile (static-ct-api, "Log entries") in place: the entries point
// into tile. There must be exactly width of them, the first has the index first. They are appended to dst.
func DecodeTile(dst []ct.Entry, tile []byte, first uint64, width int) ([]ct.Entry, error) {
	rest := tile
	for i := range width {
		if len(rest) == 0 {
			return dst, fmt.Errorf("the tile ends after %d of %d entries", i, width)
		}
		e := ct.Entry{Index: first + uint64(i)}
		var err error
		if rest, err = decodeLeaf(&e, rest); err != nil {
			return dst, fmt.Errorf("entry %d, byte %d of its tile: %w", e.Index, len(tile)-len(rest), err)
		}
		dst = append(dst, e)
	}
	if len(rest) > 0 {
		return dst, fmt.Errorf("%d bytes behind the %d entries of the tile", len(rest), width)
	}
	return dst, nil
}

// decodeLeaf reads one TileLeaf from the front of data. On error it returns data, so that the caller can say where.
func decodeLeaf(e *ct.Entry, data []byte) ([]byte, error) {
	rest, err := e.DecodeTimestamped(data)
	if err != nil {
		return data, err
	}
	var ok bool
	if e.Type == ct.PrecertEntry {
		if e.Precert, rest, ok = ct.CutOpaque24(rest); !ok {
			return data, fmt.Errorf("pre_certificate ends early")
		}
	}
	if e.Fingerprints, rest, ok = ct.CutOpaque16(rest); !ok {
		return data, fmt.Errorf("certificate_chain ends early")
	}
	if len(e.Fingerprints)%sha256.Size != 0 {
		return data, fmt.Errorf("certificate_chain of %d bytes is no list of fingerprints", len(e.Fingerprints))
	}
	return rest, nil
}

// LeafIndex reads the leaf_index extension of an entry (static-ct-api, "SCT Extension"): 40 bits, big endian.
func LeafIndex(e *ct.Entry) (index uint64, ok bool) {
	rest := e.Extensions
	for len(rest) > 0 {
		kind := rest[0]
		var data []byte
		if data, rest, ok = ct.CutOpaque16(rest[1:]); !ok {
			return 0, false
		}
		if kind == 0 && len(data) == 5 {
			return uint64(data[0])<<32 | uint64(data[1])<<24 | uint64(data[2])<<16 | uint64(data[3])<<8 | uint64(data[4]), true
		}
	}
	return 0, false
}
