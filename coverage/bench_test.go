package coverage

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkJudge judges a year of a list as large as they are: 200 shards of ten operators, each with gaps of its own.
func BenchmarkJudge(b *testing.B) {
	year := Span{day(1), day(365)}
	var logs []Log
	for i := range 200 {
		half := time.Duration(i%12) * 182 * 24 * time.Hour
		l := Log{Name: fmt.Sprint("log ", i), Operators: []string{fmt.Sprint(i % 10)}, Expiry: Span{day(1).Add(half), day(183).Add(half)}}
		for n := range 5 {
			at := 10 + 70*n + i%50
			l.Gaps = append(l.Gaps, Gap{days(at, at+2), Behind, ""})
		}
		if i%4 == 0 {
			l.Gaps = []Gap{{Why: NotFollowed}}
		}
		logs = append(logs, l)
	}
	holes := 0
	for b.Loop() {
		holes = len(Judge(logs, year, Spread).Holes)
	}
	b.ReportMetric(float64(holes), "holes")
}
