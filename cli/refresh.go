package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"pinwatch/ct/loglist"
	"pinwatch/show"
)

// refreshLists fetches the lists; a good answer becomes the copy that serves when the list cannot be had.
func (p *program) refreshLists(c *cli.Context) error {
	return p.withLists(c, 0, false, func(_ context.Context, k *known) error {
		for _, l := range k.lists.all {
			out := newRefreshJSON(l)
			if wantsJSON(c) {
				if err := writeJSON(p.stdout, out); err != nil {
					return err
				}
				continue
			}
			p.printRefresh(l, &out)
		}
		if k.lists.copies {
			return errors.New("not every list could be loaded; the last good copy stays in force")
		}
		return nil
	})
}

// refreshJSON is what became of a list.
type refreshJSON struct {
	List    string   `json:"list"`
	Version string   `json:"version"`
	Logs    int      `json:"logs"`
	Refused int      `json:"refused"` // logs that cannot be followed; stderr says why
	Checked string   `json:"checked"` // when it was last known to be the current list, RFC 3339
	Copy    string   `json:"copy"`    // the file it is kept in; empty for a list that is a file
	First   bool     `json:"first"`   // there was no copy to compare it with
	Changes []string `json:"changes"`
}

func newRefreshJSON(l *loglist.Loaded) refreshJSON {
	out := refreshJSON{
		List: l.List.Source, Version: l.List.Version, Logs: len(l.List.Logs), Refused: len(l.List.Refused),
		Checked: l.Checked.Format(time.RFC3339), Copy: l.Copy, First: l.Previous == nil, Changes: []string{},
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
	fmt.Fprintf(p.stdout, "%s\n", show.Escape(r.List))
	if r.Version != "" {
		p.field("version", show.Escape(r.Version))
	}
	if !l.List.Time.IsZero() {
		p.field("of", timestamp(l.List.Time))
	}
	p.field("checked", timestamp(l.Checked))
	logs := fmt.Sprint(r.Logs)
	if r.Refused > 0 {
		logs += fmt.Sprintf(", and %d that are refused", r.Refused)
	}
	p.field("logs", logs)
	p.field("copy", show.Escape(r.Copy))
	for _, change := range r.Changes {
		p.field("", show.Escape(change))
	}
	switch {
	case r.First && isURL(r.List):
		p.field("", "the first copy")
	case !r.First && len(r.Changes) == 0:
		p.field("", "nothing changed")
	}
}
