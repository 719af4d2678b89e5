package ct_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pinwatch/ct"
)

// Spans of any length, beginning anywhere, join to the tree that the entries have one by one.
func TestSpansJoinToTheTree(t *testing.T) {
	const size = 1100
	var want [size + 1]ct.Range
	for i := range size {
		want[i+1] = want[i]
		want[i+1].Append(leaf(i))
	}
	for _, cuts := range [][]int{
		{size}, {256, 512, 768, 1024, size}, {1, 2, 3, 4, 7, 8, 15, size}, {5, 5, 261, 300, 1099, size}, {255, 257, 512, 513, size},
	} {
		t.Run(fmt.Sprint(cuts), func(t *testing.T) {
			var got ct.Range
			at := 0
			for _, end := range cuts {
				span := ct.NewSpan(uint64(at))
				for ; at < end; at++ {
					span.Append(leaf(at))
				}
				got.Join(&span)
				if diff := cmp.Diff(want[at].Nodes(), got.Nodes()); diff != "" || got.Size() != uint64(at) {
					t.Fatalf("%d entries, not %d: %s", got.Size(), at, diff)
				}
			}
		})
	}
}

func TestEverySpanOfASmallTree(t *testing.T) {
	const size = 40
	for first := range size {
		for end := first; end <= size; end++ {
			var got, want ct.Range
			for i := range first {
				got.Append(leaf(i))
			}
			span := ct.NewSpan(uint64(first))
			for i := first; i < end; i++ {
				span.Append(leaf(i))
			}
			got.Join(&span)
			for i := range end {
				want.Append(leaf(i))
			}
			if got.Size() != want.Size() || got.Root() != want.Root() {
				t.Errorf("entries %d to %d: %d entries with the root %v, want %v", first, end, got.Size(), got.Root(), want.Root())
			}
		}
	}
}

func TestSpanOfAPageAllocatesOnce(t *testing.T) {
	h := leaf(0)
	for _, first := range []uint64{0, 256, 1, 255, 1<<40 - 100} {
		got := testing.AllocsPerRun(100, func() {
			span := ct.NewSpan(first)
			for range 256 {
				span.Append(h)
			}
		})
		if got > 1 {
			t.Errorf("%v allocations for a page that begins at %d", got, first)
		}
	}
}

// BenchmarkSpanAppend is what a leaf costs in a page; joining the pages costs next to nothing.
func BenchmarkSpanAppend(b *testing.B) {
	h := leaf(0)
	b.ReportAllocs()
	for b.Loop() {
		span := ct.NewSpan(256)
		for range 256 {
			span.Append(h)
		}
	}
	b.ReportMetric(float64(b.N)*256/b.Elapsed().Seconds(), "entries/s")
}
