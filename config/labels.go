package config

import (
	"maps"
	"slices"

	"pinwatch/matcher"
)

// Labels are the labels of watches. Those of a nil one are none.
type Labels struct {
	list    *matcher.Watchlist
	watches map[int][]string // by the index of the watch
	names   []Names          // by the number of the list
}

// Labels are the labels of the watches of a list, which is that of the configuration.
func (c *Config) Labels(list *matcher.Watchlist) *Labels {
	l := &Labels{list: list, watches: make(map[int][]string, len(c.Rules)), names: c.Names}
	for i := range c.Rules {
		l.watches[c.Rules[i].Watch] = c.Rules[i].Labels
	}
	return l
}

// At are the labels of the watch with an index.
func (l *Labels) At(i int) []string {
	if list, found := l.list.List(i); found {
		return l.names[list].Labels
	}
	return l.watches[i]
}

// Of are the labels of the watch with an ID; none if it is not watched any more.
func (l *Labels) Of(id string) []string {
	if l == nil {
		return nil
	}
	i, found := l.list.Find(id)
	if !found {
		return nil
	}
	return l.At(i)
}

// Equal says whether the same watches and files have the same labels.
func (l *Labels) Equal(other *Labels) bool {
	return maps.EqualFunc(l.byName(), other.byName(), slices.Equal)
}

// byName are the labels by the ID of a watch or the path of a file of names.
func (l *Labels) byName() map[string][]string {
	out := map[string][]string{}
	for i, labels := range l.watches {
		if len(labels) > 0 {
			out[l.list.Watch(i).ID()] = labels
		}
	}
	for i := range l.names {
		if len(l.names[i].Labels) > 0 {
			out["file "+l.names[i].Path] = l.names[i].Labels
		}
	}
	return out
}
