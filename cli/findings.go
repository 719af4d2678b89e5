package cli

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/show"
	"pinwatch/store"
)

func (p *program) findingsCommand() *cli.Command {
	change := []cli.Flag{
		&cli.StringFlag{Name: "by", Usage: "who says so, a `NAME`; you, if left out"},
		&cli.StringFlag{Name: "why", Usage: "the `REASON`, for the record"},
	}
	return &cli.Command{
		Name:  "findings",
		Usage: "list | show ID | ack ID | reopen ID",
		Flags: flagsWith(filterFlags()...),
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return noCommand(c)
			}
			return p.listFindings(c)
		},
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "open findings that are not expected; the default", Action: p.listFindings,
				Flags:       flagsWith(filterFlags()...),
				Description: "A watch that is neither configured nor in the record is refused, with exit code 2: it is a typing error.",
			},
			{Name: "show", Usage: "all that is known of one finding", ArgsUsage: "ID", Action: p.showFinding, Flags: flagsWith(entriesFlag())},
			{
				Name: "ack", Usage: "acknowledge a finding: it is looked after", ArgsUsage: "ID",
				Description: "With --pin its key is expected from then on, with --pin-issuer that of the CA that issued it. Who said so, " +
					"when and why is kept for ever; \"pinwatch pins authorised\" lists it, \"pinwatch pins end\" ends it. The next scan, " +
					"or a watch within a minute, judges what is recorded by it.",
				Flags: flagsWith(append(change, adoptFlags()...)...), Action: p.acknowledge,
			},
			{
				Name: "reopen", Usage: "open a finding again", ArgsUsage: "ID", Flags: flagsWith(change...),
				Action: func(c *cli.Context) error { return p.setState(c, store.StateOpen, "open") },
			},
		},
	}
}

func filterFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "all", Usage: "also expected, acknowledged and closed ones", DisableDefaultText: true},
		&cli.StringSliceFlag{Name: "watch", Usage: "only of this `WATCH`, as findings name it; repeatable"},
		&cli.StringSliceFlag{Name: "verdict", Usage: "only with this `VERDICT`; repeatable"},
		&cli.StringSliceFlag{Name: "severity", Usage: "only of this `SEVERITY`; repeatable"},
		&cli.StringSliceFlag{Name: "state", Usage: "only in this `STATE`: open, pending, acknowledged or closed; repeatable"},
		&cli.StringFlag{Name: "since", Usage: "only first seen at this `DATE` or time, or later"},
		&cli.StringFlag{Name: "until", Usage: "only first seen before this `DATE` or time"},
	}
}

func (p *program) listFindings(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	filter, err := filterOf(c)
	if err != nil {
		return err
	}
	return p.read(c, func(ctx context.Context, r *store.Reader) error {
		if err := p.knownWatches(ctx, c, r, filter.Watches); err != nil {
			return err
		}
		if wantsJSON(c) {
			return eachFinding(ctx, r, filter, func(f *store.Finding) error { return writeJSON(p.stdout, show.NewFinding(f)) })
		}
		return p.tableOfFindings(ctx, r, filter)
	})
}

func filterOf(c *cli.Context) (store.Filter, error) {
	f := store.Filter{
		All: c.Bool("all"), Watches: c.StringSlice("watch"), Verdicts: c.StringSlice("verdict"),
		Severities: c.StringSlice("severity"), States: c.StringSlice("state"),
	}
	for _, check := range []struct {
		flag         string
		given, known []string
	}{
		{"verdict", f.Verdicts, []string{"expected", "unexpected", "unpinned", "undetermined"}},
		{"severity", f.Severities, []string{"info", "low", "medium", "high", "critical"}},
		{"state", f.States, []string{store.StateOpen, store.StatePending, store.StateAcknowledged, store.StateClosed}},
	} {
		for _, word := range check.given {
			if !slices.Contains(check.known, word) {
				return f, usage("write one of "+strings.Join(check.known, ", "), "--%s: unknown word %q", check.flag, word)
			}
		}
	}
	// An expected finding is never open, so whoever asks for them means all.
	f.All = f.All || slices.Contains(f.Verdicts, "expected")
	var err error
	if f.Since, err = timeFlag(c, "since", time.Time{}); err != nil {
		return f, err
	}
	f.Until, err = timeFlag(c, "until", time.Time{})
	return f, err
}

