package fetch

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"pinwatch/ct/gunzip"
)

const (
	// wireRead is the size of reads from the network. With 64 KiB a page of get-entries takes 3 % longer.
	wireRead = 256 << 10
	// boundRead is the size of reads where bytes per second are bounded: so much may come at once.
	boundRead = 64 << 10
	// stallBytes is what a body must bring in each StallTimeout: a server that drips single bytes is stalled.
	stallBytes = 4 << 10
	// gzipSlack is by how much compressed data may be longer than the bound of the inflated: incompressible data
	// grows a little, and blocks that inflate to nothing must end somewhere.
	gzipSlack = 64 << 10
	// maxTrusted is how much room is made for a compressed body on the word of its header: more than nearly all tiles
	// need. Beyond that, room grows with what has arrived.
	maxTrusted = 256 << 10
)

// body reads the bytes of one answer from the wire: it watches over progress and keeps the bound of bytes per second.
type body struct {
	client   *Client
	source   io.Reader
	stall    *time.Timer       // cancels the request
	progress int               // bytes since stall was set
	throttle func(n int) error // waits for the bound of bytes per second; nil where there is none
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	size := wireRead
	if b.throttle != nil {
		size = boundRead
	}
	n, err := b.source.Read(p[:min(len(p), size)])
	if b.throttle != nil && n > 0 {
		// The time that we take ourselves is not the server's.
		b.stall.Stop()
		if werr := b.throttle(n); werr != nil {
			return n, werr
		}
		b.stall.Reset(b.client.config.StallTimeout)
		b.progress = 0
		return n, err
	}
	if b.progress += n; b.progress >= stallBytes {
		b.progress = 0
		b.stall.Reset(b.client.config.StallTimeout)
	}
	return n, err
}

// read appends the body, inflated, to what room returns. More than limit bytes are ErrTooLarge; with any error what was
// read is returned.
func (b *body) read(answer *http.Response, room func() []byte, limit int) ([]byte, error) {
	switch encoding := strings.ToLower(strings.TrimSpace(answer.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
		if answer.ContentLength > int64(limit) {
			return nil, fmt.Errorf("%w: %d bytes announced, at most %d expected", ErrTooLarge, answer.ContentLength, limit)
		}
		dst := room()
		if answer.ContentLength > 0 {
			// One more, to see the end without growing.
			dst = slices.Grow(dst, int(answer.ContentLength)+1)
		}
		return appendBounded(dst, b, limit)
	case "gzip", "x-gzip":
		if answer.ContentLength > int64(limit)+gzipSlack {
			return nil, fmt.Errorf("%w: %d compressed bytes announced, at most %d expected", ErrTooLarge,
				answer.ContentLength, limit)
		}
		return b.inflate(answer, room, limit)
	default:
		return nil, fmt.Errorf("%w %.40q", ErrEncoding, encoding)
	}
}

// inflater is the reusable state of one inflation.
type inflater struct {
	packed []byte
	gunzip.Unpacker
}

func newInflater() any { return new(inflater) }

// inflate appends the inflated body to what room returns. The compressed body is read as a whole first: while it is on
// its way, it is all that takes memory, and that is a fraction of what it becomes.
func (b *body) inflate(answer *http.Response, room func() []byte, limit int) ([]byte, error) {
	z := b.client.inflaters.Get().(*inflater)
	defer b.client.inflaters.Put(z)
	var err error
	z.packed = slices.Grow(z.packed[:0], int(min(max(0, answer.ContentLength), maxTrusted))+1)
	z.packed, err = appendBounded(z.packed, b, limit+gzipSlack)
	switch {
	case errors.Is(err, ErrTooLarge):
		return nil, fmt.Errorf("%w: compressed to more than %d bytes", ErrTooLarge, limit+gzipSlack)
	case err != nil:
		return nil, err
	}
	dst, err := z.Append(room(), z.packed, limit)
	switch {
	case errors.Is(err, gunzip.ErrTooLarge):
		err = fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	case err != nil:
		err = fmt.Errorf("inflate: %w", err)
	}
	return dst, err
}

// minRead is the least room that a read is given.
const minRead = 4 << 10

// appendBounded appends what r gives to dst, at most limit bytes. Room grows with what has arrived, not with what was
// announced.
func appendBounded(dst []byte, r io.Reader, limit int) ([]byte, error) {
	start := len(dst)
	for {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, min(max(minRead, len(dst)-start), limit-(len(dst)-start)+1))
		}
		room := min(cap(dst)-len(dst), limit-(len(dst)-start)+1)
		n, err := r.Read(dst[len(dst) : len(dst)+room])
		dst = dst[:len(dst)+n]
		if len(dst)-start > limit {
			return dst[:start+limit], fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
		}
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}
