package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/show"
	"pinwatch/store"
)

// knownWatches refuses watches that are neither configured nor in the record: that nothing is found for a name with a
// typing error looks as if all were well. Without a configuration that can be read it only warns, since the record does
// not name watches that nothing was found for.
func (p *program) knownWatches(ctx context.Context, c *cli.Context, r *store.Reader, wanted []string) error {
	if len(wanted) == 0 {
		return nil
	}
	known, err := r.Watches(ctx)
	if err != nil {
		return err
	}
	unknown := func(id string) bool { return !slices.Contains(known, id) }
	if !slices.ContainsFunc(wanted, unknown) {
		return nil
	}
	configured, sure := configuredWatches(c)
	known = append(known, configured...)
	at := slices.IndexFunc(wanted, unknown)
	switch {
	case at < 0:
	case sure:
		return usage(meant(wanted[at], known, "\"pinwatch pins list\" names the watches"), "there is no watch %q", wanted[at])
	default:
		p.warn(fmt.Sprintf("the record knows no watch %s, and no configuration says whether there is one", show.Name(wanted[at])))
		p.hint(meant(wanted[at], known, "name the configuration with --config"))
	}
	return nil
}

// configuredWatches are the IDs of the watches of the configuration. It is not sure of them where there is none, or one
// that cannot be read.
func configuredWatches(c *cli.Context) (ids []string, sure bool) {
	cfg, err := load(c, false)
	if err != nil {
		return nil, false
	}
	list, _, err := cfg.Watchlist()
	if err != nil {
		return nil, false
	}
	for i := range list.Len() {
		ids = append(ids, list.Watch(i).ID())
	}
	return ids, true
}

// meant asks for the one of known that word may have meant to be; where there is none, it is the hint otherwise.
func meant(word string, known []string, otherwise string) string {
	if near := config.Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return otherwise
}
