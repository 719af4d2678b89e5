package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/matcher"
	"pinwatch/show"
	"pinwatch/store"
)

func (p *program) authorisedCommand() *cli.Command {
	return &cli.Command{
		Name: "authorised", Usage: "the keys that people adopted and watches learned",
		Description: "Lists every authorisation that ever was: which key, for which watch, who added it, when and why, because of which " +
			"finding, and when it ended. What a watch with mode: learn took for its baseline awaits approval.",
		Flags: flagsWith(&cli.BoolFlag{Name: "all", Usage: "also those that have ended", DisableDefaultText: true}), Action: p.listAuthorised,
	}
}

// actFlags say who changes an authorisation.
func actFlags(why bool) []cli.Flag {
	out := []cli.Flag{&cli.StringFlag{Name: "by", Usage: "who says so, a `NAME`; you, if left out"}}
	if why {
		out = append(out, &cli.StringFlag{Name: "why", Usage: "the `REASON`, for the record"})
	}
	return flagsWith(out...)
}

func (p *program) approveCommand() *cli.Command {
	return &cli.Command{
		Name: "approve", Usage: "agree with a key that a watch learned", ArgsUsage: "ID...", Flags: actFlags(false),
		Action: func(c *cli.Context) error {
			return p.changeAuthorised(c, "approved", func(s *store.Store, id int64, by string) (bool, error) {
				return s.Approve(c.Context, id, by, p.now())
			})
		},
	}
}

func (p *program) endCommand() *cli.Command {
	return &cli.Command{
		Name: "end", Usage: "end an authorisation: what is logged later is not expected because of it", ArgsUsage: "ID...", Flags: actFlags(true),
		Description: "What was logged before stays expected; but not where a watch learned the key and nobody approved it: then the " +
			"certificates that it was found in are told.",
		Action: func(c *cli.Context) error {
			return p.changeAuthorised(c, "ended", func(s *store.Store, id int64, by string) (bool, error) {
				return s.EndAuthorisation(c.Context, id, by, c.String("why"), p.now())
			})
		},
	}
}

func (p *program) forgetCommand() *cli.Command {
	return &cli.Command{
		Name: "forget", Usage: "end the pins of a file of pins_from that is gone", ArgsUsage: "FILE|PATTERN...", Flags: flagsWith(),
		Description: "A file that vanishes or cannot be read keeps the pins that it gave last. This ends them: of a file, or of all files " +
			"of a pattern that are gone, named as the warnings name them.",
		Action: p.forgetFiles,
	}
}

// changeAuthorised changes the authorisations that are named.
func (p *program) changeAuthorised(c *cli.Context, word string, do func(s *store.Store, id int64, by string) (bool, error)) error {
	if c.NArg() == 0 {
		return usage("\"pinwatch pins authorised\" lists the IDs", "an argument is missing")
	}
	by, err := author(c)
	if err != nil {
		return err
	}
	var ids []int64
	for _, arg := range c.Args().Slice() {
		id, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			return usage("\"pinwatch pins authorised\" lists the IDs", "%q is no ID of an authorisation", arg)
		}
		ids = append(ids, id)
	}
	return p.change(c, func(s *store.Store) error {
		for _, id := range ids {
			changed, err := do(s, id, by)
			if err != nil {
				return err
			}
			if changed {
				fmt.Fprintf(p.stdout, "%d %s\n", id, word)
			} else {
				fmt.Fprintf(p.stderr, "%d is %s already, or has ended\n", id, word)
			}
		}
		return nil
	})
}

func (p *program) forgetFiles(c *cli.Context) error {
	if c.NArg() == 0 {
		return usage("name the file as the warnings do", "an argument is missing")
	}
	return p.change(c, func(s *store.Store) error {
		for _, path := range c.Args().Slice() {
			n, err := s.ForgetPinFile(c.Context, path, p.now())
			if err != nil {
				return err
			}
			if n == 0 {
				return usage("\"pinwatch pins check\" names those that cannot be read", "there are no last good pins of %s to end", path)
			}
			fmt.Fprintf(p.stdout, "%s forgotten (%s)\n", show.Escape(path), count(n, "file"))
		}
		return nil
	})
}

func (p *program) listAuthorised(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	return p.read(c, func(ctx context.Context, r *store.Reader) error {
		all, err := r.Authorisations(ctx)
		if err != nil {
			return err
		}
		t := newTable("id", "watch", "under", "pin", "label", "kind", "since", "by", "approved", "ended", "finding", "why")
		shown := 0
		for i := range all {
			a := &all[i]
			if a.Ended != nil && !c.Bool("all") {
				continue
			}
			shown++
			if wantsJSON(c) {
				if err := writeJSON(p.stdout, newAuthorisationJSON(a)); err != nil {
					return err
				}
				continue
			}
			t.row(strconv.FormatInt(a.ID, 10), show.Name(a.Watch), a.Dimension, matcher.FormatPin(a.SPKI), show.Escape(a.Label), a.Kind,
				timestamp(a.Added.At), show.Escape(a.Added.Who), actText(a.Approved), actText(a.Ended), a.Finding[:min(shortID, len(a.Finding))],
				show.Escape(a.Added.Why))
		}
		switch {
		case wantsJSON(c):
		case shown == 0:
			fmt.Fprintln(p.stderr, "nobody authorised anything; --all shows what has ended")
		default:
			t.print(p.stdout)
		}
		return nil
	})
}

func actText(a *store.Act) string {
	if a == nil {
		return "-"
	}
	return timestamp(a.At) + " by " + show.Escape(a.Who)
}

// authorisationJSON is an authorisation as other tools read it.
type authorisationJSON struct {
	ID        int64    `json:"id"`
	Watch     string   `json:"watch"`
	Dimension string   `json:"dimension"`
	Pin       string   `json:"pin"`
	Label     string   `json:"label"`
	Kind      string   `json:"kind"`
	Finding   string   `json:"finding"`
	Added     actJSON  `json:"added"`
	Approved  *actJSON `json:"approved"` // null: not yet
	Ended     *actJSON `json:"ended"`    // null: in force
}

type actJSON struct {
	At  time.Time `json:"at"`
	Who string    `json:"who"`
	Why string    `json:"why"`
}

func newAuthorisationJSON(a *store.Authorisation) authorisationJSON {
	return authorisationJSON{
		ID: a.ID, Watch: a.Watch, Dimension: a.Dimension, Pin: matcher.FormatPin(a.SPKI), Label: a.Label, Kind: a.Kind, Finding: a.Finding,
		Added: actJSON(a.Added), Approved: (*actJSON)(a.Approved), Ended: (*actJSON)(a.Ended),
	}
}
