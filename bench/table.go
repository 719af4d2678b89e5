package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// runs are the rounds of one measurement, in order.
type runs []cost

func wall(c cost) float64    { return c.wall.Seconds() }
func reading(c cost) float64 { return (c.wall - c.first).Seconds() }
func first(c cost) float64   { return c.first.Seconds() }
func cpu(c cost) float64     { return c.cpu.Seconds() }
func peak(c cost) float64    { return float64(c.peak >> 20) }

// median is the middle of a figure over all rounds.
func (r runs) median(of func(cost) float64) float64 {
	values := make([]float64, len(r))
	for i, c := range r {
		values[i] = of(c)
	}
	return median(values)
}

// to is the middle of the ratios of a figure to that of the same round of another measurement: what else the machine does
// is much the same for both.
func (r runs) to(base runs, of func(cost) float64) float64 {
	values := make([]float64, len(r))
	for i, c := range r {
		values[i] = of(c) / of(base[i])
	}
	return median(values)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// check is a figure that is held against its target.
type check struct {
	what        string // with a verb for the number
	got, target float64
	least       bool // the target is a lower bound
}

func (c check) met() bool {
	if c.least {
		return c.got >= c.target
	}
	return c.got <= c.target
}

// table is what is printed.
type table struct{ *tabwriter.Writer }

func newTable(w io.Writer) table {
	t := table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	fmt.Fprintln(t, "WORK\tENTRIES/S\tWALL\tFIRST REQUEST\tCPU\tPEAK\tMEASURED\tTARGET\tMET")
	return t
}

// scans prints measurements of whole programs that read so many entries. Entries a second are those from the first
// request on.
func (t table) scans(work string, entries uint64, r runs, checks ...check) {
	speed := "-"
	if entries > 0 {
		speed = fmt.Sprintf("%.0f", float64(entries)/r.median(reading))
	}
	t.line(work, fmt.Sprintf("%s\t%.2f s\t%.2f s\t%.2f s\t%.0f MB", speed, r.median(wall), r.median(first), r.median(cpu),
		r.median(peak)), checks...)
}

// line prints five columns of figures and what is held against targets, a line each.
func (t table) line(work, figures string, checks ...check) {
	if len(checks) == 0 {
		fmt.Fprintf(t, "%s\t%s\t-\t-\t-\n", work, figures)
	}
	for i, c := range checks {
		if i > 0 {
			work, figures = "", "\t\t\t\t"
		}
		bound, met := "at most ", "yes"
		if c.least {
			bound = "at least "
		}
		if !c.met() {
			met = "NO"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s%s\t%s\n", work, figures, fmt.Sprintf(c.what, c.got), bound, fmt.Sprintf(c.what, c.target), met)
	}
}

// memory holds the peak of all rounds against a bound in MB.
func memory(r runs, most float64) check {
	highest := 0.0
	for _, c := range r {
		highest = max(highest, peak(c))
	}
	return check{what: "%.0f MB", got: highest, target: most}
}
