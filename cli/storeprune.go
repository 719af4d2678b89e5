package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/store"
)

func (p *program) storePrune(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	dsn, retain, err := pruneSettings(c)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(c.Context)
	defer stop()
	r := retention(retain, p.now())
	if c.Bool("dry-run") {
		return p.couldPrune(ctx, c, dsn, r)
	}
	return p.withExisting(ctx, dsn, func(s *store.Store) error {
		bar := p.bar("pruning", false)
		done, err := s.Prune(ctx, r, yielding(ctx, func(n *store.Pruning) error {
			bar.set(int64(n.Issuances), 0)
			return nil
		}))
		bar.finish()
		return errors.Join(p.printPruning(done, false, wantsJSON(c)), err)
	})
}

// pruneSettings is which database to prune, and for how long things are kept there.
func pruneSettings(c *cli.Context) (dsn string, retain time.Duration, err error) {
	cfg, err := load(c, true)
	if err != nil {
		return "", 0, err
	}
	if err := storeFlag(c, cfg); err != nil {
		return "", 0, err
	}
	if s, given := flagText(c, "retain"); given {
		if cfg.Retain, err = config.ParseRetain(s); err != nil {
			return "", 0, usage(hintFor(err), "--retain: %w", err)
		}
	}
	if cfg.Retain == 0 {
		return "", 0, usage("write retain: 400d into the configuration, or give --retain 400d", "everything is kept for ever here")
	}
	return cfg.Store, cfg.Retain, nil
}

// retention is what need not be kept any longer at a time.
func retention(retain time.Duration, now time.Time) store.Retention {
	return store.Retention{Before: now.Add(-retain), Now: now}
}

func (p *program) couldPrune(ctx context.Context, c *cli.Context, dsn string, r store.Retention) error {
	s, err := store.OpenReader(ctx, dsn)
	if err != nil {
		return err
	}
	defer s.Close()
	bar := p.bar("counting", false)
	could, err := s.Prunable(ctx, r, func(n *store.Pruning) { bar.set(int64(n.Issuances), 0) })
	bar.finish()
	if err != nil {
		return err
	}
	return p.printPruning(could, true, wantsJSON(c))
}

func (p *program) printPruning(n *store.Pruning, dry, asJSON bool) error {
	if asJSON {
		return writeJSON(p.stdout, struct {
			DryRun       bool      `json:"dry_run"`
			Before       time.Time `json:"before"`
			Issuances    int       `json:"issuances"`
			Findings     int       `json:"findings"`
			Sightings    int       `json:"sightings"`
			Certificates int       `json:"certificates"`
			Messages     int       `json:"messages"`
			GivenUp      int       `json:"given_up"` // messages that a receiver never got
			Bytes        int64     `json:"bytes"`    // of log entries and certificates
		}{dry, n.Before.UTC(), n.Issuances, n.Findings, n.Sightings, n.Certificates, n.Messages, n.GivenUp, n.Bytes})
	}
	if n.Issuances == 0 && n.Messages == 0 {
		fmt.Fprintf(p.stdout, "Nothing to take away: nothing that may go is older than %s.\n", timestamp(n.Before))
		return nil
	}
	verb := "Gone is"
	if dry {
		verb = "This would go,"
	}
	messages := count(n.Messages, "message")
	if n.GivenUp > 0 {
		messages += fmt.Sprintf(", of which %d had been given up", n.GivenUp)
	}
	fmt.Fprintf(p.stdout, "%s what is older than %s: %s with %s, %s and %s (%s); %s.\n", verb, timestamp(n.Before),
		count(n.Issuances, "issuance"), count(n.Findings, "finding"), count(n.Sightings, "sighting"),
		count(n.Certificates, "certificate"), size(n.Bytes), messages)
	return nil
}

// yielding lets others write for as long as it took to prune what was pruned last: those of another process ask for
// their turn now and then, and would hardly get it from one who gives it back only to take it.
func yielding(ctx context.Context, after func(*store.Pruning) error) func(*store.Pruning) error {
	begun := time.Now()
	return func(n *store.Pruning) error {
		if err := after(n); err != nil {
			return err
		}
		timer := time.NewTimer(min(time.Since(begun), time.Second))
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		begun = time.Now()
		return nil
	}
}

// How a scan or watch prunes by itself: little enough that nobody notices.
const (
	retainFirst   = time.Minute // after a watch began
	retainEvery   = time.Hour
	retainPortion = 5000 // issuances and messages
)

// errEnough ends pruning until the next time.
var errEnough = errors.New("enough for now")

// retain prunes a portion of what need not be kept any longer. It returns whether that worked, and says why not: that
// is no reason to stop following logs.
func (p *program) retain(ctx context.Context, s *store.Store, retain time.Duration) bool {
	if retain == 0 || ctx.Err() != nil {
		return true
	}
	_, err := s.Prune(ctx, retention(retain, p.now()), yielding(ctx, func(n *store.Pruning) error {
		if n.Issuances+n.Messages >= retainPortion {
			return errEnough
		}
		return nil
	}))
	if err == nil || errors.Is(err, errEnough) || ctx.Err() != nil {
		return true
	}
	p.complain(err)
	return false
}
