package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/matcher"
	"pinwatch/matcher/pinfile"
	"pinwatch/policy"
	"pinwatch/show"
	"pinwatch/store"
)

var exportFormats = []pinfile.Format{
	pinfile.Android, pinfile.Apple, pinfile.TrustKit, pinfile.OkHttp, pinfile.HPKP, pinfile.TLSA, pinfile.JSON,
}

func (p *program) exportCommand() *cli.Command {
	known := make([]string, len(exportFormats))
	for i, f := range exportFormats {
		known[i] = string(f)
	}
	formats := strings.Join(known, ", ")
	return &cli.Command{
		Name: "export", Usage: "write the pins of the configured watches for an app, a server or a zone",
		Description: "Prints what is expected, the pins of files and authorisations included, in a format that its target accepts. Pins " +
			"that have ended are left out. What the target cannot express, or asks for besides, such as a second pin, is a warning.",
		Flags: flagsWith(
			&cli.StringFlag{Name: "format", Usage: "`FORMAT`: " + formats},
			&cli.StringSliceFlag{Name: "watch", Usage: "only of this `WATCH`, as findings name it; repeatable"},
		),
		Action: func(c *cli.Context) error { return p.exportPins(c, formats) },
	}
}

func (p *program) exportPins(c *cli.Context, formats string) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	format := pinfile.Format(c.String("format"))
	if format == "" {
		return usage("write --format and one of "+formats, "--format is missing")
	}
	if !slices.Contains(exportFormats, format) {
		return usage("write one of "+formats, "--format: unknown word %q", string(format))
	}
	pol, err := p.currentPolicy(c)
	if err != nil {
		return err
	}
	watches, err := chosen(pol.Watchlist, c.StringSlice("watch"))
	if err != nil {
		return err
	}
	if format != pinfile.JSON {
		watches = p.inForce(watches)
	}
	data, remarks, err := pinfile.Write(format, pinfile.FromWatches(watches))
	for i := range remarks {
		p.warn(remarks[i].Error())
		p.hint(remarks[i].Hint())
	}
	if errors.Is(err, pinfile.ErrNothing) {
		return usage("give the watches pins, or choose another format", "%w", err)
	}
	if err != nil {
		return err
	}
	_, err = p.stdout.Write(data)
	return err
}

// currentPolicy is what is expected, with what the database knows, if there is one.
func (p *program) currentPolicy(c *cli.Context) (pol *policy.Policy, err error) {
	err = p.withPolicy(c, func(_ context.Context, pol2 *policy.Policy, _ *store.Reader) error {
		pol = pol2
		return nil
	})
	return pol, err
}

// chosen are the watches that are asked for, or all; of files of names, those with pins.
func chosen(list *matcher.Watchlist, ids []string) ([]matcher.Watch, error) {
	var at []int
	for _, id := range ids {
		i, found := list.Find(id)
		if !found {
			return nil, usage(meant(id, watchIDs(list), "\"pinwatch pins list\" names them"), "there is no watch %q", id)
		}
		at = append(at, i)
	}
	slices.Sort(at)
	var out []matcher.Watch
	for _, i := range slices.Compact(at) {
		out = append(out, *list.Watch(i))
	}
	if len(ids) > 0 {
		return out, nil
	}
	for i := range list.Len() {
		w := list.Watch(i)
		if _, listed := list.List(i); !listed || w.Pinned() {
			out = append(out, *w)
		}
	}
	return out, nil
}

// inForce leaves out the pins that have ended, and the watches without pins, and says so. A watch is also left out where
// all pins of a dimension have ended: written with the others alone, it would accept what is unexpected here.
func (p *program) inForce(watches []matcher.Watch) []matcher.Watch {
	now := p.now()
	var out []matcher.Watch
	var without []string
	ended := 0
	for _, w := range watches {
		gone := false
		for _, pins := range []*[]matcher.Pin{&w.Keys, &w.Issuers, &w.Chain} {
			kept := slices.DeleteFunc(slices.Clone(*pins), func(pin matcher.Pin) bool { return over(pin, now) })
			ended += len(*pins) - len(kept)
			gone = gone || len(kept) == 0 && len(*pins) > 0
			*pins = kept
		}
		switch {
		case gone:
			p.warn(show.Name(w.ID()) + ": left out: every pin that it has of a kind has ended")
		case !w.Pinned():
			without = append(without, w.ID())
		default:
			out = append(out, w)
		}
	}
	if ended > 0 {
		p.warn(fmt.Sprintf("%s left out, which ended before %s", count(ended, "pin"), timestamp(now)))
	}
	if len(without) > 0 {
		p.warn("left out, as without pins: " + strings.Join(show.Some(without, shownNames, show.Name), ", "))
	}
	return out
}

// over says whether a pin has ended.
func over(p matcher.Pin, now time.Time) bool { return !p.NotAfter.IsZero() && now.After(p.NotAfter) }
