package ct

import "context"

// Reader reads one log. Its methods may be called from several goroutines at once.
//
// Errors: a *Misbehaviour is a provable lie of the log; any other error means that the log could not be read now.
type Reader interface {
	// TreeHead fetches the log's current head. Its signature is verified; nothing else about it is.
	TreeHead(ctx context.Context) (*TreeHead, error)

	// Entries reads entries from index from on, up to to (exclusive, at most head.Size), at least one and at most
	// what the log gives in one answer. They are not verified: that takes the root at a head. fresh asks caches on
	// the way to be passed over; it is for the second look before a log is accused.
	Entries(ctx context.Context, from, to uint64, head *TreeHead, fresh bool) (*Batch, error)

	// PageSize is how many entries one answer holds, as far as is known. Requests that start at a multiple of it are
	// the cheapest for the log.
	PageSize() uint64

	// Consistency returns the nodes that prove the tree of the given size to be a prefix of head
	// (RFC 6962 section 2.1.2). The nodes are the log's word: VerifyConsistency checks them.
	Consistency(ctx context.Context, size uint64, head *TreeHead, fresh bool) ([]Hash, error)

	// Frontier returns the compact range of the first size entries, proved against head, so that a log can be
	// followed from its middle without trusting it.
	Frontier(ctx context.Context, size uint64, head *TreeHead) (Range, error)

	// Submission returns what was submitted for e. The chain is checked against what the entry says of it
	// (fingerprints), not against signatures.
	Submission(ctx context.Context, e *Entry) (*Submission, error)
}

// WithHeads is entries with the tree heads of another source: some logs serve get-sth next to data tiles.
func WithHeads(entries Reader, heads interface {
	TreeHead(ctx context.Context) (*TreeHead, error)
},
) Reader {
	return headsOf{Reader: entries, heads: heads.TreeHead}
}

type headsOf struct {
	Reader
	heads func(context.Context) (*TreeHead, error)
}

// TreeHead asks the source of heads.
func (h headsOf) TreeHead(ctx context.Context) (*TreeHead, error) { return h.heads(ctx) }
