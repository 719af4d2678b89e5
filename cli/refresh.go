package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/ct/loglist"
)

// refreshLists fetches the lists; a good answer becomes the copy that serves when the list cannot be had.
func (p *program) refreshLists(c *cli.Context) error {
	return p.withLists(c, 0, func(_ *config.Config, lists []*loglist.Loaded) error {
		for _, l := range lists {
			out := newRefreshJSON(l)
			if wantsJSON(c) {
				if err := writeJSON(p.stdout, out); err != nil {
					return err
				}
				continue
			}
			p.printRefresh(l, &out)
		}
		return nil
	})
}

// refreshJSON is what became of a list.
type refreshJSON struct {
	List    string   `json:"list"`
	Version string   `json:"version"`
	Logs    int      `json:"logs"`
	First   bool     `json:"first"` // there was no copy to compare it with
	Changes []string `json:"changes"`
}

func newRefreshJSON(l *loglist.Loaded) refreshJSON {
	out := refreshJSON{
		List: l.List.Source, Version: l.List.Version, Logs: len(l.List.Logs), First: l.Previous == nil, Changes: []string{},
	}
	if l.Previous == nil {
		return out
	}
	changes := loglist.Diff(l.Previous, l.List)
	for _, log := range changes.Added {
		out.Changes = append(out.Changes, fmt.Sprintf("added: %s (%s)", log.Name(), log.State))
	}
	for _, r := range changes.Removed {
		text := "removed: " + r.Log.Name()
		if r.Refused != "" {
			text += ": " + r.Refused
		}
		out.Changes = append(out.Changes, text)
	}
	for _, c := range changes.Changed {
		out.Changes = append(out.Changes, fmt.Sprintf("changed: %s: %s from %q to %q", c.Log.Name(), c.Field, c.Old, c.New))
	}
	return out
}

func (p *program) printRefresh(l *loglist.Loaded, r *refreshJSON) {
	fmt.Fprintf(p.stdout, "%s\n", escape(r.List))
	if r.Version != "" {
		p.field("version", escape(r.Version))
	}
	if !l.List.Time.IsZero() {
		p.field("of", timestamp(l.List.Time))
	}
	p.field("checked", timestamp(l.Checked))
	p.field("logs", fmt.Sprint(r.Logs))
	for _, change := range r.Changes {
		p.field("", escape(change))
	}
	switch {
	case r.First && isURL(r.List):
		p.field("", "the first copy")
	case !r.First && len(r.Changes) == 0:
		p.field("", "nothing changed")
	}
}
