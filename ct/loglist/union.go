package loglist

import (
	"slices"
	"strings"

	"pinwatch/ct"
)

// Difference is something about one log that two lists of a union do not agree on.
type Difference struct {
	ID          ct.LogID
	Description string
	Field       string // state, url, operator, mmd, temporal_interval, final_tree_head, log_type
	// Values are what the lists say, in their order; a list that says nothing is left out.
	Values []Value
}

// Value is what one list says.
type Value struct{ Source, Value string }

// Union merges lists by log ID. Of a log on several lists, what the first of them says holds, except that
//
//   - the most followed state wins (a log that one list still has usable is not given up for another that retired it),
//   - a log is a test log only if every list says so,
//   - an interval or a final tree head that the first does not give is taken from the next that does.
//
// Version and Time are left empty: they belong to one list. The lists are not changed.
func Union(lists ...*List) *List {
	all := &List{}
	index := make(map[ct.LogID]int)
	var sources []string
	for _, list := range lists {
		sources = append(sources, list.Source)
		all.Refused = append(all.Refused, list.Refused...)
		for _, log := range list.Logs {
			i, ok := index[log.ID]
			if !ok {
				index[log.ID] = len(all.Logs)
				all.Logs = append(all.Logs, log)
				continue
			}
			merge(&all.Logs[i], &log)
		}
	}
	all.Source = strings.Join(sources, ", ")
	for i := range all.Logs {
		all.Differences = append(all.Differences, differences(&all.Logs[i], lists)...)
	}
	return all
}

// merge adds what another list says of the log.
func merge(log, other *Log) {
	if rank(other.State) > rank(log.State) {
		log.State, log.Since = other.State, other.Since
	}
	if log.Type == typeTest {
		log.Type = other.Type
	}
	if log.NotAfterLimit.IsZero() {
		log.NotAfterStart, log.NotAfterLimit = other.NotAfterStart, other.NotAfterLimit
	}
	if log.Final == nil {
		log.Final = other.Final
	}
	log.Sources = slices.Concat(log.Sources, other.Sources) // ours may belong to the list it came from
}

// differences compares what the lists say of one log.
func differences(log *Log, lists []*List) []Difference {
	if len(log.Sources) < 2 {
		return nil
	}
	var out []Difference
	for i, f := range fields(log) {
		d := Difference{ID: log.ID, Description: log.Name(), Field: f.name}
		differ := false
		for _, list := range lists {
			l := list.Find(log.ID)
			if l == nil {
				continue
			}
			if v := fields(l)[i].value; v != "" {
				d.Values = append(d.Values, Value{list.Source, v})
				differ = differ || v != d.Values[0].Value
			}
		}
		if differ {
			out = append(out, d)
		}
	}
	return out
}
