package cttest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"pinwatch/ct"
)

// Config says what kind of Log to make.
type Config struct {
	Origin  string // origin line of its checkpoints: the submission prefix without scheme and trailing slash
	Key     *Key   // default: the ECDSA key of the seed "log " + Origin
	RFC6962 bool   // its entries carry no leaf_index extension
	PageCap int    // how many entries get-entries gives at most; default 256
	// AlignPages makes the answers to requests for PageCap entries or more end at multiples of PageCap, as
	// certificate-transparency-go's logs do.
	AlignPages bool

	// Plain says which data tiles are kept as they are; the others are gzip-encoded. Default: none.
	Plain func(n uint64) bool
	// DropPartial makes partial tiles vanish once the full ones exist, as static-ct-api allows.
	DropPartial bool
	// Witnesses are names of others that sign the checkpoints too, with keys that a client does not know.
	Witnesses []string
	// Now is the clock. Default: one that starts in July 2026, goes a second on with each entry and ten with each head.
	Now func() time.Time
}

// Log is a CT log in memory. Its methods may be called from several goroutines at once, as long as leaves that were
// added are not changed.
type Log struct {
	config Config

	mu      sync.Mutex
	leaves  []Leaf
	hashes  []tlog.Hash // in the order of tlog.StoredHashIndex
	issuers map[[sha256.Size]byte][]byte
	heads   []ct.TreeHead // every head that was published, the current one last
	clock   time.Time     // of the last entry or head
}

// NewLog makes an empty log. A head of size 0 is published.
func NewLog(config Config) *Log {
	if config.Key == nil {
		config.Key = NewKey("log " + config.Origin)
	}
	if config.PageCap == 0 {
		config.PageCap = 256
	}
	if config.Plain == nil {
		config.Plain = func(uint64) bool { return false }
	}
	l := &Log{
		config:  config,
		issuers: map[[sha256.Size]byte][]byte{},
		clock:   time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC),
	}
	l.Publish(0)
	return l
}

// Fork is a log with the same key and the first n entries of l, and with no head but an empty one. What is added to
// it is not in l.
func (l *Log) Fork(n uint64) *Log {
	l.mu.Lock()
	leaves := slices.Clone(l.leaves[:n])
	clock := l.clock
	l.mu.Unlock()
	fork := NewLog(l.config)
	for _, leaf := range leaves {
		fork.Add(leaf)
	}
	fork.clock = clock
	return fork
}

// Describe is what a client is told of the log, to be read by static-ct-api when monitoring is true and by RFC 6962
// otherwise. base is the URL of its Server, or of the directory it was written to, and ends in a slash.
func (l *Log) Describe(base string, monitoring bool) *ct.Log {
	out := &ct.Log{
		ID:          l.config.Key.Hash(),
		Key:         l.config.Key.SPKI,
		Description: "test log " + l.config.Origin,
		Operator:    "pinwatch test",
		MMD:         time.Minute,
		State:       "usable",
	}
	if !monitoring {
		out.URL = base
		return out
	}
	out.SubmissionURL = "https://" + l.config.Origin + "/"
	out.MonitoringURL = base
	return out
}

// Add appends a leaf and returns its index. It can be seen once a head that covers it is published.
func (l *Log) Add(leaf Leaf) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	index := uint64(len(l.leaves))
	now := l.tick(time.Second)
	if leaf.Timestamp == 0 {
		leaf.Timestamp = uint64(now.UnixMilli())
	}
	if leaf.Extensions == nil && !l.config.RFC6962 {
		leaf.Extensions = leafIndex(index)
	}
	if leaf.Fingerprints == nil {
		leaf.Fingerprints = fingerprints(leaf.Chain)
	}
	for _, der := range leaf.Chain {
		l.issuers[sha256.Sum256(der)] = der
	}
	hash := tlog.RecordHash(leaf.merkleTreeLeaf())
	stored, err := tlog.StoredHashesForRecordHash(int64(index), hash, tlog.HashReaderFunc(l.readHashes))
	if err != nil {
		panic(fmt.Sprintf("append a leaf: %v", err))
	}
	l.hashes = append(l.hashes, stored...)
	l.leaves = append(l.leaves, leaf)
	return index
}

// AddFinal appends the final certificate of an issuance.
func (l *Log) AddFinal(i *Issuance) uint64 { return l.Add(FinalLeaf(i)) }

// AddPrecert appends the precertificate of an issuance.
func (l *Log) AddPrecert(i *Issuance) uint64 { return l.Add(PrecertLeaf(i)) }

// Size is the number of entries, published or not.
func (l *Log) Size() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(len(l.leaves))
}

// Leaf is the entry at index, as it was completed.
func (l *Log) Leaf(index uint64) Leaf {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.leaves[index]
}

// Publish signs a head of the first size entries and shows it from now on. A size below that of the head before makes
// a tree that shrank.
func (l *Log) Publish(size uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if size > uint64(len(l.leaves)) {
		panic(fmt.Sprintf("publish %d entries of %d", size, len(l.leaves)))
	}
	l.show(ct.TreeHead{Size: size, Root: l.root(size), Timestamp: uint64(l.tick(10 * time.Second).UnixMilli())})
}

// PublishHead shows a head that may be a lie: with another root, an old or future timestamp, a signature that is none.
// It is signed when it has no signature. Its size must not be larger than the log's.
func (l *Log) PublishHead(head ct.TreeHead) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.show(head)
}

func (l *Log) show(head ct.TreeHead) {
	if head.Signature == nil {
		l.config.Key.SignHead(&head)
	}
	head.Raw = checkpoint(l.config.Origin, l.config.Key, &head, l.config.Witnesses)
	l.heads = append(l.heads, head)
}

// PublishAll signs a head of all entries.
func (l *Log) PublishAll() { l.Publish(l.Size()) }

// Head is the current head; Raw is the checkpoint.
func (l *Log) Head() ct.TreeHead {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heads[len(l.heads)-1]
}

// Root is the Merkle tree hash of the first size entries.
func (l *Log) Root(size uint64) ct.Hash {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.root(size)
}

func (l *Log) root(size uint64) ct.Hash {
	root, err := tlog.TreeHash(int64(size), tlog.HashReaderFunc(l.readHashes))
	if err != nil {
		panic(fmt.Sprintf("root of %d entries: %v", size, err))
	}
	return ct.Hash(root)
}

// readHashes is a tlog.HashReader. The caller holds the lock.
func (l *Log) readHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(l.hashes)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		out[i] = l.hashes[index]
	}
	return out, nil
}

// tick moves the clock on by d, or to the time it is for those who configured one.
func (l *Log) tick(d time.Duration) time.Time {
	l.clock = l.clock.Add(d)
	if l.config.Now != nil {
		l.clock = l.config.Now()
	}
	return l.clock
}
