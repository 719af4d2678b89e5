package cli

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/show"
	"pinwatch/store"
)

func (p *program) renameReceiverCommand() *cli.Command {
	return &cli.Command{
		Name: "rename", Usage: "a receiver got another name: what waits for the old one is for the new one", ArgsUsage: "OLD NEW",
		Flags: flagsWith(&cli.BoolFlag{
			Name: "merge", Usage: "also into a receiver that stood beside the old one: what both have it keeps once", DisableDefaultText: true,
		}),
		Action: p.renameReceiver,
		Description: "Give it its new name in the configuration first. What waits under the old one, and what was given up there, is " +
			"sent to the new one by the next scan or watch, and what was told counts as told to it: it hears when that is over. " +
			"Nothing is sent twice, so no scan or watch may be under way.",
	}
}

// renamedJSON is what a receiver took over, as other tools read it.
type renamedJSON struct {
	Receiver string `json:"receiver"`
	Waiting  int    `json:"waiting"`  // messages that it took over
	GivenUp  int    `json:"given_up"` // how many of these had been given up
	LeftOut  int    `json:"left_out"` // messages that it has by itself
}

// renameReceiver has a receiver of the configuration take over from a name that the configuration does not have any more.
func (p *program) renameReceiver(c *cli.Context) error {
	if err := arguments(c, 2, 2); err != nil {
		return err
	}
	from, to := c.Args().Get(0), c.Args().Get(1)
	cfg, err := configured(c)
	if err != nil {
		return err
	}
	switch known := names(cfg); {
	case !slices.Contains(known, to):
		return usage(meant(to, known, "give it its new name under notify: first"), "%s names no receiver %q", cfg.Path, to)
	case slices.Contains(known, from):
		return usage("take the old name out of it first", "%s still names the receiver %q", cfg.Path, from)
	case receiverOf(cfg, to).Type == "heartbeat":
		return usage("", "receiver %s takes heartbeats alone, which never wait", to)
	}
	r, err := p.takeOver(c, cfg.Store, from, to)
	switch {
	case err != nil:
		return err
	case !r.Known:
		return usage("\"pinwatch notify list\" shows what waits", "the database knows no receiver %q", from)
	case r.Both > 0 && !c.Bool("merge"):
		return usage("if that one shall take over what is for "+from+" alone, and only then: --merge",
			"receiver %s is not %s by another name: both were there when %s told; nothing was changed", to, from, were(r.Both, "message"))
	case wantsJSON(c):
		return writeJSON(p.stdout, renamedJSON{to, r.Waiting, r.GivenUp, r.Both})
	}
	fmt.Fprintf(p.stdout, "%s for receiver %s now, of which %d had been given up\n", waits(r.Waiting), show.Escape(to), r.GivenUp)
	if r.Both > 0 {
		p.note(fmt.Sprintf("%s left out: %s has the same by itself", were(r.Both, "message"), to))
	}
	return nil
}

// takeOver renames a receiver in the database, which nobody else may be working on.
func (p *program) takeOver(c *cli.Context, dsn, from, to string) (r store.Renamed, err error) {
	s, err := store.Open(c.Context, dsn, store.Options{MustExist: true})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	unlock, err := s.Lock("pinwatch notify rename, since " + p.now().UTC().Format(time.RFC3339))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return s.RenameReceiver(c.Context, from, to, c.Bool("merge"), p.now())
}
