package coverage

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// at is a moment of the small world in which everything is tried out.
func at(tick int) time.Time { return time.UnixMilli(int64(tick)).UTC() }

func randomSpan(r *rand.Rand, n int) Span {
	a, b := r.IntN(n), r.IntN(n+1)
	s := Span{at(min(a, b)), at(max(a, b) + 1)}
	if r.IntN(4) == 0 {
		s.From = time.Time{}
	}
	if r.IntN(4) == 0 {
		s.To = time.Time{}
	}
	return s
}

const world = 6 // moments

// randomLogs makes up to four logs of up to three operators.
func randomLogs(r *rand.Rand) []Log {
	logs := make([]Log, 2+r.IntN(3))
	for i := range logs {
		logs[i] = Log{Operators: []string{string(rune('x' + r.IntN(3)))}, Expiry: randomSpan(r, world+2)}
		if r.IntN(8) == 0 {
			logs[i].Operators = append(logs[i].Operators, "x")
		}
		if r.IntN(2) == 0 {
			logs[i].Counts = randomSpan(r, world)
		}
		for range r.IntN(3) {
			logs[i].Gaps = append(logs[i].Gaps, Gap{Span: randomSpan(r, world)})
		}
	}
	return logs
}

func (s Span) has(tick int) bool {
	t := s.ticks()
	return t.from <= int64(tick) && int64(tick) < t.to
}

func hidden(l *Log, tick int) bool {
	return l.Counts.has(tick) && slices.ContainsFunc(l.Gaps, func(g Gap) bool { return g.has(tick) })
}

// certificate is one that nobody saw: which logs promised it when, -1 where one did not, and when it expires.
type certificate struct {
	scts   []int
	expiry int
}

// accepted says whether a browser takes the certificate, by the words of the policy and nothing else.
func (c *certificate) accepted(logs []Log, scts int) bool {
	n := 0
	for _, t := range c.scts {
		if t >= 0 {
			n++
		}
	}
	if n < scts {
		return false
	}
	for i, a := range c.scts {
		for k, b := range c.scts {
			if i == k || a < 0 || b < 0 {
				continue
			}
			for _, x := range logs[i].Operators {
				for _, y := range logs[k].Operators {
					if x != y {
						return true
					}
				}
			}
		}
	}
	return false
}

// each tries all unseen certificates that some logs can give whose SCTs are no more than spread apart.
func each(logs []Log, spread int, try func(c *certificate)) {
	c := certificate{scts: make([]int, len(logs))}
	var next func(i int)
	next = func(i int) {
		if i == len(logs) {
			lo, hi := world+9, -1
			for _, t := range c.scts {
				if t >= 0 {
					lo, hi = min(lo, t), max(hi, t)
				}
			}
			if hi >= 0 && hi-lo <= spread {
				try(&c)
			}
			return
		}
		c.scts[i] = -1
		next(i + 1)
		if !logs[i].Expiry.has(c.expiry) {
			return
		}
		for t := 0; t <= min(world, c.expiry); t++ {
			if hidden(&logs[i], t) {
				c.scts[i] = t
				next(i + 1)
			}
		}
		c.scts[i] = -1
	}
	for c.expiry = 0; c.expiry <= world+3; c.expiry++ {
		next(0)
	}
}

// TestOracle compares the judgement with all certificates of small worlds, tried one by one.
func TestOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	verdicts, unlisted := map[[2]bool]int{}, 0
	for range rounds {
		logs, spread, from := randomLogs(r), r.IntN(3), r.IntN(world)
		period := Span{at(from), at(from + 1 + r.IntN(world-from))}
		j := Judge(logs, period, time.Duration(spread)*time.Millisecond)
		short, long, until := true, true, int(period.To.UnixMilli())
		blamed := map[[2]int]bool{} // log and moment of an SCT
		filled := make([]bool, len(j.Holes))
		each(logs, spread, func(c *certificate) {
			last := slices.Max(c.scts)
			if !period.has(last) || !c.accepted(logs, shortSCTs) {
				return
			}
			short = false
			long = long && !c.accepted(logs, longSCTs)
			until = min(until, last)
			for i, at := range c.scts {
				if at >= 0 {
					blamed[[2]int{i, at}] = true
				}
			}
			held := false
			for n := range j.Holes {
				if h := &j.Holes[n]; h.holds(c, last) {
					held = true
					filled[n] = filled[n] || !h.Long || c.accepted(logs, longSCTs)
				}
			}
			if !held {
				t.Errorf("no hole for the SCTs %d, expiry %d", c.scts, c.expiry)
			}
		})
		if j.Unlisted {
			unlisted++
			short, long, until = false, false, from
		}
		if j.Guaranteed != short || j.GuaranteedLong != long || j.Until.UnixMilli() != int64(until) {
			t.Errorf("guaranteed %v, long %v until %d, and all certificates say %v, %v, %d",
				j.Guaranteed, j.GuaranteedLong, j.Until.UnixMilli(), short, long, until)
		}
		if n := slices.Index(filled, false); n >= 0 {
			t.Errorf("nothing is in hole %d", n)
		}
		verdicts[[2]bool{short, long}]++
		checkGaps(t, j, blamed)
		if t.Failed() {
			t.Fatalf("logs %+v\nperiod %v, spread %d\nholes %+v", logs, period.ticks(), spread, j.Holes)
		}
	}
	if len(verdicts) != 3 || unlisted == 0 || unlisted > rounds/2 {
		t.Errorf("not all verdicts were tried: %v", verdicts)
	}
}

// checkGaps compares what is said of gaps with the SCTs of all certificates, by log and moment.
func checkGaps(t *testing.T, j *Judgement, blamed map[[2]int]bool) {
	t.Helper()
	for i := range j.Logs {
		for _, g := range j.Logs[i].Gaps {
			want := true
			for tick := range world + 1 {
				want = want && (!g.has(tick) || !blamed[[2]int{i, tick}])
			}
			if g.Guaranteed != want {
				t.Errorf("gap %v of log %d: guaranteed %v, all certificates say %v", g.ticks(), i, g.Guaranteed, want)
			}
		}
	}
}

// holds says whether the certificate is one of those that a hole tells of.
func (h *Hole) holds(c *certificate, last int) bool {
	for i, at := range c.scts {
		if at >= 0 && !slices.Contains(h.Logs, i) {
			return false
		}
	}
	return h.Time.has(last) && h.Expiry.has(c.expiry)
}
