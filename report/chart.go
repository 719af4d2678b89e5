package report

import (
	"fmt"
	"time"
)

// chart is the counts of a verdict over time, as bars with a scale of their own: among a thousand that are expected, one
// that is not must be seen.
type chart struct {
	Verdict string
	Total   int
	Most    int // in one bar
	Width   int // of all bars, in units of the drawing
	Bars    []bar
}

// bar is a bar of a chart. Bars of nothing are left out.
type bar struct {
	X, Y, Height int
	Text         string
}

const (
	barStep   = 10 // from one bar to the next
	barHeight = 40 // of the highest
)

// charts draws the counts of a report. each says what a bar stands for.
func charts(r *Report) (out []chart, each string) {
	step, each := barLength(r.Period)
	first := r.Period.Since.Truncate(aDay)
	bars := int(max(1, (r.Period.Until.Sub(first)+step-1)/step))
	for _, verdict := range [...]string{"unexpected", "undetermined", "unpinned", "expected"} {
		counts := make([]int, bars)
		c := chart{Verdict: verdict, Width: bars * barStep}
		for i := range r.Days {
			n := *r.Days[i].at(verdict)
			at := min(max(0, int(r.Days[i].Day.Sub(first)/step)), bars-1)
			counts[at] += n
			c.Total += n
			c.Most = max(c.Most, counts[at])
		}
		for i, n := range counts {
			if n == 0 {
				continue
			}
			height := max(2, n*barHeight/c.Most)
			from := first.Add(time.Duration(i) * step)
			c.Bars = append(c.Bars, bar{
				X: i*barStep + 1, Y: barHeight - height, Height: height, Text: fmt.Sprintf("%s: %s %s", day(from), count(n), verdict),
			})
		}
		out = append(out, c)
	}
	return out, each
}

const aDay = 24 * time.Hour

// barLength is how much time a bar stands for, so that there are not too many.
func barLength(p Period) (step time.Duration, each string) {
	switch length := p.Until.Sub(p.Since); {
	case length <= 100*aDay:
		return aDay, "day"
	case length <= 730*aDay:
		return 7 * aDay, "week"
	case length <= 10*365*aDay:
		return 30 * aDay, "30 days"
	}
	return 365 * aDay, "365 days"
}
