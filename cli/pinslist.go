package cli

import (
	"context"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/matcher"
	"pinwatch/policy"
	"pinwatch/show"
	"pinwatch/store"
)

func (p *program) listPinsCommand() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "every pin that is in force, and where it comes from",
		Description: "Lists what is expected: the pins of the configuration, of the files of pins_from, and those that people authorised.",
		Flags: flagsWith(
			&cli.StringSliceFlag{Name: "watch", Usage: "only of this `WATCH`, as findings name it; repeatable"},
			&cli.BoolFlag{Name: "all", Usage: "also those that were taken out, and count for what was logged before", DisableDefaultText: true},
		),
		Action: p.listPins,
	}
}

func (p *program) listPins(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	return p.withPolicy(c, func(_ context.Context, pol *policy.Policy, _ *store.Reader) error {
		watches := listedOnce(pol.Watchlist)
		if ids := c.StringSlice("watch"); len(ids) > 0 {
			var err error
			if watches, err = chosen(pol.Watchlist, ids); err != nil {
				return err
			}
		}
		if !c.Bool("all") {
			watches = withoutRetired(watches)
		}
		if wantsJSON(c) {
			return p.printWatchesJSON(watches)
		}
		t := newTable("watch", "under", "pin", "label", "window", "from")
		for i := range watches {
			w := &watches[i]
			if !w.Pinned() {
				t.row(show.Name(w.ID()), "-", "-", "", "", "")
			}
			for _, d := range []struct {
				name string
				pins []matcher.Pin
			}{{"keys", w.Keys}, {"issuers", w.Issuers}, {"chain", w.Chain}} {
				for k := range d.pins {
					pin := &d.pins[k]
					t.row(show.Name(w.ID()), d.name, pin.String(), show.Escape(pin.Label), windowText(pin, p.now()), show.Escape(pin.Source))
				}
			}
		}
		t.print(p.stdout)
		return nil
	})
}

// listedOnce are the watches that are given one by one and, behind them, all else that has pins: files of names, each as
// one watch that is called as the file is, and watches of theirs that have other pins.
func listedOnce(list *matcher.Watchlist) []matcher.Watch {
	var out []matcher.Watch
	for i := range list.Len() {
		if _, listed := list.List(i); listed {
			break
		}
		out = append(out, *list.Watch(i))
	}
	single := len(out)
	for _, h := range list.Holders() {
		switch i, found := list.Find(h.ID); {
		case !found:
			out = append(out, matcher.Watch{Name: h.ID, Keys: h.Keys, Issuers: h.Issuers, Chain: h.Chain})
		case i >= single:
			out = append(out, *list.Watch(i))
		}
	}
	return out
}

// withoutRetired leaves out the pins that were taken out.
func withoutRetired(watches []matcher.Watch) []matcher.Watch {
	out := slices.Clone(watches)
	for i := range out {
		for _, pins := range []*[]matcher.Pin{&out[i].Keys, &out[i].Issuers, &out[i].Chain} {
			*pins = slices.DeleteFunc(slices.Clone(*pins), func(pin matcher.Pin) bool { return pin.Retired })
		}
	}
	return out
}

// windowText says when a pin holds, and what it is for.
func windowText(p *matcher.Pin, now time.Time) string {
	text := "always"
	switch {
	case over(*p, now):
		text = "ended " + p.NotAfter.UTC().Format(time.DateOnly)
	case now.Before(p.NotBefore):
		text = "from " + p.NotBefore.UTC().Format(time.DateOnly)
	case !p.NotAfter.IsZero():
		text = "until " + p.NotAfter.UTC().Format(time.DateOnly)
	}
	if p.Backup {
		text += ", backup"
	}
	return text
}
