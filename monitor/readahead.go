package monitor

import (
	"context"
	"sync"
	"time"

	"pinwatch/ct"
)

const (
	// maxLanes is how many pages are under way at the same time, of all logs together: enough to keep two processors
	// busy with tiles that are 50 ms away (128 in 50 ms are 650,000 entries a second). How many requests an operator
	// gets at once is not decided here but by ct/fetch.
	maxLanes = 128
	// firstLanes is how many a log begins with, in tiles, which are files, and firstPages in pages of get-entries. In the
	// beginning next to nothing is known of how it answers.
	firstLanes = 32
	firstPages = 8
	// slowPage is when a page has waited for its turn rather than for the log: with more lanes the proof of what was
	// read would wait, too.
	slowPage = time.Second
	// maxAhead is how many pages of a log may be under way or wait for those before them, which may be waiting for a
	// proof and a commit. What waits is small: see page.
	maxAhead = 512
	// heavyPage is the number of candidates from which on a page keeps its lane until its turn has come. Candidates are
	// whole entries, and a watch may concern every one of a log.
	heavyPage = 16
)

// pageResult is a page or what prevented it.
type pageResult struct {
	page *page
	err  error
	took time.Duration
}

// readAhead reads [from, to) in pages of the log's size, as many at a time as it has lanes, and hands them to yield in
// order, from the calling goroutine. It ends at the first error of the log or of yield, and has no goroutine left when
// it returns. fresh passes over caches: it is for the second look before a log is accused.
//
//	lanes ──┐ page 7 ┌── slots: one a page, in order, as many as the work may run ahead
//	        ├ page 5 ┤
//	        └ page 6 ┘──> yield 5, 6, 7
func (s *scanner) readAhead(ctx context.Context, src *Source, from, to uint64, head *ct.TreeHead, fresh bool,
	yield func(*page) error,
) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	slots, free := make(chan chan pageResult, maxAhead), make(chan time.Duration, maxLanes)
	wg.Go(func() {
		defer close(slots)
		l := s.open(src)
		defer l.close()
		for from < to {
			if !l.take(ctx, free) {
				return
			}
			first, end := from, min(to, nextPage(from, src.Reader.PageSize()))
			slot := make(chan pageResult, 1)
			select {
			case slots <- slot:
			case <-ctx.Done():
				return
			}
			wg.Go(func() {
				begun := s.now()
				p, err := s.fetch(ctx, src.Reader, first, end, head, fresh)
				res := pageResult{p, err, s.now().Sub(begun)}
				slot <- res
				if !res.heavy() {
					free <- res.took
				}
			})
			from = end
		}
	})
	for slot := range slots {
		res := <-slot
		if res.err != nil {
			return res.err
		}
		if err := yield(res.page); err != nil {
			return err
		}
		if res.heavy() {
			free <- res.took
		}
	}
	return ctx.Err()
}

func (r *pageResult) heavy() bool { return r.err == nil && len(r.page.candidates) >= heavyPage }

// nextPage is the first multiple of size above from.
func nextPage(from, size uint64) uint64 {
	size = max(size, 1)
	return (from/size + 1) * size
}

// lanes is how many pages of one log may be under way: it grows with every page that came soon, up to the log's share
// among those that are being read.
type lanes struct {
	scanner *scanner
	src     *Source
	taken   int
	wanted  float64
}

func (s *scanner) open(src *Source) *lanes {
	s.reading.Add(1)
	l := &lanes{scanner: s, src: src, wanted: firstLanes}
	if !src.Log.Static() {
		l.wanted = firstPages
	}
	return l
}

func (l *lanes) close() { l.scanner.reading.Add(-1) }

// take takes a lane. free gives those back that pages needed no more, and says how long they took. It is false when ctx
// ends first.
func (l *lanes) take(ctx context.Context, free <-chan time.Duration) bool {
	for ; l.taken >= min(int(l.wanted), l.share()); l.taken-- {
		select {
		case took := <-free:
			if took < slowPage {
				l.wanted = min(l.wanted+0.5, maxLanes)
			} else {
				l.wanted = max(l.wanted-1, 1)
			}
		case <-ctx.Done():
			return false
		}
	}
	l.taken++
	return true
}

// share is how many lanes a log may have. A tile takes one: some 100 kB while it arrives. A page of get-entries takes
// one for each 64 entries: JSON with the chains.
func (l *lanes) share() int {
	width := 1
	if !l.src.Log.Static() {
		width = max(1, int(l.src.Reader.PageSize()/64))
	}
	return max(1, maxLanes/(width*int(l.scanner.reading.Load())))
}