// eachFinding goes through all findings that the filter chooses, page by page.
func eachFinding(ctx context.Context, r *store.Reader, filter store.Filter, do func(*store.Finding) error) error {
	for {
		page, err := r.Findings(ctx, filter)
		if err != nil {
			return err
		}
		for i := range page {
			if err := do(&page[i]); err != nil {
				return err
			}
		}
		if len(page) == 0 {
			return nil
		}
		filter.After = page[len(page)-1].ID
	}
}

// shortID is how much of an ID a table shows: enough to name the finding to other commands.
const shortID = 12

func (p *program) tableOfFindings(ctx context.Context, r *store.Reader, filter store.Filter) error {
	t := newTable("id", "severity", "verdict", "reasons", "watch", "names", "first seen", "state")
	n := 0
	err := eachFinding(ctx, r, filter, func(f *store.Finding) error {
		n++
		t.row(f.ID[:min(shortID, len(f.ID))], show.Escape(f.Severity), show.Escape(f.Verdict), show.Escape(strings.Join(f.Reasons, " ")),
			show.Name(f.Watch), strings.Join(show.Some(f.Issuance.Names, 2, show.Name), " "), timestamp(f.FirstSeen), show.Escape(f.State))
		return nil
	})
	if err != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintln(p.stderr, "no findings; --all shows expected and acknowledged ones too")
		return nil
	}
	t.print(p.stdout)
	return nil
}

func (p *program) showFinding(c *cli.Context) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	return p.read(c, func(ctx context.Context, r *store.Reader) error {
		if c.Bool(entriesName) {
			return p.printEntries(c, r)
		}
		d, err := r.Finding(ctx, c.Args().First())
		if err != nil {
			return err
		}
		scts, err := sctsOf(ctx, r, d)
		if err != nil {
			return err
		}
		if wantsJSON(c) {
			return writeJSON(p.stdout, show.NewDetail(d, scts))
		}
		p.printDetail(d, sctTexts(scts))
		return nil
	})
}

func (p *program) printDetail(d *store.Detail, scts []string) {
	p.printFinding(&d.Finding, max(len(d.Issuance.Names), len(d.Sightings), len(d.Matches)))
	p.field("scts", scts...)
	p.field("first", "seen "+timestamp(d.FirstSeen))
	p.field("state", show.Escape(d.State))
	for _, e := range d.History {
		line := fmt.Sprintf("%s %s by %s", timestamp(e.At), show.Escape(e.What), show.Escape(e.Who))
		if e.Why != "" {
			line += ": " + show.Escape(e.Why)
		}
		p.field("history", line)
	}
	for _, cert := range d.Certificates {
		fmt.Fprintln(p.stdout)
		fmt.Fprint(p.stdout, show.PEM(cert.DER))
	}
}

// setState acknowledges or reopens a finding, and prints its ID, or as JSON the finding as it is now; nothing where that
// was its state already. It may be done while a scan runs.
func (p *program) setState(c *cli.Context, state, word string) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	by, err := author(c)
	if err != nil {
		return err
	}
	return p.change(c, func(s *store.Store) error {
		d, err := s.Finding(c.Context, c.Args().First())
		if err != nil {
			return err
		}
		changed, err := s.SetState(c.Context, d.ID, state, by, c.String("why"), p.now())
		if err != nil {
			return err
		}
		if !changed {
			fmt.Fprintf(p.stderr, "%s is %s already\n", d.ID, show.Escape(d.State))
			return nil
		}
		if wantsJSON(c) {
			if d, err = s.Finding(c.Context, d.ID); err != nil {
				return err
			}
			return writeJSON(p.stdout, show.NewFinding(&d.Finding))
		}
		fmt.Fprintf(p.stdout, "%s %s\n", d.ID, word)
		return nil
	})
}

// author is who changes something: as --by says, or the user.
func author(c *cli.Context) (string, error) {
	if by := c.String("by"); by != "" {
		return by, nil
	}
	me, err := user.Current()
	if err != nil {
		return "", usage("say it with --by", "who says so is not known: %w", err)
	}
	return me.Username, nil
}

// read opens the database for reading.
func (p *program) read(c *cli.Context, do func(context.Context, *store.Reader) error) (err error) {
	dsn, err := storeName(c)
	if err != nil {
		return err
	}
	r, err := store.OpenReader(c.Context, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return do(c.Context, r)
}
