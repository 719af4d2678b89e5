package static

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"strconv"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"pinwatch/ct"
)

// tileHeight makes tlog's tiles those of static-ct-api: 2^8 hashes.
const tileHeight = 8

// Consistency computes the proof that the tree of the given size is a prefix of head from hash tiles, each of which
// is authenticated against head's root first.
func (r *Reader) Consistency(ctx context.Context, size uint64, head *ct.TreeHead, fresh bool) ([]ct.Hash, error) {
	if size > head.Size || head.Size > maxSize {
		return nil, fmt.Errorf("no consistency proof from %d to %d entries", size, head.Size)
	}
	if size == 0 || size == head.Size {
		return nil, nil
	}
	proof, err := tlog.ProveTree(int64(head.Size), int64(size), r.hashes(ctx, head, fresh))
	if err != nil {
		return nil, err
	}
	nodes := make([]ct.Hash, len(proof))
	for i, h := range proof {
		nodes[i] = ct.Hash(h)
	}
	return nodes, nil
}

// Frontier reads the compact range of the first size entries from hash tiles, authenticated against head's root.
func (r *Reader) Frontier(ctx context.Context, size uint64, head *ct.TreeHead) (ct.Range, error) {
	if size > head.Size || head.Size > maxSize {
		return ct.Range{}, fmt.Errorf("no entry %d in a tree of %d", size, head.Size)
	}
	var indexes []int64
	var at uint64
	for level := bits.Len64(size) - 1; level >= 0; level-- {
		if size>>level&1 == 1 {
			indexes = append(indexes, tlog.StoredHashIndex(level, int64(at>>level)))
			at += 1 << level
		}
	}
	if len(indexes) == 0 {
		return ct.Range{}, nil
	}
	hashes, err := r.hashes(ctx, head, false).ReadHashes(indexes)
	if err != nil {
		return ct.Range{}, err
	}
	nodes := make([]ct.Hash, len(hashes))
	for i, h := range hashes {
		nodes[i] = ct.Hash(h)
	}
	return ct.NewRange(size, nodes)
}

// hashes reads nodes of the tree of head. Every hash it returns has been authenticated against head's root.
func (r *Reader) hashes(ctx context.Context, head *ct.TreeHead, fresh bool) tlog.HashReader {
	tree := tlog.Tree{N: int64(head.Size), Hash: tlog.Hash(head.Root)}
	return tlog.TileHashReader(tree, &tileReader{ctx: ctx, r: r, fresh: fresh})
}

// tileReader fetches hash tiles for tlog. It lives for one call, which is why it may hold that call's context.
type tileReader struct {
	ctx   context.Context //nolint:containedctx // for one call
	r     *Reader
	fresh bool
}

// Height is the height of a tile.
func (t *tileReader) Height() int { return tileHeight }

// ReadTiles fetches tiles in parallel: a proof needs a handful, one a level.
func (t *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	errs := make([]error, len(tiles))
	var wg sync.WaitGroup
	for i, tile := range tiles {
		wg.Go(func() { data[i], errs[i] = t.r.hashTile(t.ctx, tile, t.fresh) })
	}
	wg.Wait()
	return data, errors.Join(errs...)
}

// SaveTiles keeps tiles that tlog has authenticated: the next proof to the same head needs most of them again.
func (t *tileReader) SaveTiles(tiles []tlog.Tile, data [][]byte) { t.r.tiles.save(tiles, data) }

// hashTile fetches one hash tile, or the full tile where the partial one is gone. It is not authenticated yet.
func (r *Reader) hashTile(ctx context.Context, tile tlog.Tile, fresh bool) ([]byte, error) {
	if data := r.tiles.find(tile); data != nil && !fresh {
		return data, nil
	}
	want := tile.W * sha256.Size
	level := strconv.Itoa(tile.L)
	data, err := r.get.Get(ctx, nil, r.base+tilePath(level, uint64(tile.N), tile.W), tileWidth*sha256.Size, fresh)
	if tile.W < tileWidth && errors.Is(err, fs.ErrNotExist) {
		data, err = r.get.Get(ctx, nil, r.base+tilePath(level, uint64(tile.N), tileWidth), tileWidth*sha256.Size, fresh)
		if err == nil && len(data) == tileWidth*sha256.Size {
			data = data[:want]
		}
	}
	if err != nil {
		return nil, fmt.Errorf("hash tile %s/%d: %w", level, tile.N, err)
	}
	if len(data) != want {
		return nil, fmt.Errorf("hash tile %s/%d has %d bytes instead of %d", level, tile.N, len(data), want)
	}
	return data, nil
}

// tileCache keeps authenticated hash tiles. A tile of a given level, index and width never changes in an honest log; a
// tile of a log that lies fails to authenticate and is not saved.
type tileCache struct {
	mu    sync.Mutex
	tiles map[tlog.Tile][]byte
}

// maxTiles bounds the cache to half a megabyte.
const maxTiles = 64

func (c *tileCache) find(tile tlog.Tile) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tiles[tile]
}

func (c *tileCache) save(tiles []tlog.Tile, data [][]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tiles == nil || len(c.tiles)+len(tiles) > maxTiles {
		c.tiles = make(map[tlog.Tile][]byte)
	}
	for i, tile := range tiles {
		c.tiles[tile] = data[i]
	}
}
