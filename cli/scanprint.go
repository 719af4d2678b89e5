package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pinwatch/ct/fetch"
	"pinwatch/monitor"
	"pinwatch/show"
	"pinwatch/store"
)

// printPass prints the new findings, the worst first, and how far each log is verified. As JSON it prints findings
// alone; the rest is in status.
func (p *program) printPass(ps *pass, load loader, asJSON bool) error {
	if err := p.printFindings(ps.found, load, asJSON); err != nil || asJSON {
		return err
	}
	if ps.rechecked != nil {
		fmt.Fprintln(p.stdout, recheckText(ps.rechecked))
		fmt.Fprintln(p.stdout)
	}
	if len(ps.results) > 0 {
		p.printLogs(ps)
		fmt.Fprintln(p.stdout)
	}
	if ps.lookedBack {
		p.printBack(ps)
		fmt.Fprintln(p.stdout)
	}
	fmt.Fprintln(p.stdout, summary(ps))
	return nil
}

// printLogs prints a line for each log: what is verified, up to which head, and what was found there for the first
// time.
func (p *program) printLogs(ps *pass) {
	t := newTable("log", "verified", "new entries", "head", "signed", "expected", "unexpected", "unpinned", "undetermined", "trouble")
	verdictOf := verdictsByID(ps.found)
	for i := range ps.results {
		r := &ps.results[i]
		head, signed := "-", "-"
		if r.Head != nil {
			head, signed = strconv.FormatUint(r.Head.Size, 10), timestamp(r.Head.Time())
		}
		n := countVerdicts(&r.Counts, verdictOf)
		t.row(show.Escape(r.Log.Name()), verified(r), strconv.FormatUint(r.Counts.Entries, 10), head, signed,
			n("expected"), n("unexpected"), n("unpinned"), n("undetermined"), shortTrouble(r))
	}
	t.print(p.stdout)
}

func verdictsByID(found []store.Gist) map[string]string {
	out := make(map[string]string, len(found))
	for i := range found {
		out[found[i].ID] = found[i].Verdict
	}
	return out
}

// countVerdicts counts what was found in a log, by verdict.
func countVerdicts(c *monitor.Counts, verdictOf map[string]string) func(verdict string) string {
	n := map[string]int{}
	for _, id := range unique(slices.Concat(c.New, c.Changed)) {
		n[verdictOf[id]]++
	}
	return func(verdict string) string { return strconv.Itoa(n[verdict]) }
}

// verified is the range of entries that this pass verified and matched.
func verified(r *monitor.LogResult) string {
	switch {
	case r.Head == nil:
		return "-"
	case r.From == r.To:
		return "to " + strconv.FormatUint(r.To, 10)
	}
	return fmt.Sprintf("%d to %d", r.From, r.To)
}

// shortTrouble is why the pass over a log ended before its head, in a word or two; the error line says more.
func shortTrouble(r *monitor.LogResult) string {
	switch {
	case r.Misbehaviour != nil:
		return "misbehaved: " + string(r.Misbehaviour.Kind)
	case len(r.Broken) > 0:
		return "misbehaved: " + string(r.Broken[0].Kind)
	case errors.Is(r.Err, context.DeadlineExceeded):
		return "out of time"
	case errors.Is(r.Err, context.Canceled):
		return "interrupted"
	case errors.Is(r.Err, monitor.ErrStaleHead):
		return "stale head"
	case errors.Is(r.Err, monitor.ErrOldHead):
		return "old head"
	case rateLimited(r.Err):
		return "rate limited"
	case r.Err != nil && r.Reached:
		return "entries unreadable"
	case r.Err != nil:
		return "unreachable"
	case r.Left:
		return "left the list"
	}
	return "-"
}

// rateLimited says whether a log, or its operator, asked us to come back later.
func rateLimited(err error) bool {
	status, ok := errors.AsType[*fetch.StatusError](err)
	return ok && (status.Code == 429 || status.Code == 503)
}

// summary is the pass in a line.
func summary(ps *pass) string {
	verdicts := map[string]int{}
	critical, waiting := 0, 0
	for _, f := range ps.found {
		if f.State == store.StatePending {
			waiting++
			continue
		}
		verdicts[f.Verdict]++
		if f.Severity == "critical" {
			critical++
		}
	}
	var parts []string
	for _, v := range []string{"unexpected", "undetermined", "unpinned", "expected"} {
		if verdicts[v] == 0 {
			continue
		}
		part := fmt.Sprintf("%d %s", verdicts[v], v)
		if v == "unexpected" && critical > 0 {
			part += fmt.Sprintf(" (%d critical)", critical)
		}
		parts = append(parts, part)
	}
	if waiting > 0 {
		parts = append(parts, fmt.Sprintf("%d pending, whose key may yet be declared", waiting))
	}
	switch {
	case parts == nil && !ps.reached():
		return "Nothing was looked at: not one log could be read."
	case parts == nil && !ps.complete():
		return "Nothing new in what was looked at; that was not everything."
	case parts == nil:
		return "Nothing new."
	}
	return "New: " + strings.Join(parts, ", ") + "."
}

// timestamp is how times are shown to people: UTC, to the second.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
