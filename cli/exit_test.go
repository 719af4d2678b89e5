package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pinwatch/config"
	"pinwatch/ct"
	"pinwatch/monitor"
	"pinwatch/store"
)

func TestExitCode(t *testing.T) {
	tests := []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("x"), 1},
		{&store.Error{Path: "p", Kind: store.ErrFull}, 1},
		{&store.HeldError{Path: "p"}, 1},
		{usage("", "x"), 2},
		{fmt.Errorf("x: %w", config.Problems{{Text: "x"}}), 2},
		{&store.Error{Path: "p", Kind: store.ErrDSN}, 2},
		{&store.UnknownFindingError{ID: "x"}, 2},
		{outcome(codeFindings), 3},
		{errors.Join(outcome(codeMisbehaved), nil), 5},
		{fmt.Errorf("x: %w", context.Canceled), 130},
		{context.DeadlineExceeded, 4},
		{errors.Join(context.Canceled, &store.Error{Path: "p", Kind: store.ErrFull}), 1},
	}
	for _, tt := range tests {
		if got := exitCode(tt.err); got != tt.want {
			t.Errorf("exitCode(%v) = %d, want %d", tt.err, got, tt.want)
		}
	}
}

// TestOutcome is which exit code of a scan beats which.
func TestOutcome(t *testing.T) {
	log := &ct.Log{Description: "log"}
	head := &ct.TreeHead{Size: 10}
	done := monitor.LogResult{Log: log, Reached: true, Head: head, To: 10}
	partly := monitor.LogResult{Log: log, Reached: true, Head: head, To: 5, Err: errors.New("x")}
	away := monitor.LogResult{Log: log, Err: errors.New("x")}
	liar := monitor.LogResult{Log: log, Err: &ct.Misbehaviour{}, Misbehaviour: &ct.Misbehaviour{}}
	unexpected, undetermined := store.Gist{Verdict: "unexpected"}, store.Gist{Verdict: "undetermined"}
	expected, unpinned := store.Gist{Verdict: "expected"}, store.Gist{Verdict: "unpinned"}
	full := &store.Error{Path: "p", Kind: store.ErrFull}
	tests := map[string]struct {
		results []monitor.LogResult
		failed  []error
		err     error
		found   []store.Gist
		want    int
	}{
		"all is well":                        {results: []monitor.LogResult{done}, want: 0},
		"expected and unpinned":              {results: []monitor.LogResult{done}, found: []store.Gist{expected, unpinned}, want: 0},
		"unexpected":                         {results: []monitor.LogResult{done}, found: []store.Gist{expected, unexpected}, want: 3},
		"undetermined":                       {results: []monitor.LogResult{done}, found: []store.Gist{undetermined}, want: 3},
		"a log not read to its head":         {results: []monitor.LogResult{done, partly}, want: 4},
		"a log not reached":                  {results: []monitor.LogResult{done, away}, want: 4},
		"a list not fetched":                 {results: []monitor.LogResult{done}, failed: []error{full}, want: 4},
		"out of time":                        {results: []monitor.LogResult{done, partly}, err: context.DeadlineExceeded, want: 4},
		"out of time before the first log":   {results: []monitor.LogResult{away}, err: context.DeadlineExceeded, want: 4},
		"no log reached":                     {results: []monitor.LogResult{away, away}, want: 1},
		"no log at all":                      {failed: []error{full}, want: 1},
		"unexpected beats incomplete":        {results: []monitor.LogResult{done, away}, found: []store.Gist{unexpected}, want: 3},
		"unexpected, then out of time":       {results: []monitor.LogResult{partly}, err: context.DeadlineExceeded, found: []store.Gist{unexpected}, want: 3},
		"misbehaviour beats unexpected":      {results: []monitor.LogResult{liar, done}, found: []store.Gist{unexpected}, want: 5},
		"misbehaviour beats incomplete":      {results: []monitor.LogResult{liar, away}, want: 5},
		"misbehaviour, then out of time":     {results: []monitor.LogResult{liar, away}, err: context.DeadlineExceeded, want: 5},
		"interrupted beats all of a log":     {results: []monitor.LogResult{liar}, err: context.Canceled, found: []store.Gist{unexpected}, want: 130},
		"the store's failure beats all":      {results: []monitor.LogResult{liar}, err: full, found: []store.Gist{unexpected}, want: 1},
		"the store's failure and the signal": {err: errors.Join(context.Canceled, full), want: 1},
		"the store's failure out of time":    {err: errors.Join(context.DeadlineExceeded, full), want: 1},
	}
	for name, tt := range tests {
		ps := &pass{results: tt.results, failed: tt.failed, err: tt.err, found: tt.found}
		if got := exitCode(ps.outcome()); got != tt.want {
			t.Errorf("%s: exit code %d, want %d", name, got, tt.want)
		}
	}
}

// TestComplain: every problem is told on a line of its own, escaped, and a hint that several share once.
func TestComplain(t *testing.T) {
	var stderr strings.Builder
	p := &program{stderr: &stderr}
	p.complain(config.Problems{
		{Path: "a\x1b.yaml", Line: 3, Where: "watch[0]", Text: "one", Hint: "same"},
		{Path: "a.yaml", Line: 4, Text: "two", Hint: "same"},
		{Path: "a.yaml", Line: 5, Text: "three", Hint: "other"},
		{Path: "a.yaml", Line: 6, Text: "four"},
	})
	p.complain(&store.HeldError{Path: "p.lock", Holder: "process 7\nerror: fake"})
	want := `error: a\u{1b}.yaml:3: watch[0]: one
error: a.yaml:4: two
hint: same
error: a.yaml:5: three
hint: other
error: a.yaml:6: four
error: p.lock is held by process 7
error: error: fake
hint: wait for it or stop it: one process at a time follows logs into a database
`
	if got := stderr.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
