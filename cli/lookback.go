package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/monitor"
	"pinwatch/show"
	"pinwatch/store"
)

const lookBackName = "look-back"

func lookBackFlag() cli.Flag {
	return &cli.BoolFlag{Name: lookBackName, DisableDefaultText: true, Usage: "also read what was read before, where it was read for other " +
		"names than those watched now: all that is in the record, or from --start on, which may lie before it"}
}

// lookBackStart is how far back to look; nil is as far as the record goes.
func lookBackStart(c *cli.Context, start config.Start) (*monitor.Start, error) {
	if where(c, "start") == nil {
		return nil, nil
	}
	from := startOf(start)
	if from.Now {
		return nil, usage("write beginning, a date such as 2026-01-31, or an index; without --start it goes as far back as the record",
			"--start now leaves nothing to look back at")
	}
	return &from, nil
}

// lookBack reads what was read for other names. Where the scan before it failed or was ended, there is no time for it.
func (r *scanner) lookBack(ctx context.Context, ps *pass, opt monitor.Options, sources []monitor.Source, m *meter) {
	if !r.back || ps.err != nil {
		return
	}
	opt.Progress = m.progress
	ps.lookedBack = true
	ps.back, ps.err = monitor.LookBack(ctx, opt, sources, r.backTo)
	m.finish()
}

// othersWatched says whether the last run, if there was one, looked for other names than those of now.
func othersWatched(ctx context.Context, s *store.Store, names [32]byte) (bool, error) {
	last, err := s.LastNames(ctx)
	return err == nil && last != [32]byte{} && last != names, err
}

// hintToLookBack says once, where somebody sits there, what a change of names leaves unread.
func (p *program) hintToLookBack(changed, terminal bool) {
	if changed && terminal {
		_ = p.stdout.Flush() // a failure stays, and is told in the end
		p.note("the watched names are not those of the last run: what was read before was not looked at for the new ones")
		p.hint(`"pinwatch scan --look-back" reads it for them`)
	}
}

// printBack prints a line for each log of which something was read again, or is still to be read.
func (p *program) printBack(ps *pass) {
	t := newTable("log", "looked back at", "read now", "left", "expected", "unexpected", "unpinned", "undetermined", "trouble")
	verdictOf := verdictsByID(ps.found)
	done := true
	for i := range ps.back {
		r := &ps.back[i]
		if r.Complete() && r.Counts.Entries == 0 {
			continue
		}
		done = false
		n := countVerdicts(&r.Counts, verdictOf)
		t.row(show.Escape(r.Log.Name()), fmt.Sprintf("%d to %d", r.From, r.To), strconv.FormatUint(r.Counts.Entries, 10),
			strconv.FormatUint(r.Left, 10), n("expected"), n("unexpected"), n("unpinned"), n("undetermined"), backTrouble(r))
	}
	if done {
		fmt.Fprintln(p.stdout, "Looked back: nothing was left to be read for the names of now.")
		return
	}
	t.print(p.stdout)
}

// backTrouble is why not all of a log could be looked back at, in a word or two; the error line says more.
func backTrouble(r *monitor.LookedBack) string {
	switch {
	case r.Misbehaviour != nil:
		return "misbehaved: " + string(r.Misbehaviour.Kind)
	case errors.Is(r.Err, context.DeadlineExceeded):
		return "out of time"
	case errors.Is(r.Err, context.Canceled):
		return "interrupted"
	case rateLimited(r.Err):
		return "rate limited"
	case is[*store.Error](r.Err):
		return "not recorded"
	case r.Err != nil:
		return "entries unreadable"
	}
	return "-"
}

// troubleBack says why not all of a log could be looked back at.
func (p *program) troubleBack(r *monitor.LookedBack) {
	switch {
	case r.Misbehaviour != nil:
		p.say("error", fmt.Sprintf("%s misbehaved: %s", r.Log.Name(), r.Misbehaviour.Error()))
		p.hint("the evidence is kept; what was found in it before stays")
	case r.Err == nil, errors.Is(r.Err, context.Canceled), errors.Is(r.Err, context.DeadlineExceeded), is[*store.Error](r.Err):
	default: // a failure of the store is told as that
		p.say("error", fmt.Sprintf("%s cannot be looked back at: %v", r.Log.Name(), r.Err))
	}
}

// allBack says whether all that was to be looked back at was.
func (ps *pass) allBack() bool {
	return !slices.ContainsFunc(ps.back, func(r monitor.LookedBack) bool { return !r.Complete() })
}

// liedBack says whether a log showed something else than before.
func (ps *pass) liedBack() bool {
	return slices.ContainsFunc(ps.back, func(r monitor.LookedBack) bool { return r.Misbehaviour != nil })
}
