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
		Flags: flagsWith(), Action: p.renameReceiver,
		Description: "Give it its new name in the configuration first. What waits under the old one, and what was given up there, is " +
			"sent to the new one by the next scan or watch, and what was told counts as told to it: it hears when that is over. " +
			"Nothing is sent twice, so no scan or watch may be under way.",
	}
}

// renameReceiver has a receiver of the configuration take over from a name that the configuration does not have any more.
func (p *program) renameReceiver(c *cli.Context) (err error) {
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
	}
	s, err := store.Open(c.Context, cfg.Store, store.Options{MustExist: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	unlock, err := s.Lock("pinwatch notify rename, since " + p.now().UTC().Format(time.RFC3339))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	r, err := s.RenameReceiver(c.Context, from, to, p.now())
	if err != nil {
		return err
	}
	if !r.Known {
		return usage("\"pinwatch notify list\" shows what waits", "the database knows no receiver %q", from)
	}
	fmt.Fprintf(p.stdout, "%s for receiver %s now, of which %d had been given up\n", waits(r.Waiting), show.Escape(to), r.GivenUp)
	if r.Twice > 0 {
		p.note(fmt.Sprintf("%s left out: %s has the same by itself", were(r.Twice, "message"), to))
	}
	return nil
}
