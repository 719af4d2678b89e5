package config

import (
	"errors"
	"fmt"
	"slices"

	"pinwatch/matcher"
)

// ready is a watch list that was made, or what was wrong.
type ready struct {
	list            *matcher.Watchlist
	warnings, wrong Problems
}

// AddWatches adds watches that are not in the file.
func (c *Config) AddWatches(watches ...matcher.Watch) {
	c.Watch, c.ready = append(c.Watch, watches...), nil
}

// AddNames adds files of names that are not in the configuration.
func (c *Config) AddNames(names ...Names) {
	c.Names, c.ready = append(c.Names, names...), nil
}

// Watchlist makes the watches ready and leaves the rest of the configuration alone; an empty one watches nothing. The
// error is a Problems. What is only odd comes as warnings. It is made once.
func (c *Config) Watchlist() (list *matcher.Watchlist, warnings Problems, err error) {
	list, warnings, problems := c.watchlist()
	if problems != nil {
		return nil, warnings, problems
	}
	return list, warnings, nil
}

func (c *Config) watchlist() (list *matcher.Watchlist, warnings, wrong Problems) {
	if c.ready == nil {
		lists, wrong := c.readNames()
		if wrong == nil {
			c.ready = c.makeReady(lists)
		} else {
			// Which list is which is not known without all of them.
			c.ready = c.makeReady(nil)
			c.ready.wrong = append(c.ready.wrong, wrong...)
		}
	}
	return c.ready.list, c.ready.warnings, slices.Clone(c.ready.wrong)
}

// makeReady makes the watches and lists ready. What is odd about them comes as warnings, what is wrong as problems.
func (c *Config) makeReady(lists []matcher.List) *ready {
	list, err := matcher.New(c.Watch, lists...)
	out := &ready{list: list}
	if err == nil {
		if out.wrong = c.twice(list); out.wrong != nil {
			out.list = nil
			return out
		}
		for _, w := range list.Warnings() {
			odd := errors.New(w.Text)
			if w.Watch >= 0 {
				out.warnings = append(out.warnings, c.WatchProblem(w.Watch, odd))
			} else {
				out.warnings = append(out.warnings, c.Names[w.List].lineProblem(w.Line, odd))
			}
		}
		return out
	}
	for _, err := range split(err) {
		if in, ok := errors.AsType[*matcher.ListError](err); ok {
			out.wrong = append(out.wrong, c.Names[in.List].lineProblem(in.Line, err))
			continue
		}
		if in, ok := errors.AsType[*matcher.WatchError](err); ok {
			out.wrong = append(out.wrong, c.WatchProblem(in.Watch, err))
			continue
		}
		out.wrong = append(out.wrong, Problem{Path: c.Path, Where: "watch", Text: err.Error(), Hint: hint(err)})
	}
	return out
}

// twice refuses watches of flags, and a canary, that are in a file of the configuration as well: they would take the place
// of their line, and its pins would not count. A watch of the configuration may: whoever writes it knows of the file.
func (c *Config) twice(list *matcher.Watchlist) (wrong Problems) {
	for i := range c.Watch {
		in, found := list.AlsoIn(i)
		canary := c.Canary != nil && i == c.Canary.Watch
		if !found || !canary && (i < len(c.places) || c.Names[in].at.line == 0) {
			continue
		}
		advice := "leave it out: it is watched already"
		if canary {
			advice = "take it out of the file, or choose another name: whatever certificate a canary has is expected"
		}
		wrong = append(wrong, c.WatchProblem(i, hinted(advice, "%s stands in %s, too", list.Watch(i).ID(), c.Names[in].Path)))
	}
	return wrong
}

// split gives the errors that err joins, or err alone.
func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// WatchProblem says that err is about watch i of the watch list. Watches that are neither of the file nor of files of
// names came from flags.
func (c *Config) WatchProblem(i int, err error) Problem {
	if i < len(c.places) {
		at := c.places[i]
		where := at.where()
		if c.Canary != nil && i == c.Canary.Watch {
			where = "canary"
		}
		return Problem{Path: c.Path, Line: at.line, Where: where, Text: err.Error(), Hint: hint(err)}
	}
	if c.ready != nil && c.ready.list != nil {
		if list, found := c.ready.list.List(i); found {
			return Problem{
				Path: c.Names[list].Path, Text: fmt.Sprintf("%s: %v", c.ready.list.Watch(i).ID(), err), Hint: hint(err),
			}
		}
	}
	return Problem{Text: err.Error(), Hint: hint(err)}
}
