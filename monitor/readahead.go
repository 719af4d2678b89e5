package monitor

import (
	"context"
	"sync"

	"pinwatch/ct"
)

// pageResult is a page or what prevented it.
type pageResult struct {
	page *page
	err  error
}

// readAhead reads [from, to) in pages of the log's size, at most parallel of them at a time, and hands them to yield
// in order, from the calling goroutine. It ends at the first error of the log or of yield, and has no goroutine left
// when it returns.
//
//	workers ──┐ page 7 ┌── slots: one a page, in order, as many as the work may run ahead
//	          ├ page 5 ┤
//	          └ page 6 ┘──> yield 5, 6, 7
func (s *scanner) readAhead(ctx context.Context, src ct.Reader, from, to uint64, head *ct.TreeHead,
	opt readOptions, yield func(*page) error,
) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The page that is yielded and those in the queue are being worked on at the same time.
	slots := make(chan chan pageResult, max(opt.parallel-2, 0))
	wg.Go(func() {
		defer close(slots)
		for from < to {
			first, end := from, min(to, nextPage(from, src.PageSize()))
			slot := make(chan pageResult, 1)
			select {
			case slots <- slot:
			case <-ctx.Done():
				return
			}
			wg.Go(func() {
				p, err := s.fetch(ctx, src, first, end, head, opt.fresh)
				slot <- pageResult{p, err}
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
	}
	return ctx.Err()
}

// readOptions says how pages are read.
type readOptions struct {
	parallel int
	fresh    bool // pass over caches: the second look before a log is accused
}

// nextPage is the first multiple of size above from.
func nextPage(from, size uint64) uint64 {
	size = max(size, 1)
	return (from/size + 1) * size
}
