package cttest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/mod/sumdb/tlog"
)

// tileHeight is the height of static-ct-api's tiles, tileWidth how many hashes or entries a full one holds.
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// asset is one file of a static log.
type asset struct {
	body        []byte
	contentType string
	gzipped     bool
}

// tilePath writes the path of a tile as static-ct-api does: that of tlog without the height.
func tilePath(t tlog.Tile) string {
	return strings.Replace(t.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
}

// parseTilePath reads the path of a tile. The level of data tiles is -1.
func parseTilePath(path string) (tlog.Tile, bool) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok {
		return tlog.Tile{}, false
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", tileHeight, rest))
	return t, err == nil && t.L <= 5
}

// find returns what the log shows at path, which is relative to its monitoring prefix.
func (l *Log) find(path string) (asset, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if path == "checkpoint" {
		head := l.heads[len(l.heads)-1]
		return asset{body: head.Raw, contentType: "text/plain; charset=utf-8"}, true
	}
	if name, ok := strings.CutPrefix(path, "issuer/"); ok {
		return l.issuer(name)
	}
	if t, ok := parseTilePath(path); ok && l.exists(t) {
		return l.tile(t), true
	}
	return asset{}, false
}

func (l *Log) issuer(name string) (asset, bool) {
	for sum, der := range l.issuers {
		if hex.EncodeToString(sum[:]) == name {
			return asset{body: der, contentType: "application/pkix-cert"}, true
		}
	}
	return asset{}, false
}

// exists says whether the log has a tile: full ones that a head covered, and the partial ones of published sizes and
// no others, for a client must not ask for any others (static-ct-api, "Partial Tiles").
func (l *Log) exists(t tlog.Tile) bool {
	partial, full := false, false
	for _, head := range l.heads {
		width := head.Size >> (tileHeight * uint(max(t.L, 0))) // hashes of the level, or entries
		full = full || width >= uint64(t.N+1)*tileWidth
		partial = partial || width == uint64(t.N)*tileWidth+uint64(t.W)
	}
	if t.W == tileWidth {
		return full
	}
	return partial && (!full || !l.config.DropPartial)
}

func (l *Log) tile(t tlog.Tile) asset {
	if t.L >= 0 {
		body, err := tlog.ReadTileData(t, tlog.HashReaderFunc(l.readHashes))
		if err != nil {
			panic(fmt.Sprintf("read %s: %v", t.Path(), err))
		}
		return asset{body: body, contentType: "application/octet-stream"}
	}
	var body []byte
	for i := range t.W {
		body = append(body, l.leaves[int(t.N)*tileWidth+i].tileLeaf()...)
	}
	out := asset{body: body, contentType: "application/octet-stream"}
	if !l.config.Plain(uint64(t.N)) {
		out.body, out.gzipped = compress(body, gzip.DefaultCompression), true
	}
	return out
}

// compress makes a gzip member without a timestamp. klauspost's compressor comes with the module: with the standard
// one, the bytes could change with the release of Go.
func compress(body []byte, level int) []byte {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, level)
	if err != nil {
		panic(fmt.Sprintf("compress: %v", err))
	}
	if _, err := w.Write(body); err != nil {
		panic(fmt.Sprintf("compress: %v", err))
	}
	if err := w.Close(); err != nil {
		panic(fmt.Sprintf("compress: %v", err))
	}
	return buf.Bytes()
}

// paths lists the files of a static log of the given size: all tiles and the issuers, not the checkpoint.
func (l *Log) paths(size uint64) []string {
	var out []string
	for _, t := range tlog.NewTiles(tileHeight, 0, int64(size)) {
		if t.W == 0 {
			continue
		}
		out = append(out, tilePath(t))
		if t.L == 0 {
			t.L = -1
			out = append(out, tilePath(t))
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for sum := range l.issuers {
		out = append(out, "issuer/"+hex.EncodeToString(sum[:]))
	}
	return out
}

// contentLength is how a body's length is told.
func (a asset) contentLength() string { return strconv.Itoa(len(a.body)) }
