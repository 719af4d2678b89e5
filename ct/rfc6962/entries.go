package rfc6962

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/segmentio/asm/base64"

	"pinwatch/ct"
)

// What a log must not answer to get-entries: it was asked for at least one entry below the size of its tree, and for
// no more than it was asked.
var (
	ErrNoEntries = errors.New("the log gave no entries")
	ErrTooMany   = errors.New("the log gave more entries than asked for")
)

// buffer is what one page is read into.
type buffer struct {
	body    []byte // the answer; extra_data stays in it
	leaves  []byte // the decoded leaf_inputs, one behind the other
	rows    []row
	entries []ct.Entry
}

// Entries fetches entries from index from on (RFC 6962 section 4.6), at most to the next multiple of the page size. A
// leaf that cannot be decoded is an Entry with nothing but Index, Leaf and ExtraData.
//
// Errors: ErrNoEntries, ErrTooMany; an answer whose leaves are not base64. The log is to be left alone for a while
// after any of them.
func (r *Reader) Entries(ctx context.Context, from, to uint64, head *ct.TreeHead, fresh bool) (*ct.Batch, error) {
	if from >= to || to > head.Size {
		return nil, fmt.Errorf("no entries from %d to %d in a tree of %d", from, to, head.Size)
	}
	b, asked, err := r.page(ctx, from, to, fresh)
	if err != nil {
		return nil, err
	}
	if err := b.decode(from, int(asked)); err != nil {
		return nil, r.reject(fmt.Sprintf("get-entries from %d", from), err)
	}
	r.pages.learn(from, asked, uint64(len(b.entries)))
	return ct.NewBatch(b.entries, func() { r.buffers.Put(b) }), nil
}

// page fetches the answer for the entries from from on, and says how many were asked for. The buffer for it is taken
// when there is something to put into it.
func (r *Reader) page(ctx context.Context, from, to uint64, fresh bool) (*buffer, uint64, error) {
	var b *buffer
	room := func() []byte {
		if b == nil {
			if b, _ = r.buffers.Get().(*buffer); b == nil {
				b = new(buffer)
			}
		}
		return b.body[:0]
	}
	for {
		size := r.pages.now()
		asked := min(to, (from/size+1)*size) - from
		limit := maxPageBody
		if asked == 1 {
			limit = maxEntryBody
		}
		u := r.base + "get-entries?start=" + decimal(from) + "&end=" + decimal(from+asked-1)
		body, err := r.get.Get(ctx, room, u, limit, fresh)
		if err == nil {
			b.body = body
			return b, asked, nil
		}
		var large interface{ TooLarge() bool }
		if asked == 1 || !errors.As(err, &large) || !large.TooLarge() {
			return nil, 0, err // a buffer goes to the garbage: errors are few
		}
		r.pages.halve(asked)
	}
}

// decode reads the entries of b.body, whose first is at index from. There may be at most limit of them.
func (b *buffer) decode(from uint64, limit int) (err error) {
	var known bool
	if b.rows, known = scanRows(b.rows[:0], b.body, limit); !known {
		if b.rows, err = parseRows(b.rows[:0], b.body, limit); err != nil {
			return err
		}
	}
	if len(b.rows) == 0 {
		return ErrNoEntries
	}
	if len(b.rows) > limit {
		return ErrTooMany
	}
	total := 0
	for i := range b.rows {
		total += base64.StdEncoding.DecodedLen(len(b.rows[i].leaf))
	}
	b.leaves = slices.Grow(b.leaves[:0], total)
	b.entries = slices.Grow(b.entries[:0], len(b.rows))[:len(b.rows)]
	rest := b.leaves[:total]
	for i := range b.rows {
		n, err := base64.StdEncoding.Decode(rest, b.rows[i].leaf)
		if err == nil && n == 0 {
			err = errors.New("it is empty")
		}
		if err != nil {
			return fmt.Errorf("leaf_input of entry %d: %w", from+uint64(i), err)
		}
		decodeLeaf(&b.entries[i], from+uint64(i), rest[:n:n], b.rows[i].extra)
		rest = rest[n:]
	}
	return nil
}

// decodeLeaf reads a MerkleTreeLeaf (RFC 6962 section 3.4): version v1, leaf type timestamped_entry and the entry. Any
// other leaf is kept as it is: it must not stop the log, nor be forgotten.
func decodeLeaf(e *ct.Entry, index uint64, leaf, extra []byte) {
	*e = ct.Entry{Index: index, ExtraData: extra}
	if len(leaf) >= 2 && leaf[0] == 0 && leaf[1] == 0 {
		if rest, err := e.DecodeTimestamped(leaf[2:]); err == nil && len(rest) == 0 {
			return
		}
	}
	*e = ct.Entry{Index: index, ExtraData: extra, Leaf: leaf}
}
