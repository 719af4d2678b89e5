package rfc6962

import "sync"

const (
	// maxPage is the page that a Reader starts with. Logs allow 32 to 1,024 entries at once; asking for too many costs
	// one short answer, asking for too few would never be noticed.
	maxPage = 1024
	// Full pages in a row before a larger page is tried, at first and at most: a short answer may have had a passing
	// reason, and limits change.
	minPatience = 8
	maxPatience = 4096
)

// pageSize learns how many entries a log gives at once.
type pageSize struct {
	mu       sync.Mutex
	size     uint64
	before   uint64 // size before it was raised on trial, 0 when it is not on trial
	count    uint64 // of the last short answer
	end      uint64 // where that ended
	full     int    // full pages since
	patience int
}

func newPageSize() pageSize { return pageSize{size: maxPage, patience: minPatience} }

func (p *pageSize) now() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.size
}

// learn draws the conclusion from an answer of got entries from index from on, to a request for asked.
func (p *pageSize) learn(from, asked, got uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case got < asked && p.before > 0:
		p.size, p.before = p.before, 0
		p.full, p.patience = 0, min(2*p.patience, maxPatience)
	case got < asked:
		p.short(from, got)
		p.full = 0
	case asked == p.size:
		p.fill()
	}
}

// short tells the limits of two kinds of logs apart. Some end at a multiple of their limit: the limit divides every end.
// Others give up to their limit from wherever one starts: the count is the limit, if it comes up twice. (At the first
// short answer both may be true, for one who started at a multiple.)
func (p *pageSize) short(from, got uint64) {
	end := from + got
	if common := gcd(p.end, end); p.end > 0 && common > got {
		p.size = min(p.size, common)
	} else if from%got == 0 || got == p.count {
		p.size = min(p.size, got)
	}
	p.count, p.end = got, end
}

// fill counts a full page and raises the size on trial now and then.
func (p *pageSize) fill() {
	if p.before > 0 {
		p.before, p.patience = 0, minPatience
	}
	if p.full++; p.full < p.patience || p.size == maxPage {
		return
	}
	p.full, p.before = 0, p.size
	p.size = min(2*p.size, maxPage)
}

// halve makes do with pages half as large as one that was too many bytes.
func (p *pageSize) halve(asked uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size, p.before, p.full = max(1, min(p.size, asked/2)), 0, 0
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
