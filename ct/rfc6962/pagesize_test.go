package rfc6962

import (
	"fmt"
	"testing"
)

// give is how many entries a log with a limit gives. An aligned one ends at the multiples of its limit.
func give(from, asked, limit uint64, aligned bool) uint64 {
	if aligned {
		limit -= from % limit
	}
	return min(asked, limit)
}

// read reads entries as Reader does, and counts the requests.
func read(p *pageSize, from, to, limit uint64, aligned bool) (requests uint64) {
	for from < to {
		size := p.now()
		asked := min(to, (from/size+1)*size) - from
		got := give(from, asked, limit, aligned)
		p.learn(from, asked, got)
		from += got
		requests++
	}
	return requests
}

func TestPageSizeIsLearned(t *testing.T) {
	for _, limit := range []uint64{1, 32, 64, 100, 256, 500, 512, 1000, 1024, 1500, 5000} {
		for _, aligned := range []bool{false, true} {
			for _, from := range []uint64{0, 77, 1_000_000, 2_240_000_123} {
				t.Run(fmt.Sprintf("%d %v from %d", limit, aligned, from), func(t *testing.T) {
					p := newPageSize()
					read(&p, from, from+8*min(limit, maxPage), limit, aligned)
					if got, want := p.now(), min(limit, maxPage); got != want {
						t.Fatalf("learned %d, want %d", got, want)
					}
					const pages = 2000
					best := pages * ((limit + maxPage - 1) / maxPage)
					got := read(&p, from, from+pages*limit, limit, aligned)
					slack := best / 20
					if limit > maxPage {
						slack = best / 4 // the multiples of the log are not ours
					}
					if got > best+slack+2 {
						t.Errorf("%d requests for what can be had with %d", got, best)
					}
				})
			}
		}
	}
}

// A log that gave few entries for a while is soon read in full pages again.
func TestPageSizeRecovers(t *testing.T) {
	p := newPageSize()
	read(&p, 0, 4, 1, false)
	if p.now() != 1 {
		t.Fatalf("page size %d, want 1", p.now())
	}
	if got := read(&p, 4, 100_000, 1024, false); got > 300 {
		t.Errorf("%d requests for 100,000 entries", got)
	}
	if p.now() != maxPage {
		t.Errorf("page size %d, want %d", p.now(), maxPage)
	}
}

func TestPageSizeHalves(t *testing.T) {
	p := newPageSize()
	for _, want := range []uint64{512, 256, 128, 64, 32, 16, 8, 4, 2, 1, 1} {
		if p.halve(p.now()); p.now() != want {
			t.Fatalf("page size %d, want %d", p.now(), want)
		}
	}
}
