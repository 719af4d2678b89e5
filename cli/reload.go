package cli

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"pinwatch/config"
	"pinwatch/matcher"
	"pinwatch/show"
)

// reload reads the configuration again. A sound one makes the next era; otherwise what is wrong is said, and the era
// goes on.
func (w *watcher) reload(ctx context.Context, e *era) *era {
	next, err := w.begin(ctx, e)
	switch {
	case ctx.Err() != nil:
		if err == nil && next.client != e.client {
			next.client.Close()
		}
		return nil
	case err != nil:
		w.p.complain(err)
		w.p.note("the configuration was read again and refused; the old one stays in force")
		return nil
	}
	w.p.note("the configuration was read again: " + strings.Join(differences(e, next), "; "))
	for _, change := range changes(e.logs.catalogue, next.logs.catalogue) {
		w.p.note(change)
	}
	return next
}

// differences says what is different in the next era.
func differences(old, next *era) []string {
	out := watchDifferences(old.list, next.list)
	a, b := old.cfg, next.cfg
	for _, part := range []struct {
		name string
		same bool
	}{
		{"contact", a.Contact == b.Contact},
		{"logs.list", reflect.DeepEqual(a.Logs.Lists, b.Logs.Lists)},
		{"logs.states", reflect.DeepEqual(a.Logs.States, b.Logs.States)},
		{"logs.expired", a.Logs.SkipExpired == b.Logs.SkipExpired},
		{"logs.extra", sameExtra(a.Logs.Extra, b.Logs.Extra)},
		{"logs.start", a.Logs.Start == b.Logs.Start},
		{"logs.poll", a.Logs.Poll == b.Logs.Poll},
		{"logs.partial", a.Logs.Partial == b.Logs.Partial},
		{"logs.limits", sameLimits(a, b)},
		{"notify", reflect.DeepEqual(withoutLines(a.Notify), withoutLines(b.Notify))},
		{"names_from", slices.EqualFunc(a.Names, b.Names, sameNames)},
		{"labels", a.Labels(old.list).Equal(b.Labels(next.list))},
		{"coverage", a.Behind == b.Behind},
		{"canary", reflect.DeepEqual(canaryOf(a), canaryOf(b))},
	} {
		if !part.same {
			out = append(out, part.name+" changed")
		}
	}
	if out == nil {
		return []string{"nothing in it has changed"}
	}
	return out
}

// shownWatches is how many watches are named when a configuration changes; the rest is counted.
const shownWatches = 20

// watchDifferences says which watches are new, gone, or have other pins.
func watchDifferences(old, next *matcher.Watchlist) []string {
	if old.Policy() == next.Policy() {
		return nil
	}
	var out []string
	say := func(what string, ids []string) {
		if len(ids) > 0 {
			out = append(out, fmt.Sprintf("%s %s", what, strings.Join(show.Some(ids, shownWatches, show.Name), ", ")))
		}
	}
	var added, changed, gone []string
	for i := range next.Len() {
		w := next.Watch(i)
		switch was, found := old.Find(w.ID()); {
		case !found:
			added = append(added, w.ID())
		case old.Watch(was).Policy() != w.Policy():
			changed = append(changed, w.ID())
		}
	}
	for i := range old.Len() {
		id := old.Watch(i).ID()
		if _, found := next.Find(id); !found {
			gone = append(gone, id)
		}
	}
	say("now watched:", added)
	say("watched with other pins or exceptions:", changed)
	say("not watched any more:", gone)
	return out
}

// sameNames says whether two files of names were the same when they were read: names may have moved from one to another.
func sameNames(a, b config.Names) bool { return a.Path == b.Path && a.SHA256 == b.SHA256 }

// sameExtra compares extra logs, wherever they stand in the file.
func sameExtra(a, b []config.Extra) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		x.Line, y.Line = 0, 0
		if !reflect.DeepEqual(x, y) {
			return false
		}
	}
	return true
}

// withoutLines are receivers, wherever they stand in the file.
func withoutLines(all []config.Receiver) []config.Receiver {
	out := slices.Clone(all)
	for i := range out {
		out[i].Line = 0
		words := make(map[string]config.Word, len(out[i].Words))
		for name, w := range out[i].Words {
			w.Line = 0
			words[name] = w
		}
		out[i].Words = words
	}
	return out
}

// canaryOf is the canary's watch and its period.
func canaryOf(cfg *config.Config) any {
	if cfg.Canary == nil {
		return nil
	}
	return []any{cfg.Watch[cfg.Canary.Watch].ID(), cfg.Canary.Period}
}

func sameLimits(a, b *config.Config) bool {
	return a.Logs.BytesPerSecond == b.Logs.BytesPerSecond && reflect.DeepEqual(a.Logs.Limits, b.Logs.Limits)
}

// sameClient says whether one client serves both: it remembers who asked to be left alone.
func sameClient(a, b *config.Config) bool { return a.Contact == b.Contact && sameLimits(a, b) }
