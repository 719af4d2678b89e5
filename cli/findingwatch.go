package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/matcher"
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
	list := configuredWatches(c)
	at := slices.IndexFunc(wanted, func(id string) bool {
		if list == nil {
			return unknown(id)
		}
		_, found := list.Find(id)
		return !found && unknown(id)
	})
	switch {
	case at < 0:
	case list != nil:
		known = append(known, watchIDs(list)...)
		return usage(meant(wanted[at], known, "\"pinwatch pins list\" names the watches"), "there is no watch %q", wanted[at])
	default:
		p.warn(fmt.Sprintf("the record knows no watch %s, and no configuration says whether there is one", show.Name(wanted[at])))
		p.hint(meant(wanted[at], known, "name the configuration with --config"))
	}
	return nil
}

// configuredWatches is the watch list of the configuration; nil where there is none that can be read.
func configuredWatches(c *cli.Context) *matcher.Watchlist {
	cfg, err := load(c, false)
	if err != nil {
		return nil
	}
	list, _, err := cfg.Watchlist()
	if err != nil {
		return nil
	}
	return list
}

// watchIDs are the IDs of all watches of a list.
func watchIDs(list *matcher.Watchlist) []string {
	ids := make([]string, list.Len())
	for i := range ids {
		ids[i] = list.Watch(i).ID()
	}
	return ids
}

// meant asks for the one of known that word may have meant to be; where there is none, it is the hint otherwise.
func meant(word string, known []string, otherwise string) string {
	if near := config.Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return otherwise
}
