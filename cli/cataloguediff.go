package cli

import (
	"fmt"

	"pinwatch/ct/loglist"
)

// changes says what is different in a later catalogue, for people: which logs are followed now, which are not any more
// and why, and what the lists say differently of those that stay.
func changes(old, later *catalogue) []string {
	var out []string
	for i := range later.logs {
		l := &later.logs[i]
		if l.skipped == "" && !old.follows(l) {
			out = append(out, fmt.Sprintf("%s is followed from now on%s", l.log.Name(), newness(old, l)))
		}
	}
	diff := loglist.Diff(old.union, later.union)
	for i := range old.logs {
		l := &old.logs[i]
		if l.skipped == "" && !later.follows(l) {
			out = append(out, fmt.Sprintf("%s is not followed any more (%s): what its last tree head covers is still read",
				l.log.Name(), departure(later, &diff, l)))
		}
	}
	for _, c := range diff.Changed {
		if l := later.find(c.Log.ID); l != nil && l.listed != nil && l.skipped == "" {
			out = append(out, fmt.Sprintf("%s: %s is %q on the list, and was %q", c.Log.Name(), c.Field, c.New, c.Old))
		}
	}
	return out
}

// follows says whether the log is followed.
func (c *catalogue) follows(l *catalogued) bool {
	same := c.find(l.log.ID)
	return same != nil && same.skipped == ""
}

// newness says where a log comes from that was not followed before.
func newness(old *catalogue, l *catalogued) string {
	was := old.find(l.log.ID)
	switch {
	case was != nil:
		return fmt.Sprintf(": it was %s", was.skipped)
	case l.listed != nil:
		return ": it is new on the list, " + l.log.State
	}
	return ": it is new in the configuration"
}

// departure says why a log is not followed any more.
func departure(later *catalogue, diff *loglist.Changes, l *catalogued) string {
	if now := later.find(l.log.ID); now != nil {
		return now.skipped
	}
	for _, r := range diff.Removed {
		if r.Log.ID == l.log.ID && r.Refused != "" {
			return "the list has it and it is refused: " + r.Refused
		}
	}
	if l.listed == nil {
		return "it is gone from the configuration"
	}
	return "it is on no list"
}
