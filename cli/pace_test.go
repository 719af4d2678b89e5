package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"pinwatch/store"
)

func TestOutlook(t *testing.T) {
	hour := time.Hour
	tests := map[string]struct {
		lag  uint64
		pace store.Pace
		want string // grows, reads, in
	}{
		"nothing is known":                 {1000, store.Pace{}, "- - -"},
		"rates of a moment say nothing":    {1000, store.Pace{Grown: 5, GrownIn: time.Second, Read: 5, ReadIn: 9 * time.Second}, "- - -"},
		"up to date":                       {0, store.Pace{Grown: 3600, GrownIn: hour, Read: 3600, ReadIn: hour}, "1.0/s 1.0/s -"},
		"a tile that fills":                {255, store.Pace{Read: 36, ReadIn: hour}, "- 0.0/s -"},
		"five minutes of a busy log":       {30_000, store.Pace{Grown: 360_000, GrownIn: hour, Read: 359_000, ReadIn: hour}, "100/s 100/s -"},
		"behind, and gaining":              {360_000, store.Pace{Grown: 360_000, GrownIn: hour, Read: 720_000, ReadIn: hour}, "100/s 200/s 1h0m0s"},
		"behind, growth not known":         {360_000, store.Pace{Read: 720_000, ReadIn: hour}, "- 200/s 30m0s"},
		"behind a log that does not grow":  {360_000, store.Pace{GrownIn: hour, Read: 720_000, ReadIn: hour}, "0.0/s 200/s 30m0s"},
		"behind, and losing":               {360_000, store.Pace{Grown: 360_000, GrownIn: hour, Read: 36_000, ReadIn: hour}, "100/s 10/s not_so"},
		"behind, and as fast as the log":   {360_000, store.Pace{Grown: 360_000, GrownIn: hour, Read: 360_000, ReadIn: hour}, "100/s 100/s not_so"},
		"two thousand million of them":     {2_000_000_000, store.Pace{Grown: 360_000, GrownIn: hour, Read: 3_960_000, ReadIn: hour}, "100/s 1100/s 23_days"},
		"for ever, but only just":          {1 << 62, store.Pace{Read: 1, ReadIn: hour}, "- 0.0/s 11574_days"},
		"behind, and nothing was read yet": {360_000, store.Pace{Grown: 360_000, GrownIn: hour}, "100/s - -"},
	}
	for name, tt := range tests {
		s := &store.LogStatus{Started: true, Head: &store.Head{Size: tt.lag}}
		grows, reads, in := newOutlook(s, tt.pace).cells()
		got := fmt.Sprint(grows, " ", reads, " ", strings.ReplaceAll(in, " ", "_"))
		if got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestOutlookJSON(t *testing.T) {
	var out bytes.Buffer
	s := &store.LogStatus{Started: true, Head: &store.Head{Size: 360_000}}
	for _, p := range []store.Pace{
		{},
		{Grown: 360_000, GrownIn: time.Hour, Read: 720_000, ReadIn: time.Hour},
		{Grown: 360_000, GrownIn: time.Hour, Read: 0, ReadIn: time.Hour},
	} {
		if err := writeJSON(&out, newOutlook(s, p).json()); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"grows_per_second":null,"reads_per_second":null,"caught_up_in":null,"falling_behind":false}
{"grows_per_second":100,"reads_per_second":200,"caught_up_in":3600,"falling_behind":false}
{"grows_per_second":100,"reads_per_second":0,"caught_up_in":null,"falling_behind":true}
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
