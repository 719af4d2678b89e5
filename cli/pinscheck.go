package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/policy"
	"pinwatch/show"
	"pinwatch/store"
)

const aDay = 24 * time.Hour

func (p *program) checkPinsCommand() *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "say what is wrong with the pins, and what they would have broken",
		Description: "Looks at the configured pins, the files of pins_from and the record: missing backups, backups in use, pins that " +
			"have ended or end soon, CAs pinned as keys and the reverse, pins of no use, keys whose newest certificate expires with " +
			"nothing behind it, watches on public suffixes, and which certificates seen in CT a client that enforces these pins would " +
			"have refused: the outage that pinning would have caused. It asks no log. What it finds does not change the exit code, " +
			"which is 0 where everything could be checked.",
		Flags: flagsWith(
			&cli.IntFlag{Name: "soon", Usage: "tell of what ends within this many `DAYS`", Value: 30},
			&cli.IntFlag{Name: "unused", Usage: "tell of pins that no certificate has used for this many `DAYS`", Value: 90},
		),
		Action: p.checkPins,
	}
}

func (p *program) checkPins(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	soon, unused := c.Int("soon"), c.Int("unused")
	const most = 100 * 365
	if soon < 0 || unused < 0 || soon > most || unused > most {
		return usage("leave them out for 30 and 90", "--soon and --unused are numbers of days")
	}
	limits := policy.Limits{Soon: time.Duration(soon) * aDay, Unused: time.Duration(unused) * aDay}
	return p.withQuietPolicy(c, func(ctx context.Context, pol *policy.Policy, record *store.Reader) error {
		report, err := pol.Check(ctx, record, limits, p.now())
		if err != nil {
			return err
		}
		if wantsJSON(c) {
			for i := range report.Health {
				if err := writeJSON(p.stdout, report.Health[i]); err != nil {
					return err
				}
			}
			return nil
		}
		p.printHealth(report, record != nil)
		return nil
	})
}

func (p *program) printHealth(r *policy.Report, recorded bool) {
	for i := range r.Health {
		h := &r.Health[i]
		head := string(h.Kind)
		if h.Watch != "" {
			head = show.Name(h.Watch) + ": " + head
		}
		fmt.Fprintf(p.stdout, "%s: %s\n", head, show.Escape(h.Text))
		if h.Pin != nil {
			p.field("pin", strings.TrimSpace(h.Pin.Pin+"  "+show.Escape(h.Pin.Label)))
			p.field("from", show.Escape(h.Pin.Source))
		}
		p.field("refused", show.Some(h.Refused, shownNames, refusedText)...)
		p.field("hint", show.Escape(h.Hint))
		fmt.Fprintln(p.stdout)
	}
	what := count(len(r.Health), "thing") + " to look at"
	if len(r.Health) == 0 {
		what = "Nothing to look at"
	}
	against := "checked against " + count(r.Certificates, "certificate") + " in the record"
	if !recorded {
		against = "without a record: \"pinwatch scan\" makes it"
	}
	fmt.Fprintf(p.stdout, "%s, %s.\n", what, against)
}

// refusedText is a certificate that a client with the pins refuses, and when it met it.
func refusedText(r policy.Refused) string {
	return fmt.Sprintf("%s, valid %s to %s, logged %s: %s, finding %s", strings.Join(show.Some(r.Names, 2, show.Name), " "),
		dateOf(r.NotBefore), dateOf(r.NotAfter), r.Logged.UTC().Format(time.DateOnly),
		show.Escape(strings.Join(r.Reasons, " ")), r.Finding[:min(shortID, len(r.Finding))])
}

func dateOf(t *time.Time) string {
	if t == nil {
		return "an unreadable time"
	}
	return t.UTC().Format(time.DateOnly)
}
