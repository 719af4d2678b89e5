package coverage

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// ticks is a span in milliseconds since the epoch: from <= t < to.
type ticks struct{ from, to int64 }

func (s Span) ticks() ticks {
	t := ticks{math.MinInt64, math.MaxInt64}
	if !s.From.IsZero() {
		t.from = s.From.UnixMilli()
	}
	if !s.To.IsZero() {
		t.to = s.To.UnixMilli()
	}
	return t
}

func (t ticks) span() Span {
	var s Span
	if t.from != math.MinInt64 {
		s.From = time.UnixMilli(t.from).UTC()
	}
	if t.to != math.MaxInt64 {
		s.To = time.UnixMilli(t.to).UTC()
	}
	return s
}

func (t ticks) empty() bool { return t.from >= t.to }

func (t ticks) cut(o ticks) ticks { return ticks{max(t.from, o.from), min(t.to, o.to)} }

// item is a time at which a log hides what it holds.
type item struct {
	log, gap  int // gap: place among the judged gaps of the log; -1: it lies before the period
	operators []string
	time      ticks
	expiry    ticks
}

// sweep looks for holes among items. All that it says is exact for certificates whose SCTs and expiry are whole
// milliseconds, and which had not expired when they were promised.
type sweep struct {
	period ticks
	spread int64
	items  []item
}

// wide is when the SCTs of a certificate can be stamped whose last one is of the period.
func (s *sweep) wide() ticks { return ticks{s.period.from - s.spread, s.period.to} }

// add adds an item, unless it can hide nothing.
func (s *sweep) add(it item) {
	if !it.time.empty() && !it.expiry.empty() {
		s.items = append(s.items, it)
	}
}

// hole is a set of items that together hide certificates.
type hole struct {
	items  []int
	time   ticks // of the last SCT
	expiry ticks
	long   bool
}

// holes finds all sets of items that can hide a certificate, the earliest first. Within a cell, the expiry between two
// neighbouring bounds of intervals, all certificates are alike.
func (s *sweep) holes() []hole {
	var out []hole
	for _, cell := range s.cells() {
		for _, h := range s.holesOf(cell) {
			same := slices.IndexFunc(out, func(o hole) bool {
				return o.expiry.to == cell.from && o.time == h.time && slices.Equal(o.items, h.items)
			})
			if same >= 0 {
				out[same].expiry.to = cell.to
			} else {
				out = append(out, h)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b hole) int { return cmp.Compare(a.time.from, b.time.from) })
	return out
}

// cells divides all dates of expiry at the bounds of the items' intervals.
func (s *sweep) cells() []ticks {
	bounds := []int64{math.MinInt64, math.MaxInt64}
	for _, it := range s.items {
		bounds = append(bounds, it.expiry.from, it.expiry.to)
	}
	slices.Sort(bounds)
	bounds = slices.Compact(bounds)
	out := make([]ticks, len(bounds)-1)
	for i := range out {
		out[i] = ticks{bounds[i], bounds[i+1]}
	}
	return out
}

// holesOf finds the holes for certificates that expire in a cell, one after the other.
//
// SCTs of some logs, each in a gap of its log, lie no more than spread apart if there is a moment p, that of the last
// one, that lies in one of the gaps and in all of them when each is made longer by spread. The sets of gaps for which
// that holds change only where a gap begins, ends, or has ended for spread.
func (s *sweep) holesOf(cell ticks) []hole {
	var takers []int
	points := []int64{s.period.from, s.period.to}
	for i := range s.items {
		if it := &s.items[i]; it.expiry.from <= cell.from && it.expiry.to >= cell.to && it.time.from < cell.to {
			takers = append(takers, i)
			end := it.end(cell)
			points = append(points, it.time.from, end, end+s.spread)
		}
	}
	slices.Sort(points)
	points = slices.Compact(points)
	var out []hole
	for n, p := range points[:len(points)-1] {
		if p < s.period.from || p >= s.period.to {
			continue
		}
		h := hole{time: ticks{p, points[n+1]}, expiry: cell}
		if !s.hides(&h, takers) {
			continue
		}
		if last := len(out) - 1; last >= 0 && out[last].time.to == p && slices.Equal(out[last].items, h.items) {
			out[last].time.to = h.time.to
		} else {
			out = append(out, h)
		}
	}
	return out
}

// end is when the gap ends for certificates that expire in a cell: nothing is promised to what has expired.
func (it *item) end(cell ticks) int64 { return min(it.time.to, cell.to) }

// hides fills a hole with the gaps that hide what has its last SCT at the beginning of the hole, and says whether their
// logs are enough for a browser.
func (s *sweep) hides(h *hole, takers []int) bool {
	p, last := h.time.from, false
	logs, names := map[int]bool{}, map[string]bool{}
	for _, i := range takers {
		it := &s.items[i]
		end := it.end(h.expiry)
		if p < it.time.from || p >= end+s.spread {
			continue
		}
		h.items = append(h.items, i)
		last = last || p < end
		logs[it.log] = true
		for _, name := range it.operators {
			names[name] = true
		}
	}
	h.long = len(logs) >= longSCTs
	return last && len(logs) >= shortSCTs && len(names) >= operators
}
