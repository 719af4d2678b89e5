package loglist

import "slices"

// Changes is what happened between two versions of a list.
type Changes struct {
	Added   []*Log // of the new list
	Removed []Removal
	Changed []Change
}

// Removal is a log that left the list.
type Removal struct {
	Log *Log // of the old list
	// Refused is why an entry with the log's ID is still there but refused now, empty when it is simply gone.
	Refused string
}

// Change is something that the new list says differently of a log that is on both.
type Change struct {
	Log      *Log   // of the new list
	Field    string // as in Difference, or description
	Old, New string // empty where the list says nothing
}

// Diff says what is different in newer. The logs in the result point into the lists.
func Diff(older, newer *List) Changes {
	var c Changes
	for i := range newer.Logs {
		log := &newer.Logs[i]
		old := older.Find(log.ID)
		if old == nil {
			c.Added = append(c.Added, log)
			continue
		}
		c.Changed = append(c.Changed, changes(old, log)...)
	}
	for i := range older.Logs {
		if log := &older.Logs[i]; newer.Find(log.ID) == nil {
			c.Removed = append(c.Removed, Removal{Log: log, Refused: newer.refusal(log)})
		}
	}
	return c
}

func changes(old, log *Log) []Change {
	var out []Change
	before := append(fields(old), field{"description", old.Description})
	after := append(fields(log), field{"description", log.Description})
	for i := range after {
		if before[i] != after[i] {
			out = append(out, Change{log, after[i].name, before[i].value, after[i].value})
		}
	}
	return out
}

// refusal is why the list refuses the log, empty when it does not mention it.
func (l *List) refusal(log *Log) string {
	i := slices.IndexFunc(l.Refused, func(r Refusal) bool { return r.ID == log.ID })
	if i < 0 {
		return ""
	}
	return l.Refused[i].Reason
}
